"""How fine topics are: the resolution at which two halves of the evidence tell the same topics."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from insights.topics.hierarchy import Labels, cuts, merges
from insights.topics.neighbours import DECIMALS, Indices, Matrix

RESOLUTIONS = (1.0, 1.4, 2.0, 2.8, 4.0, 5.6)
"""From modularity as it was defined to topics of a handful, each about 1.4 times finer."""
FINEST = 16.0
"""The resolution of the crumbs that are merged, far finer than any topic."""
SPLITS = 3, 12
"""Times that the dimensions are split, at least and at most."""
SPLIT_ROWS = 100_000
"""Rows that all splits may have together: a small archive leaves more to chance, and costs less."""
SAME = 0.99
"""Share of the best agreement that counts as equally good: chance alone moves it so far."""
CHANCE = 0.1
"""Agreement below which nothing is told apart: pure noise reaches 0.06."""
BLOCK_BYTES = 64 * 2**20

Communities = Callable[[sparse.csr_array, float], Labels]
"""Cuts a graph into communities at a resolution."""


def choose(
    vectors: Matrix,
    indices: Indices,
    k: int,
    communities: Communities,
    *,
    before: Labels | None = None,
    least: float = CHANCE,
    most_splits: int = SPLITS[1],
) -> float:
    """Return the resolution whose topics depend least on which half of the vectors is seen.

    The dimensions are split in two by chance, `SPLITS` times; each half makes its own graph and
    its own topics at every resolution. Topics that are real are found by both: agreement is the
    adjusted Rand index between the two (stability after Ben-Hur, Elisseeff and Guyon 2002, with
    halves of the dimensions for halves of the rows, so that every row takes part). Among
    resolutions that agree equally well, the coarsest is taken; with `before`, topic numbers of
    the rows (below 0: none), the one that resembles them most, since chance should change no
    topics. Where no resolution agrees beyond `least`, the answer is 0: all rows are one topic.
    `indices` (n, c) are the neighbours among which a half chooses its own `k`. Fewer than
    `most_splits` leave more to chance and cost less.
    """

    def told(seen: Matrix) -> list[Labels]:
        return _at_every_resolution(_graph(indices, seen, k), communities)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        topics = list(pool.map(told, _views(vectors, indices, most_splits)))
    halves = zip(topics[::2], topics[1::2], strict=True)
    agreed = np.mean(
        [[agreement(a, b) for a, b in zip(*pair, strict=True)] for pair in halves], axis=0
    )
    if agreed.max() < least:
        return 0.0
    equal = np.flatnonzero(agreed >= SAME * agreed.max())
    if before is not None and (before >= 0).any():
        old = before >= 0
        like = [np.mean([agreement(before[old], t[place][old]) for t in topics]) for place in equal]
        return RESOLUTIONS[int(equal[int(np.argmax(like))])]
    return RESOLUTIONS[int(equal[0])]


def agreement(one: Labels, other: Labels) -> float:
    """Return the adjusted Rand index of two groupings; 0 where one of them tells nothing apart.

    After Hubert and Arabie (1985). Labels are 0 and up. It is asked a hundred times for each
    choice, where scikit-learn's spends ten times as long on looking at what it is given.
    """
    columns = int(other.max(initial=0)) + 1
    shared, mine, theirs = (
        _pairs(labels) for labels in (one.astype(np.int64) * columns + other, one, other)
    )
    everyone = len(one) * (len(one) - 1) / 2
    if min(mine[1], theirs[1]) < 2:
        return 0.0
    by_chance = mine[0] * theirs[0] / everyone
    most = (mine[0] + theirs[0]) / 2
    return (shared[0] - by_chance) / (most - by_chance) if most > by_chance else 1.0


def _pairs(labels: Labels) -> tuple[float, int]:
    """Return how many pairs of rows share a label, and how many labels there are."""
    counts = np.unique(labels, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1)).sum() / 2), len(counts)


def neighbour_graph(indices: Indices, cosines: Matrix) -> sparse.csr_array:
    """Join two rows where either is among the other's neighbours, by their cosine if above 0."""
    n, k = indices.shape
    ends = np.arange(0, n * k + 1, max(k, 1))[: n + 1]
    weights = np.maximum(cosines, 0.0).astype(np.float64).ravel()
    one_way = sparse.csr_array((weights, indices.ravel(), ends), shape=(n, n))
    graph = one_way.maximum(one_way.T).tocsr()
    graph.eliminate_zeros()
    graph.sort_indices()
    return graph


def _views(vectors: Matrix, indices: Indices, most_splits: int) -> NDArray[np.float32]:
    """Return the cosines of neighbours as each half sees them, two by two: (halves, n, c)."""
    halves = _halves(vectors.shape[1], min(most_splits, splits(len(vectors))))
    lengths = np.empty((len(vectors), len(halves)), np.float32)
    seen = np.empty((len(halves), *indices.shape), np.float32)
    block = max(1, BLOCK_BYTES // (4 * indices.shape[1] * vectors.shape[1]))
    for start in range(0, len(vectors), block):
        squares = vectors[start : start + block] ** 2 @ halves.T
        lengths[start : start + block] = np.sqrt(np.maximum(squares, 1e-12))
    for start in range(0, len(vectors), block):
        near = indices[start : start + block]
        products = vectors[near] * vectors[start : start + block, None, :]
        both = lengths[near] * lengths[start : start + block, None, :]
        seen[:, start : start + block] = np.moveaxis(products @ halves.T / both, 2, 0)
    return seen


def _graph(indices: Indices, cosines: Matrix, k: int) -> sparse.csr_array:
    """Return the graph of the `k` nearest of some neighbours."""
    order = np.argsort(-cosines.round(DECIMALS), axis=1, kind="stable")[:, :k]
    mine = np.take_along_axis(cosines, order, axis=1).round(DECIMALS)
    return neighbour_graph(np.take_along_axis(indices, order, axis=1), mine)


def splits(rows: int) -> int:
    """Return how often the dimensions of an archive of so many rows are split.

    >>> splits(200), splits(10_000), splits(100_000)
    (12, 10, 3)
    """
    fewest, most = SPLITS
    return max(fewest, min(most, SPLIT_ROWS // max(rows, 1)))


def _halves(dimensions: int, count: int) -> Matrix:
    """Return which dimensions a half sees, 0 or 1: shape (2 * count, d), two halves together."""
    chance = np.random.default_rng(count)
    halves = np.zeros((2 * count, dimensions), np.float32)
    for split in range(count):
        mixed = chance.permutation(dimensions)
        halves[2 * split, mixed[: dimensions // 2]] = 1.0
        halves[2 * split + 1, mixed[dimensions // 2 :]] = 1.0
    return halves


def _at_every_resolution(graph: sparse.csr_array, communities: Communities) -> list[Labels]:
    crumbs = communities(graph, FINEST)
    tree = merges(graph, crumbs)
    return cuts(crumbs, tree, RESOLUTIONS)
