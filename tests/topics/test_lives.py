"""What a night did to topics is told if it matters, and who ended can come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from insights.models import Event, Topic
from insights.topics.discover import Discovery
from insights.topics.lives import remembered, settle
from tests.worlds import NIGHT, around, points, world

CENTRES = points(4)


def topic(number: int, status: str = "active", **more) -> Topic:
    return Topic(
        number=number, title=f"title {number}", keywords=(), status=status,
        born_at=NIGHT - timedelta(days=9 - number), run_id="r", size=5, **more,
    )  # fmt: skip


def night(groups, *, before, after, topics, ended=(), events=(), changed=()) -> Discovery:
    """Settle a night: `groups` says which centre each row lies around."""
    vectors = np.concatenate([around(CENTRES[g], 1, seed=row) for row, g in enumerate(groups)])
    corpus = world(vectors, [1.0] * len(groups), topics=before)
    numbers = np.array(after)
    found = Discovery(numbers, np.ones(len(groups)), tuple(changed), tuple(events))
    return settle(corpus, found, topics, {n: CENTRES[g] for n, g in dict(ended).items()})


def told(found: Discovery):
    return [(e.event, e.topic_id, e.share) for e in found.events]


def test_a_newborn_group_where_a_topic_ended_is_that_topic() -> None:
    """Number, title and day of birth are the old ones; what else was found is the new."""
    gone = topic(2, "retired")
    found = night(
        [0] * 5 + [1] * 5, before=[1] * 5 + [-1] * 5, after=[1] * 5 + [3] * 5,
        topics=[topic(1), gone], ended={2: 1}, events=[Event(event="born", topic_id="T3")],
        changed=[replace(topic(3), keywords=("new",))],
    )  # fmt: skip
    assert found.topics.tolist() == [1] * 5 + [2] * 5
    (back,) = found.changed
    assert (back.number, back.title, back.born_at) == (2, "title 2", gone.born_at)
    assert (back.status, back.keywords) == ("active", ("new",))
    assert ("returned", "T2", None) in told(found)


@pytest.mark.parametrize("ended", [{2: 2}, {}], ids=["elsewhere", "nobody ended"])
def test_a_newborn_group_elsewhere_is_newborn(ended) -> None:
    found = night(
        [0] * 5 + [1] * 5, before=[1] * 5 + [-1] * 5, after=[1] * 5 + [3] * 5,
        topics=[topic(1), topic(2, "retired")], ended=ended,
        events=[Event(event="born", topic_id="T3")], changed=[topic(3)],
    )  # fmt: skip
    assert [t.number for t in found.changed] == [3]
    assert told(found) == [("born", "T3", None)]


def test_a_topic_that_has_nobody_left_is_retired() -> None:
    found = night([0] * 5, before=[1] * 5, after=[1] * 5, topics=[topic(1), topic(2)])
    assert [(t.id, t.status, t.size) for t in found.changed] == [("T2", "retired", 0)]
    assert told(found) == [("retired", "T2", 0.0)]


def test_a_merged_topic_names_the_one_that_it_is_in() -> None:
    found = night(
        [0] * 6, before=[1] * 4 + [2] * 2, after=[1] * 6, topics=[topic(1), topic(2)],
        events=[Event(event="merged", topic_id="T2", others=("T1",), share=1.0)],
        changed=[replace(topic(2), status="merged")],
    )  # fmt: skip
    assert [t.merged_into for t in found.changed] == ["T1"]


def test_a_topic_that_kept_everybody_is_not_told_and_one_that_lost_some_is() -> None:
    events = [
        Event(event="continued", topic_id="T1", share=1.0),
        Event(event="continued", topic_id="T2", share=0.8),
    ]
    found = night([0, 1], before=[1, 2], after=[1, 2], topics=[topic(1), topic(2)], events=events)
    assert told(found) == [("continued", "T2", 0.8)]


@pytest.mark.parametrize(("held", "came", "worth"), [(8, 4, False), (8, 5, True), (12, 5, False)])
def test_growth_by_half_and_by_five_in_one_night_is_told(held, came, worth) -> None:
    found = night(
        [0] * (held + came), before=[1] * held + [-2] * came, after=[1] * (held + came),
        topics=[topic(1)],
    )  # fmt: skip
    assert [e for e, _, _ in told(found)] == ["grew"] * worth


def test_a_centre_is_remembered_of_three_people_and_not_of_two() -> None:
    vectors = np.concatenate([around(CENTRES[0], 3), around(CENTRES[1], 3)])
    corpus = world(vectors, [1.0] * 6, people=[1, 2, 3, 4, 4, 5])
    kept = remembered(corpus, np.array([1, 1, 1, 2, 2, 2]), [topic(1), topic(2)])
    assert set(kept) == {1}
    assert float(kept[1] @ CENTRES[0]) > 0.9
