"""Who is near whom: exact nearest neighbours by cosine, in blocks that fit the memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 96 * 2**20

Matrix = NDArray[np.float32]


def nearest(
    queries: Matrix, vectors: Matrix, k: int, *, themselves: bool = False
) -> tuple[NDArray[np.int32], Matrix]:
    """Return indices and cosines of the `k` nearest `vectors` of each query, nearest first.

    Both matrices have unit rows; shapes are (m, d) and (n, d), the answers (m, min(k, n)).
    With `themselves`, queries are the vectors and no row is its own neighbour (min(k, n - 1)).
    """
    n = len(vectors)
    k = min(k, n - 1 if themselves else n)
    indices = np.zeros((len(queries), max(k, 0)), np.int32)
    cosines = np.zeros((len(queries), max(k, 0)), np.float32)
    if k < 1:
        return indices, cosines
    block = max(1, BLOCK_BYTES // (4 * n))
    for start in range(0, len(queries), block):
        similarity = queries[start : start + block] @ vectors.T
        rows = np.arange(len(similarity))
        if themselves:
            similarity[rows, start + rows] = -2.0
        some = np.argpartition(-similarity, k - 1, axis=1)[:, :k] if k < n else _all(similarity)
        near = np.take_along_axis(similarity, some, axis=1)
        # Equal cosines are common (the same words, other capitals): the index breaks the tie, so
        # that the same posts make the same graph everywhere.
        order = np.lexsort((some, -near), axis=1)
        indices[start : start + block] = np.take_along_axis(some, order, axis=1)
        cosines[start : start + block] = np.take_along_axis(near, order, axis=1)
    return indices, cosines


def _all(similarity: Matrix) -> NDArray[np.int64]:
    return np.broadcast_to(np.arange(similarity.shape[1]), similarity.shape).copy()
