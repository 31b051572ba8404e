"""Which new group is which old topic: identity by shared members, and the events that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from insights.models import Event
from insights.topics.geometry import centres
from insights.topics.neighbours import Matrix

KEPT = 0.5
"""Least likeness at which a group goes on as a topic: Jaccard overlap of members, 0..1, plus a
quarter of the cosine of the centres. A quarter of all members is enough around one centre."""
CENTRES = 0.25
"""What the cosine of the centres weighs beside the overlap: it decides between like overlaps."""
HELD = 0.5
"""Overlap above which a group is that topic whatever another pairing would gain: no two groups
can share so much with one topic, and a topic does not change hands for a slightly better sum."""
MOVED = 0.5
"""Share of a topic's members that, found in another one, says that it was merged into it."""


def match(
    before: NDArray[np.int64], after: NDArray[np.int64], vectors: Matrix | None = None
) -> tuple[dict[int, int], NDArray[np.int64]]:
    """Give groups the numbers of the topics that they continue.

    `before` are topic numbers of rows (below 0: none), `after` group labels of the same rows,
    `vectors` their unit vectors, shape (n, d); without them members alone decide. A group that
    holds a topic keeps its number; the other pairs maximise likeness over all at once, the
    optimal assignment of Kuhn (1955). Returns {group: topic number} and the table of shared
    members, shape (topics in order of number, groups).
    """
    numbers = np.unique(before[before >= 0])
    groups = int(after.max(initial=-1)) + 1
    both = (before >= 0) & (after >= 0)
    table = np.zeros((len(numbers), groups), np.int64)
    np.add.at(table, (np.searchsorted(numbers, before[both]), after[both]), 1)
    old = np.array([(before == number).sum() for number in numbers], np.int64)
    new = np.array([((after == group) & (before >= 0)).sum() for group in range(groups)], np.int64)
    union = old[:, None] + new[None, :] - table
    overlap = table / np.maximum(union, 1)
    if vectors is None:
        likeness = overlap + CENTRES * (overlap > 0)
    else:
        theirs = centres(vectors, before, numbers)
        likeness = overlap + CENTRES * theirs @ centres(vectors, after, np.arange(groups)).T
    held = overlap > HELD
    rivals = held.any(axis=1, keepdims=True) | held.any(axis=0, keepdims=True)
    likeness = np.where(held, 2.0, np.where(rivals | (overlap == 0), 0.0, likeness))
    rows, columns = linear_sum_assignment(-likeness)
    pairs = {
        int(group): int(numbers[row])
        for row, group in zip(rows, columns, strict=True)
        if likeness[row, group] >= KEPT
    }
    return pairs, table


def events(
    pairs: Mapping[int, int],
    names: Mapping[int, int],
    numbers: Sequence[int],
    table: NDArray[np.int64],
) -> list[Event]:
    """Tell what became of each old topic and where each new one came from.

    `names` gives every group its topic number, old or newly made; `numbers` are the old topics
    in the order of the rows of `table`.
    """
    group_of = {number: group for group, number in pairs.items()}
    told = [
        _fate(number, table[row], group_of.get(number), names) for row, number in enumerate(numbers)
    ]
    return told + [
        _origin(number, table[:, group], numbers)
        for group, number in names.items()
        if group not in pairs
    ]


def _fate(
    number: int, shared: NDArray[np.int64], group: int | None, names: Mapping[int, int]
) -> Event:
    """Tell what became of a topic whose members are in the groups as `shared` counts them."""
    members = max(1, int(shared.sum()))
    if group is not None:
        kept = round(float(shared[group] / members), 4)
        return Event(event="continued", topic_id=f"T{number}", share=kept)
    largest = int(shared.argmax()) if len(shared) else -1
    share = round(float(shared[largest] / members), 4) if largest >= 0 else 0.0
    if share >= MOVED:
        into = (f"T{names[largest]}",)
        return Event(event="merged", topic_id=f"T{number}", others=into, share=share)
    return Event(event="retired", topic_id=f"T{number}", share=0.0)


def _origin(number: int, shared: NDArray[np.int64], numbers: Sequence[int]) -> Event:
    """Tell where a new topic came from: out of one that is known, or from nowhere."""
    total = int(shared.sum())
    parent = int(shared.argmax()) if total else -1
    share = round(float(shared[parent] / total), 4) if total else 0.0
    if share >= MOVED:
        others = (f"T{numbers[parent]}",)
        return Event(event="split", topic_id=f"T{number}", others=others, share=share)
    return Event(event="born", topic_id=f"T{number}")
