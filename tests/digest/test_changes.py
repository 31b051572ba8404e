"""What changed since the last digest: quiet, back, in, out, and what became of topics."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from insights.digest.changes import since
from insights.models import Insight, Signal, Topic
from tests.digest import example

NONE = np.zeros(0, np.int64)
BEFORE = example.quiet(as_of=example.AS_OF - timedelta(days=1))


def signal(kind: str, status: str = "raised", *, nights: int = 0) -> Signal:
    """Return a signal that was raised some nights ago."""
    at = example.AS_OF - timedelta(days=nights)
    return Signal(
        number=1, kind=kind, title="Sync stops", status=status, raised_at=at, last_at=at,
        run_id="r", observed=9.0, expected=1.0, p=0.0, q=0.0, people=9, why="9 people, 1 expected",
        post_ids=(), latest=9.0, peak=9.0, peak_at=example.AS_OF,
    )  # fmt: skip


def insight(of: Signal | None, *, people: int = 9, topic: int | None = None) -> Insight:
    """Return an insight about a signal, or about a topic of this number."""
    about = topic and Topic(
        number=topic, title=f"Matter {topic}", keywords=(), status="active",
        born_at=example.AS_OF, run_id="r", size=3,
    )  # fmt: skip
    return Insight(
        id=f"{of.kind}-{of.id}" if of else f"problem-T{topic}", kind=of.kind if of else "problem",
        subject="", title=of.title if of else f"Matter {topic}", born_at=example.AS_OF, rows=NONE,
        before=NONE, all_rows=NONE, people=people, people_before=4, score=1.0, parts={}, signal=of,
        topic=about or None,
    )  # fmt: skip


def told(now=None, events=(), insights=(), closed=(), before=BEFORE) -> list[tuple[str, str]]:
    found = since(before, now or example.quiet(), events, insights, closed)
    return [(change.kind, change.text) for change in found]


@pytest.mark.parametrize(
    ("insights", "expected"),
    [
        ([insight(signal("regression"))], "was resolved and is back"),
        ([insight(signal("returned"))], "came back"),
        ([insight(signal("emerging", "returned", nights=9))], "was over and is back"),
        ([insight(signal("regression", nights=3))], None),
        ([insight(signal("regression"), people=2)], None),
    ],
    ids=["after a fix", "after quiet weeks", "its signal", "told before", "below the floor"],
)
def test_what_was_over_and_is_back(insights, expected):
    """It is told once, in the digest that shows it first, and above the floor."""
    found = told(insights=insights)
    assert [kind for kind, _ in found] == (["returned"] if expected else [])
    assert expected is None or expected in found[0][1]


def test_what_nobody_speaks_of_any_more_is_quiet_and_has_not_just_left():
    """What the last digest showed as a signal that is closed now."""
    shown = example.item("Sync stops", id="emerging-S1", kind="emerging")
    before = BEFORE.model_copy(update={"decisions": (shown,)})
    over = signal("emerging", "closed", nights=5)
    assert told(before=before, closed=[over]) == [
        ("resolved", "Sync stops (emerging): quiet since 8 Jul 2026")
    ]
    assert told(before=before) == [("left", "Sync stops (emerging)")]


def test_topics_that_split_or_merged_are_named_where_enough_people_speak_of_them():
    """Others by their ids only."""
    events = [
        {"event": "merged", "topic_id": "T1", "others": ["T2"]},
        {"event": "split", "topic_id": "T3", "others": ["T2"]},
    ]
    known = [insight(None, topic=2), insight(None, topic=3, people=2)]
    assert told(events=events, insights=known) == [
        ("merged", "T1 was merged into “Matter 2”"),
        ("split", "T3 split off from “Matter 2”"),
    ]


def test_the_first_digest_changes_nothing():
    assert since(None, example.quiet(), (), ()) == ()
