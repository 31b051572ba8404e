"""Which new group is which old topic: identity by shared members, and the events that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from insights.models import Event

KEPT = 0.3
"""Least Jaccard overlap of members at which a group goes on as a topic."""
MOVED = 0.5
"""Share of a topic's members that, found in another one, says that it was merged into it."""


def match(
    before: NDArray[np.int64], after: NDArray[np.int64]
) -> tuple[dict[int, int], NDArray[np.int64]]:
    """Give groups the numbers of the topics that they continue.

    `before` are topic numbers of rows (below 0: none), `after` group labels of the same rows.
    The pairing maximises the overlap of members (Jaccard) over all pairs at once: the optimal
    assignment of Kuhn (1955). Returns {group: topic number} and the table of shared members,
    shape (topics in order of number, groups).
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
    rows, columns = linear_sum_assignment(-overlap)
    pairs = {
        int(group): int(numbers[row])
        for row, group in zip(rows, columns, strict=True)
        if overlap[row, group] >= KEPT
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
    told: list[Event] = []
    group_of = {number: group for group, number in pairs.items()}
    for row, number in enumerate(numbers):
        members = max(1, int(table[row].sum()))
        if number in group_of:
            share = float(table[row, group_of[number]] / members)
            told.append(Event(event="continued", topic_id=f"T{number}", share=round(share, 4)))
            continue
        largest = int(table[row].argmax()) if table.shape[1] else -1
        share = float(table[row, largest] / members) if largest >= 0 else 0.0
        if share >= MOVED:
            into = (f"T{names[largest]}",)
            told.append(
                Event(event="merged", topic_id=f"T{number}", others=into, share=round(share, 4))
            )
        else:
            told.append(Event(event="retired", topic_id=f"T{number}"))
    for group, number in names.items():
        if group in pairs:
            continue
        came_from = table[:, group] if len(table) else np.zeros(0, np.int64)
        total = int(came_from.sum())
        parent = int(came_from.argmax()) if total else -1
        share = float(came_from[parent] / total) if total else 0.0
        if share >= MOVED:
            others = (f"T{numbers[parent]}",)
            told.append(
                Event(event="split", topic_id=f"T{number}", others=others, share=round(share, 4))
            )
        else:
            told.append(Event(event="born", topic_id=f"T{number}"))
    return told
