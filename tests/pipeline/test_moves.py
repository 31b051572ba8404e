"""An item says why it moved since the last digest, in causes that add up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from insights.digest import moves
from insights.digest.content import Cause, Digest, Item, SourceHealth
from insights.models import Insight
from insights.pipeline import nightly
from insights.pipeline.engine import Engine
from tests.digest import example
from tests.pipeline import village
from tests.worlds import NIGHT, points, world

MORNING = village.NIGHT + timedelta(hours=6)


def items(digest: Digest) -> Iterator[Item]:
    for section in moves.SECTIONS:
        yield from getattr(digest, section)


def adds_up(item: Item) -> bool:
    return item.moved is None or (
        sum(cause.people for cause in item.moved.causes) == item.people - item.moved.people_before
    )


def test_the_causes_of_a_night_add_up(lived: Engine) -> None:
    """Six hours later people have left the period, and every change in people is explained."""
    night = nightly.run(lived, as_of=MORNING, community="Moor", publishing=False).digest
    told = [item for item in items(night) if item.moved]
    assert told
    assert all(adds_up(item) for item in told)
    assert all(item.moved.since == "D-20260331-020000" for item in told if item.moved)
    changed = [i for i in told if i.moved and i.moved.people_before != i.people]
    assert {c.kind for i in changed if i.moved for c in i.moved.causes} <= {"time"}


def test_posts_that_come_late_are_told_as_late(lived: Engine, tmp_path: Path) -> None:
    """They were written before the last digest, and stored after it."""
    path = tmp_path / "lived" / "forum.jsonl"
    at = (village.NIGHT - timedelta(hours=30)).isoformat()
    with path.open("a") as file:
        for number in range(4):
            text = village.OUTBREAK.format(a=f"often lately {village.TAILS[number]}")
            line = {"id": str(9400 + number), "author": f"late{number}", "created_at": at,
                    "text": text}  # fmt: skip
            file.write(json.dumps(line) + "\n")
    night = nightly.run(lived, as_of=MORNING, community="Moor", publishing=False).digest
    late = [
        cause.people
        for item in items(night)
        if item.moved
        for cause in item.moved.causes
        if cause.kind == "late data"
    ]
    assert late
    assert min(late) > 0
    assert all(adds_up(item) for item in items(night))


DAYS = [13, 12, 11, 10.5, 6, 5, 4, 3, 2.5, 0.8, 0.5, 0.4]
"""When twelve people spoke; the last digest was made a day ago, of the seven days before it."""


def why(
    *, was: list[int], now: list[int], corrected: tuple[int, ...] = (), late: tuple[int, ...] = (),
    sources: list[str] | None = None, before: int | None = None, blind: str = "",
) -> dict[str, int]:  # fmt: skip
    """Return the causes of one item whose posts were `was`, and are `now`."""
    corpus = world(points(12), DAYS, sources=sources)
    place = {post: row for row, post in enumerate(corpus.post_ids)}
    rows = np.array(sorted(place[f"forum:{post}"] for post in now), np.int64)
    sure = np.zeros(12, bool)
    sure[[place[f"forum:{post}"] for post in corrected]] = True
    old = example.item("Old", people=len(was) if before is None else before)
    insight = Insight(
        id="problem-T1", kind="problem", subject="T1", title="", born_at=NIGHT, rows=rows,
        before=rows[:0], all_rows=rows, people=len(now), people_before=0, score=1.0, parts={},
    )  # fmt: skip
    health = (SourceHealth(name=blind, state="failed", posts=0, posts_before=3),) if blind else ()
    day = timedelta(days=1)
    digest = example.quiet(
        as_of=NIGHT, sources=health,
        period=example.full().period.model_copy(update={"start": NIGHT - 7 * day, "end": NIGHT}),
    )  # fmt: skip
    then = moves.Then(
        digest=replace_time(digest, NIGHT - day),
        posts={},
        corrected=sure,
        late=lambda ids: frozenset(i for i in ids if i in {f"forum:{n}" for n in late}),
    )
    posts = frozenset(f"forum:{post}" for post in was)
    told: tuple[Cause, ...] = moves.causes(digest, then, corpus, insight, old, posts)
    assert sum(cause.people for cause in told) == len(now) - old.people
    return {cause.kind: cause.people for cause in told}


def replace_time(digest: Digest, at) -> Digest:
    return digest.model_copy(update={"as_of": at})


@pytest.mark.parametrize(
    ("told", "causes"),
    [
        ({"was": [4, 5], "now": [4, 5]}, {}),
        ({"was": [4, 5], "now": [4, 5, 9, 10]}, {"new posts": 2}),
        ({"was": [4, 5], "now": [4, 5, 7], "late": (7,)}, {"late data": 1}),
        ({"was": [4, 5], "now": [4, 5, 7]}, {"re-assignment": 1}),
        ({"was": [4, 5], "now": [4, 5, 7], "corrected": (7,)}, {"correction": 1}),
        ({"was": [4, 5, 6], "now": [4]}, {"re-assignment": -2}),
        ({"was": [4, 5, 6], "now": [4], "corrected": (5,)},
         {"correction": -1, "re-assignment": -1}),
        ({"was": [0, 1, 4], "now": [4, 9]}, {"time": -2, "new posts": 1}),
        ({"was": [4, 5], "now": [4, 5], "before": 4}, {"deletion": -2}),
        ({"was": [0, 1, 2, 4], "now": [4], "blind": "shop", "sources": ["shop"] * 12},
         {"source gap": -3}),
        ({"was": [0, 1, 4], "now": [4], "blind": "shop", "sources": ["shop"] * 12}, {"time": -2}),
        ({"was": [0, 1, 2, 3, 4], "now": [4], "blind": "shop",
          "sources": ["shop"] * 3 + ["forum"] * 9}, {"time": -4}),
    ],
    ids=["nothing", "new", "late", "came over", "was moved here", "went away", "was moved away",
         "time and new", "deleted", "source gap", "a gap below the floor",
         "one left beside the gap"],
)  # fmt: skip
def test_each_cause_is_named_and_all_add_up(told, causes) -> None:
    """What is not above the floor is not told of a source, nor by what is left beside it."""
    assert why(**told) == causes
