"""Topics are named in people's words: diverse keywords, and a title that somebody wrote."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from insights.text.phrases import analyzer, headline
from insights.topics import label
from insights.topics.clusterer import NeighbourLeiden
from insights.topics.label import Said, Style
from tests.worlds import around, points

STYLE = Style(
    words=lambda text, language: analyzer(language or "en")(text),
    headline=headline,
)


def read(texts: Sequence[str], languages: Sequence[str | None]) -> Said:
    """What people said, each text by another one."""
    words = [STYLE.words(text, own) for text, own in zip(texts, languages, strict=True)]
    return Said(texts, languages, range(len(texts)), words)


def said(*texts: str, language: str | None = "en") -> Said:
    return read(texts, [language] * len(texts))


def test_words_that_stand_in_the_same_texts_as_a_better_one_are_held_back():
    """Of "dark", "mode" and "dark mode" one is told before anything else is."""
    topic = said(*["dark mode please"] * 6, *["night theme for the calendar"] * 4)
    others = said(*["the export loses a column"] * 10)
    words = label.telling_words(topic, others)
    assert len({"dark", "mode", "dark mode", "mode please"} & set(words[:2])) <= 1
    assert {"night", "theme", "calendar", "night theme"} & set(words[:2])


def test_what_one_person_says_alone_describes_no_topic():
    """However often it is said: a keyword would give away whose word it is."""
    topic = said(*["the zebra dialog freezes"] * 5, *["the dialog freezes on save"] * 3)
    alone = replace(topic, people=[1] * 5 + [2, 3, 4])
    others = said(*["the export loses a column"] * 10)
    assert any("zebra" in word for word in label.telling_words(topic, others))
    assert not any("zebra" in word for word in label.telling_words(alone, others))


def test_every_language_is_cut_by_its_own_stop_words():
    """German filler is no keyword of a German post, and English words that look so may be one."""
    german = read(["die App war mit dem Update weg"] * 3, ["de"] * 3)
    english = read(["the war game will die on start"] * 3, ["en"] * 3)
    assert "die" not in label.telling_words(german, said("nothing of it"))
    assert {"war", "die"} & set(label.telling_words(english, said("nothing of it")))


def test_keywords_of_topics_in_several_scripts_come_out_of_one_model():
    """Chinese, Arabic and English topics of one archive each have keywords of their own."""
    centres = points(3)
    vectors = np.concatenate([around(centre, 20, seed=i) for i, centre in enumerate(centres)])
    texts = [*["应用程序打不开了"] * 20, *["التطبيق لا يعمل"] * 20, *["the sync stalls"] * 20]
    topics = read(texts, [*["zh"] * 20, *["ar"] * 20, *["en"] * 20])
    model, groups = label.bertopic(topics.words, vectors, NeighbourLeiden(resolution=0.5))
    words = {}
    for group in set(groups.tolist()):
        rows = np.flatnonzero(groups == group).tolist()
        words[topics.languages[rows[0]]] = label.keywords(model, group, topics.of(rows))
    assert set(words) == {"zh", "ar", "en"}
    assert "sync" in " ".join(words["en"])
    assert any("التطبيق" in word for word in words["ar"])
    assert words["zh"]
    assert all(word in texts[0] for word in words["zh"])


def test_texts_without_a_describing_word_have_a_topic_without_keywords():
    """Emoji and stop words alone break nothing."""
    vectors = np.concatenate([around(centre, 10, seed=i) for i, centre in enumerate(points(2))])
    topics = said(*["👍👍"] * 10, *["it is"] * 10)
    model, groups = label.bertopic(topics.words, vectors, NeighbourLeiden(resolution=0.5))
    assert sorted(set(groups.tolist())) == [0, 1]
    assert label.keywords(model, 0, topics.of(np.flatnonzero(groups == 0).tolist())) == ()


def test_the_title_is_the_central_headline_that_says_the_keywords():
    """Of equally central posts the one in the topic's own words speaks for it."""
    vectors = np.repeat(points(1), 3, axis=0)
    topic = said(
        "It is so annoying every day", "Uploads stall on large files", "Please have a look"
    )
    assert (
        label.title(topic, vectors, ("uploads", "stall"), STYLE) == "Uploads stall on large files"
    )


def test_advice_names_no_topic_where_somebody_told_the_problem():
    """Those who answer say the same words over and over, near to what everybody means."""
    topic = said(
        "My storage is shown as full although I deleted all big files",
        "Rebuild the storage index, it helps",
        "Storage stays full after I deleted files",
        "Rebuild the storage index, it helps a bit",
    )
    vectors = np.array([[1, 0.3], [1, 0], [1, -0.3], [1, 0.1]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    standing = np.array([1.0, 0.25, 0.9, 0.25])
    title = label.title(topic, vectors, ("index", "storage"), STYLE, standing)
    assert title.startswith(("My storage", "Storage stays"))


def test_nothing_that_was_redacted_becomes_a_title():
    """A headline with a placeholder in it is passed over."""
    vectors = np.repeat(points(1), 2, axis=0)
    topic = said("Mail <EMAIL> about uploads", "They answer after weeks")
    assert label.title(topic, vectors, ("uploads",), STYLE) == "They answer after weeks"
