"""Which groups belong together: the tree that groups merge into, and where to cut it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MOST = 3000
"""Groups that a tree can hold; beyond, the smallest stay by themselves."""

Labels = NDArray[np.int64]


class Merge(NamedTuple):
    """Group `other` becomes part of group `kept`, at the resolution where both choices tie."""

    kept: int
    other: int
    resolution: float


def merges(graph: sparse.csr_array, groups: Labels) -> list[Merge]:
    """Merge groups of rows of a graph two by two, always the two that are tied most above chance.

    `groups` has shape (n,), 0 and up. How much two groups are tied above chance is the weight
    between them over the weight that their total weights let expect; it is the resolution at
    which modularity is the same whether they are one group or two, so that cutting the tree
    there gives the topics of that resolution. Average linkage, weighted by total weight (Bonald
    and others 2018, "Hierarchical graph clustering using node pair sampling").
    """
    count = int(groups.max(initial=-1)) + 1
    sizes = np.bincount(groups, minlength=count)
    named = np.sort(np.argsort(-sizes, kind="stable")[:MOST])
    place = np.full(count, -1, np.int64)
    place[named] = np.arange(len(named))
    rows = np.flatnonzero(place[groups] >= 0)
    member = sparse.csr_array(
        (np.ones(len(rows)), (rows, place[groups[rows]])), shape=(len(groups), len(named))
    )
    between = (member.T @ graph @ member).toarray()
    total = max(float(between.sum()), 1e-12)
    weight = between.sum(axis=1) / total
    ties = between / total / np.maximum(np.outer(weight, weight), 1e-300)
    found = merge_nearest(ties, weight)
    return [Merge(int(named[m.kept]), int(named[m.other]), m.resolution) for m in found]


def merge_nearest(ties: NDArray[np.float64], weight: NDArray[np.float64]) -> list[Merge]:
    """Merge the two groups with the strongest tie until nothing is tied: average linkage.

    `ties` has shape (m, m) and is symmetric, `weight` (m,) says how much a group counts in the
    average. The strongest tie comes first.
    """
    ties, weight = ties.copy(), weight.copy()
    found: list[Merge] = []
    if len(ties) < 2:
        return found
    np.fill_diagonal(ties, -np.inf)
    best = ties.argmax(axis=1)
    top = ties[np.arange(len(ties)), best]
    while True:
        kept = int(top.argmax())
        if top[kept] <= 0:
            return found
        other = int(best[kept])
        found.append(Merge(kept, other, float(top[kept])))
        shares = np.array([weight[kept], weight[other]]) / (weight[kept] + weight[other])
        ties[kept] = shares[0] * ties[kept] + shares[1] * ties[other]
        ties[:, kept] = ties[kept]
        ties[kept, kept] = -np.inf
        ties[other], ties[:, other] = -np.inf, -np.inf
        weight[kept] += weight[other]
        top[other] = -np.inf
        lost = np.isfinite(top) & ((best == kept) | (best == other))
        lost[kept] = True
        changed = np.flatnonzero(lost)
        best[changed] = ties[changed].argmax(axis=1)
        top[changed] = ties[changed, best[changed]]
        # Average linkage never ties a merged group more than the nearer of its two parts was,
        # so that nobody else can have found a better neighbour.


def cuts(groups: Labels, tree: list[Merge], resolutions: Sequence[float]) -> list[Labels]:
    """Return groups as they are after all merges down to each of some resolutions."""
    into = np.arange(int(groups.max(initial=-1)) + 1)
    found: dict[float, Labels] = {}
    done = 0
    for resolution in sorted(set(resolutions), reverse=True):
        while done < len(tree) and tree[done].resolution >= resolution:
            into[into == tree[done].other] = tree[done].kept
            done += 1
        found[resolution] = into[groups]
    return [found[resolution] for resolution in resolutions]
