"""Who is near whom: nearest neighbours by cosine, exact or within cells for large archives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 96 * 2**20
EXACT = 15_000
"""Rows up to which neighbours are exact; beyond, they are looked for in the nearest cells."""
CELL = 400
"""Rows that a cell holds on average."""
PROBED = 0.08
"""Share of the cells that are searched: those nearest to a row's own cell."""
LEAST_PROBED = 12
DECIMALS = 5
"""Cosines are rounded, so that the order of a sum's terms, which depends on the number of
threads, decides nothing."""

Matrix = NDArray[np.float32]
Indices = NDArray[np.int32]


def nearest(
    queries: Matrix,
    vectors: Matrix,
    k: int,
    *,
    themselves: bool = False,
    among: NDArray[np.bool_] | None = None,
) -> tuple[Indices, Matrix]:
    """Return indices and cosines of the `k` nearest `vectors` of each query, nearest first.

    Both matrices have unit rows; shapes are (m, d) and (n, d), the answers (m, min(k, n)).
    With `themselves`, queries are the vectors and no row is its own neighbour (min(k, n - 1)).
    `among`, shape (n,), says which vectors may be neighbours: it spares a copy of those.
    """
    n = len(vectors)
    few = n if among is None else int(among.sum())
    k = max(0, min(k, few - 1 if themselves else few))
    indices = np.zeros((len(queries), k), np.int32)
    cosines = np.zeros((len(queries), k), np.float32)
    if k < 1:
        return indices, cosines
    block = max(1, BLOCK_BYTES // (4 * n))
    for start in range(0, len(queries), block):
        similarity = queries[start : start + block] @ vectors.T
        rows = np.arange(len(similarity))
        if themselves:
            similarity[rows, start + rows] = -2.0
        if among is not None and few < n:
            similarity[:, ~among] = -2.0
        place = slice(start, start + block)
        indices[place], cosines[place] = _best(similarity, k)
    return indices, cosines


def neighbours(vectors: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Return the `k` nearest other rows of each row: exact up to `EXACT` rows, else in cells."""
    if len(vectors) <= EXACT:
        return nearest(vectors, vectors, k, themselves=True)
    return in_cells(vectors, k)


def in_cells(vectors: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Return the `k` nearest rows of each row among the rows of the cells nearest to its own.

    Cells are the Voronoi cells of some rows, moved once to the mean of their cell: an inverted
    file (Jégou, Douze and Schmid 2011) that is searched a whole cell at a time. The work is
    `PROBED` of the exact one, and it does not depend on the number of threads.
    """
    cell_of, centres = _cells(vectors)
    members = np.split(
        np.argsort(cell_of, kind="stable"),
        np.cumsum(np.bincount(cell_of, minlength=len(centres)))[:-1],
    )
    probes = min(len(centres), max(LEAST_PROBED, round(PROBED * len(centres))))
    near_cells, _ = nearest(centres, centres, probes)
    indices = np.zeros((len(vectors), k), np.int32)
    cosines = np.full((len(vectors), k), -1.0, np.float32)
    for cell, rows in enumerate(members):
        if not len(rows):
            continue
        among = np.sort(np.concatenate([members[other] for other in {cell, *near_cells[cell]}]))
        block = max(1, BLOCK_BYTES // (4 * len(among)))
        for part in np.split(rows, range(block, len(rows), block)):
            similarity = vectors[part] @ vectors[among].T
            similarity[np.arange(len(part)), np.searchsorted(among, part)] = -2.0
            some, near = _best(similarity, min(k, len(among) - 1))
            indices[part, : some.shape[1]] = among[some]
            cosines[part, : some.shape[1]] = near
    return indices, cosines


def _cells(vectors: Matrix) -> tuple[NDArray[np.int64], Matrix]:
    count = max(1, len(vectors) // CELL)
    centres = vectors[np.linspace(0, len(vectors) - 1, count).astype(int)]
    for _ in range(2):
        cell_of = nearest(vectors, centres, 1)[0][:, 0].astype(np.int64)
        sums = np.zeros_like(centres)
        np.add.at(sums, cell_of, vectors)
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return nearest(vectors, centres, 1)[0][:, 0].astype(np.int64), centres


def _best(similarity: Matrix, k: int) -> tuple[NDArray[np.int64], Matrix]:
    """Return places and values of the `k` largest of each row, largest first.

    Equal cosines are common (the same words, other capitals): the place breaks the tie, so that
    the same posts make the same graph everywhere.
    """
    if similarity.shape[1] < 64 * k:
        return _largest(similarity, k)
    # The k-th of an eighth of the row is a floor that at least k of the whole row reach.
    sample = similarity[:, ::8]
    width = sample.shape[1] - k
    floor = np.partition(sample, width, axis=1)[:, width]
    rows, places = np.nonzero(similarity >= floor[:, None])
    counts = np.bincount(rows, minlength=len(similarity))
    column = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    values = np.full((len(similarity), int(counts.max())), -3.0, np.float32)
    values[rows, column] = similarity[rows, places]
    place_of = np.zeros(values.shape, np.int64)
    place_of[rows, column] = places
    best, near = _largest(values, k)
    return np.take_along_axis(place_of, best, axis=1), near


def first(indices: Indices, cosines: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Return the `k` nearest of the candidates of each row, nearest first: both (m, k).

    Of equal cosines the lower index comes first, as everywhere.
    """
    order = np.lexsort((indices, -cosines), axis=1)[:, :k]
    return np.take_along_axis(indices, order, axis=1), np.take_along_axis(cosines, order, axis=1)


def _largest(similarity: Matrix, k: int) -> tuple[NDArray[np.int64], Matrix]:
    if k < similarity.shape[1]:
        width = similarity.shape[1] - k
        some = np.argpartition(similarity, width, axis=1)[:, width:]
    else:
        some = np.broadcast_to(np.arange(similarity.shape[1]), similarity.shape)
    near = np.take_along_axis(similarity, some, axis=1).round(DECIMALS)
    order = np.lexsort((some, -near), axis=1)
    return np.take_along_axis(some, order, axis=1), np.take_along_axis(near, order, axis=1)
