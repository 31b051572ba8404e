"""Topics are made once, joined by whoever fits, born from the pool, and made anew with growth."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from insights.topics.discover import Discovery, Fineness, Night, discover, titled
from insights.topics.label import Style, plain
from insights.topics.options import TopicOptions
from tests.worlds import NIGHT, around, points, world

STYLE = Style(words=lambda text, _: text.lower().split(), headline=lambda text: text)
OPTIONS = TopicOptions(resolution=0.5, min_people=2)


def find(corpus, topics=(), options=OPTIONS, night=NIGHT) -> Discovery:
    return discover(
        corpus, topics, options=options, style=STYLE, night=Night(f"run-{night:%d}", night)
    )


@pytest.fixture(scope="module")
def first():
    centres = points(3)
    vectors = np.concatenate([around(c, 40, seed=i) for i, c in enumerate(centres)])
    texts = [f"{('login', 'export', 'sync')[row // 40]} trouble number {row}" for row in range(120)]
    corpus = world(vectors, [5 + row / 100 for row in range(120)], texts=texts)
    return centres, corpus, find(corpus)


def test_the_first_night_finds_the_topics_and_names_them_in_peoples_words(first) -> None:
    _, corpus, found = first
    assert sorted(topic.size for topic in found.changed) == [40, 40, 40]
    assert (found.topics > 0).all()
    for topic in found.changed:
        assert topic.title in set(corpus.texts[found.topics == topic.number])
    assert {event.event for event in found.events} == {"born"}
    assert found.scores.min() > 0.5


def test_a_night_with_nothing_new_changes_nothing(first) -> None:
    _, corpus, found = first
    again = find(corpus.with_topics(found.topics), found.changed)
    assert (again.topics == found.topics).all()
    assert np.isnan(again.scores).all()
    assert (again.changed, again.events) == ((), ())


def test_a_topic_whose_title_was_erased_gets_one_that_others_wrote(first) -> None:
    """Keywords stand for it only until the next night; whoever has a title keeps it."""
    _, corpus, found = first
    erased = replace(found.changed[0], title=plain(found.changed[0].keywords))
    topics = (erased, *found.changed[1:])
    again = find(corpus.with_topics(found.topics), topics)
    (renamed,) = titled(corpus, again, topics, STYLE)
    assert renamed.number == erased.number
    assert renamed.title in set(corpus.texts[found.topics == erased.number])


def grown(first, more, texts=None):
    """The first world a night later, with more vectors that nobody has looked at."""
    _, corpus, found = first
    vectors = np.concatenate([corpus.vectors, more])
    said = [*corpus.texts, *(texts or [f"something else entirely {i}" for i in range(len(more))])]
    days = [*(5 + row / 100 for row in range(120, 0, -1)), *[0.5] * len(more)]
    return world(vectors, days, texts=said, topics=[*found.topics, *[-2] * len(more)])


def test_newcomers_join_their_neighbours_and_nobody_else_moves(first) -> None:
    centres, _, found = first
    corpus = grown(first, around(centres[1], 3, seed=9))
    then = find(corpus, found.changed)
    assert (then.topics[:120] == found.topics).all()
    assert set(then.topics[120:]) == {found.topics[60]}
    assert (then.scores[120:] > 0.9).all()


def test_what_fits_nowhere_waits(first) -> None:
    _, _, found = first
    corpus = grown(first, points(4, seed=77)[2:4])
    then = find(corpus, found.changed)
    assert then.topics[120:].tolist() == [-1, -1]
    assert (then.scores[120:] == 0).all()


def test_whoever_waits_is_not_told_again(first) -> None:
    _, _, found = first
    corpus = grown(first, points(4, seed=77)[2:4])
    waiting = corpus.with_topics(np.r_[found.topics, [-1, -1]])
    assert np.isnan(find(waiting, found.changed).scores[120:]).all()


def test_the_pool_gives_birth_when_it_holds_a_tight_group_of_several_people(first) -> None:
    _, _, found = first
    corpus = grown(first, around(points(9, seed=77)[8], 8, spread=0.05))
    then = find(corpus, found.changed)
    assert set(then.topics[120:]) == {4}
    assert [(e.event, e.topic_id, e.detail["from"]) for e in then.events] == [
        ("born", "T4", "pool")
    ]


def test_one_person_alone_gives_birth_to_nothing(first) -> None:
    _, _, found = first
    corpus = grown(first, around(points(9, seed=77)[8], 8, spread=0.05))
    corpus.people[120:] = 7
    assert set(find(corpus, found.changed).topics[120:]) == {-1}


def test_an_archive_that_has_grown_is_made_anew_under_the_old_numbers(first) -> None:
    centres, _, found = first
    more = np.concatenate([around(centres[0], 20, seed=5), around(points(9, seed=77)[8], 20)])
    then = find(grown(first, more), found.changed, night=NIGHT + timedelta(days=1))
    assert (then.topics[:120] == found.topics).mean() > 0.97
    assert set(then.topics[140:]) == {4}
    assert {e.event for e in then.events} == {"continued", "born"}


def test_noise_and_copies_join_but_shape_nothing(first) -> None:
    centres, _, found = first
    corpus = grown(first, np.repeat(centres[:1], 60, axis=0), ["buy followers now"] * 60)
    corpus.counted[120:] = False
    then = find(corpus, found.changed)
    assert (then.changed, then.events) == ((), ())
    assert set(then.topics[120:]) == {found.topics[119]}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_archive_of_hardly_anything_has_no_topic(count: int) -> None:
    found = find(world(points(3)[:count], [1.0] * count))
    assert found.topics.tolist() == [-1] * count
    assert found.changed == ()


@pytest.mark.parametrize(
    "words",
    [lambda text, _: [], lambda text, _: ["good"]],
    ids=["no word that describes", "one word for all"],
)
def test_an_archive_without_telling_words_still_has_topics(words) -> None:
    corpus = world(around(points(1)[0], 12), [1.0] * 12, texts=[f"so so {i}" for i in range(12)])
    found = discover(
        corpus,
        (),
        options=OPTIONS,
        style=Style(words=words, headline=lambda text: text),
        night=Night("run", NIGHT),
    )
    assert found.changed
    assert all(set(topic.keywords) <= {"good"} for topic in found.changed)


def test_how_fine_topics_are_holds_until_the_archive_has_doubled() -> None:
    """Asking is most of the work of making topics anew, and chance would move the answer."""
    options = TopicOptions(min_people=2)
    vectors = np.concatenate([around(c, 30, seed=i) for i, c in enumerate(points(8))])
    draw = np.random.default_rng(2).permutation(len(vectors))
    days = [9 - row / 100 for row in range(len(vectors))]

    def made(count: int, fineness: Fineness | None) -> Fineness | None:
        corpus = world(vectors[draw][:count], days[:count])
        night = Night("run", NIGHT)
        return discover(
            corpus, (), options=options, style=STYLE, night=night, fineness=fineness
        ).fineness

    first = made(100, None)
    assert first is not None
    assert first.passages == 100
    other = Fineness(first.resolution + 1.0, 100)
    assert made(199, other) == other
    again = made(200, other)
    assert again is not None
    assert again.passages == 200
