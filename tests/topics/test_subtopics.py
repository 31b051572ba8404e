"""A large topic is told apart into what it consists of, where it consists of anything."""

from dataclasses import replace

import numpy as np
import pytest

from insights.text.phrases import analyzer, headline
from insights.topics.label import Style
from insights.topics.subtopics import subtopics
from tests.worlds import around, points, unit, world

STYLE = Style(words=lambda text, own: analyzer(own or "en")(text), headline=headline)
SAID = ("the card was lost in the post", "my refund never arrived", "the app asks for a new pin")


def topic(groups: int, each: int, *, seed: int = 1, people: list[int] | None = None):
    """One topic, number 7: `each` passages around each of some points near one another."""
    middle = points(1, seed)[0]
    centres = unit(middle + 0.8 * points(groups, seed + 1)) if groups > 1 else middle[None]
    vectors = np.concatenate([around(c, each, 0.05, seed=n) for n, c in enumerate(centres)])
    n = groups * each
    texts = [f"{SAID[row // each % 3]} {row}" for row in range(n)]
    days = np.linspace(5, 1, n).tolist()
    return world(vectors, days, texts=texts, topics=[7] * n, people=people)


def test_three_matters_in_one_topic_are_three_subtopics() -> None:
    """Each with its own words, and its topic's id as its parent."""
    found = subtopics(topic(3, 40), 7, STYLE, min_people=3)
    assert sorted(sorted(part.rows // 40)[0] for part in found) == [0, 1, 2]
    assert all(len(set(part.rows // 40)) == 1 and len(part.rows) == 40 for part in found)
    assert {(part.parent_id, part.place) for part in found} == {("T7", n) for n in (1, 2, 3)}
    words = {word for part in found for word in part.keywords}
    assert {"card", "refund", "pin"} <= words


def test_the_same_archive_gives_the_same_answer_whatever_else_is_in_it() -> None:
    """Passages of other topics change nothing."""
    corpus = topic(3, 40)
    mixed = replace(corpus, topics=np.where(np.arange(120) < 80, 7, 8))
    alone = corpus.take(slice(0, 80))
    told = [
        [(part.title, part.keywords, part.rows.tolist()) for part in parts]
        for parts in (
            subtopics(mixed, 7, STYLE, min_people=3),
            subtopics(alone, 7, STYLE, min_people=3),
        )
    ]
    assert told[0] == told[1] != []


def test_a_small_topic_has_none() -> None:
    """Of few passages, halves of the evidence agree by chance."""
    assert subtopics(topic(3, 15), 7, STYLE, min_people=3) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_cloud_without_groups_is_one_whole(seed: int) -> None:
    """Where the halves of the evidence disagree, nothing is told apart."""
    assert subtopics(topic(1, 150, seed=seed), 7, STYLE, min_people=3) == []


def test_a_group_of_too_few_people_is_left_out() -> None:
    """One loud person is no subtopic."""
    people = [0] * 40 + list(range(1, 81))
    found = subtopics(topic(3, 40, people=people), 7, STYLE, min_people=3)
    assert sorted(int(part.rows[0]) // 40 for part in found) == [1, 2]


def test_equal_texts_count_once_and_stay_together() -> None:
    """A text that was copied sixty times is no group, and every copy has its place."""
    corpus = topic(3, 40)
    copied = np.where(np.arange(120) < 40, corpus.sayings[0], corpus.sayings)
    found = subtopics(replace(corpus, sayings=copied), 7, STYLE, min_people=3)
    assert len(found) > 1
    assert {int((part.rows < 40).sum()) for part in found} <= {0, 40}


def test_a_topic_without_passages_has_none() -> None:
    """A number that nobody has is no error."""
    assert subtopics(topic(3, 40), 8, STYLE, min_people=3) == []
