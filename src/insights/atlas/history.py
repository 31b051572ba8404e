"""How large topics were each week, and which became of which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from insights.corpus import EPOCH, Corpus

WEEK = 7
MONDAY = -3
"""Days from 1970-01-01, a Thursday, back to the Monday of its week."""
CHANGES = ("born", "split", "merged", "retired", "returned")


def weekly(corpus: Corpus) -> list[dict[str, Any]]:
    """Count posts and distinct people of each topic in each week in which anybody wrote to it.

    Weeks begin on Monday, UTC, and are named by that day. Noise and duplicates are not counted.
    """
    rows = np.flatnonzero((corpus.topics >= 0) & corpus.counted)
    if not len(rows):
        return []
    weeks = np.floor((corpus.days[rows] - MONDAY) / WEEK).astype(np.int64)
    pairs = np.stack([corpus.topics[rows], weeks], axis=1)
    found, inverse = np.unique(pairs, axis=0, return_inverse=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(inverse.ravel(), minlength=len(found)))
    told = []
    for (number, week), members in zip(found, np.split(rows[order], ends[:-1]), strict=True):
        told.append(
            {
                "topic_id": f"T{number}",
                "week": monday(int(week)),
                "posts": len(set(corpus.post_ids[members])),
                "people": len(np.unique(corpus.people[members])),
            }
        )
    return told


def monday(week: int) -> date:
    """Return the first day of a week, counted from that of 1970-01-01."""
    return (EPOCH + timedelta(days=week * WEEK + MONDAY)).date()


def lineage(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the changes of identity in the ledger as edges, oldest first.

    `before` is None for what was born or came back, `after` for what was retired; `share` is the
    part of the members that the event moved, 0..1. A topic that went on is no edge.
    """
    edges: list[dict[str, Any]] = []
    for event in events:
        if event["event"] not in CHANGES:
            continue
        for before, after in _ends(event):
            edges.append(
                {
                    "at": event["at"],
                    "run_id": event["run_id"],
                    "event": event["event"],
                    "before": before,
                    "after": after,
                    "share": event["share"],
                }
            )
    return edges


def _ends(event: Mapping[str, Any]) -> list[tuple[str | None, str | None]]:
    topic, others = event["topic_id"], list(event["others"])
    if event["event"] == "merged":
        return [(topic, other) for other in others] or [(topic, None)]
    if event["event"] == "split":
        return [(other, topic) for other in others] or [(None, topic)]
    return [(topic, None)] if event["event"] == "retired" else [(None, topic)]


def spans(topics: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return when each topic was there: (id, from, until or None), in order of birth."""
    ended: dict[str, datetime | None] = {}
    for edge in edges:
        if edge["event"] in ("merged", "retired"):
            ended[edge["before"]] = edge["at"]
        elif edge["event"] == "returned":
            ended[edge["after"]] = None
    return [(topic["id"], topic["born_at"], ended.get(topic["id"])) for topic in topics]


def families(ids: Sequence[str], edges: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Give each topic the place of the eldest one that it is related to by splits and merges."""
    place = {id_: number for number, id_ in enumerate(ids)}
    head = dict(enumerate(range(len(ids))))

    def top(number: int) -> int:
        while head[number] != number:
            number = head[number]
        return number

    for edge in edges:
        if edge["before"] in place and edge["after"] in place:
            one, other = sorted((top(place[edge["before"]]), top(place[edge["after"]])))
            head[other] = one
    return {id_: top(number) for id_, number in place.items()}
