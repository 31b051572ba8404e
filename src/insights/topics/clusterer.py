"""Groups vectors by whom they have for neighbours: a shared-neighbour graph, cut by Leiden."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin

from insights.topics.neighbours import Matrix, nearest

SEED = 20170404  # any number: it makes the same posts give the same topics


class SharedNeighbourLeiden(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn clusterer that needs no number of clusters and leaves nobody out.

    An edge joins two rows where either is among the other's nearest neighbours by cosine; its
    weight is the Jaccard overlap of the two neighbour lists (Jarvis and Patrick 1973, in the
    form of Levine et al. 2015, "PhenoGraph"). The graph is cut by Leiden on modularity (Traag,
    Waltman and van Eck 2019). Communities below `min_size` go to the cluster of their nearest
    rows; where there is none, their rows are labelled -1.

    `neighbours` None means 25 * (n / 10,000) ** 0.7, between 4 and 25: a small archive has small
    topics, and a topic whose passages have more neighbours than it has passages is drowned.
    """

    def __init__(
        self,
        *,
        neighbours: int | None = None,
        resolution: float = 2.0,
        min_size: int = 3,
        seed: int = SEED,
    ) -> None:
        self.neighbours = neighbours
        self.resolution = resolution
        self.min_size = min_size
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:
        """Group the rows of `X`, shape (n, d), any length; `labels_` are 0.. by size, or -1.

        `indices_` and `cosines_`, shape (n, k), keep the neighbours for whoever asks next.
        """
        vectors = _unit(np.asarray(X, np.float32))
        n = len(vectors)
        k = self.neighbours or int(np.clip(round(25 * (n / 10_000) ** 0.7), 4, 25))
        self.indices_, self.cosines_ = nearest(vectors, vectors, k, themselves=True)
        if n < max(2, self.min_size):
            self.labels_ = np.full(n, -1, np.int64)
            return self
        labels = _communities(shared_neighbours(self.indices_), self.resolution, self.seed)
        self.labels_ = by_size(_adopt_small(labels, self.indices_, self.min_size))
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Answer BERTopic, which asks clusterers for it only after `fit` on the same rows."""
        return self.labels_[: len(X)]


def shared_neighbours(indices: NDArray[np.int32]) -> sparse.csr_array:
    """Return the symmetric graph of neighbour lists: shape (n, n), weights 0..1.

    Every row counts as its own neighbour, so that two rows that name only each other are tied.
    """
    n, k = indices.shape
    own = np.arange(n, dtype=np.int32)
    one, other = np.repeat(own, k), indices.ravel()
    pairs = np.unique(np.minimum(one, other).astype(np.int64) * n + np.maximum(one, other))
    low, high = (pairs // n).astype(np.int32), (pairs % n).astype(np.int32)
    lists = np.column_stack([own, indices])
    weights = np.empty(len(pairs))
    for start in range(0, len(pairs), 50_000):
        a = lists[low[start : start + 50_000]]
        b = lists[high[start : start + 50_000]]
        shared = (a[:, :, None] == b[:, None, :]).sum(axis=(1, 2))
        weights[start : start + 50_000] = shared / (2 * (k + 1) - shared)
    graph = sparse.coo_array(
        (np.r_[weights, weights], (np.r_[low, high], np.r_[high, low])), shape=(n, n)
    ).tocsr()
    graph.sort_indices()
    return graph


def by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber labels 0.. from the largest to the smallest; -1 stays."""
    names, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = names[np.lexsort((first, -sizes))]
    renumbered = np.full(int(labels.max(initial=-1)) + 2, -1, np.int64)
    renumbered[order] = np.arange(len(order))
    return renumbered[labels]  # -1 reads the last, unused place


def _communities(graph: sparse.csr_array, resolution: float, seed: int) -> NDArray[np.int64]:
    import graspologic_native as native

    n = int(graph.shape[0])
    _, found = native.leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data.astype(np.float64),
        n,
        resolution=resolution,
        iterations=4,
        seed=seed,
    )
    labels = np.array([found.get(row, -1) for row in range(n)], np.int64)
    alone = labels < 0
    labels[alone] = labels.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    return labels


def _adopt_small(
    labels: NDArray[np.int64], indices: NDArray[np.int32], min_size: int
) -> NDArray[np.int64]:
    """Give rows of small communities to the community that most of their neighbours are in."""
    kept = np.bincount(labels) >= min_size
    adopted = np.where(kept[labels], labels, -1)
    for row in np.flatnonzero(adopted < 0):
        near = labels[indices[row]]
        near = near[kept[near]]
        if len(near):
            values, first, counts = np.unique(near, return_index=True, return_counts=True)
            adopted[row] = values[np.lexsort((first, -counts))[0]]
    return adopted


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Matrix = vectors / np.maximum(lengths, 1e-12)
    return unit
