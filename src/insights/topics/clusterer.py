"""Groups vectors by whom they have for neighbours: a graph of neighbours, cut by Leiden."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin

from insights.topics import resolution as resolutions
from insights.topics.geometry import unit
from insights.topics.neighbours import Indices, neighbours

SEED = 20170404  # any number: it makes the same posts give the same topics


class NeighbourLeiden(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn clusterer that needs no number of clusters and leaves nobody out.

    An edge joins two rows where either is among the other's `neighbours` nearest by cosine, and
    weighs as much as the cosine; below zero there is none. The graph is cut by Leiden on
    modularity (Traag, Waltman and van Eck 2019). `resolution` None is chosen from the data: the
    one at which two halves of the dimensions tell the same topics (see `topics.resolution`);
    where they agree less than `agreement` at every one, all rows are one group.
    `splits` is how often the dimensions are halved at most.
    Communities below `min_size` go to the community that most of their neighbours are in; where
    there is none, their rows are labelled -1.

    The rows should be taken around the mean of the archive (`centred`): then a cosine of zero is
    what two passages have in common by chance.
    """

    def __init__(
        self,
        *,
        neighbours: int = 15,
        resolution: float | None = None,
        min_size: int = 3,
        agreement: float = resolutions.CHANCE,
        splits: int = resolutions.SPLITS[1],
        seed: int = SEED,
    ) -> None:
        self.neighbours = neighbours
        self.resolution = resolution
        self.min_size = min_size
        self.agreement = agreement
        self.splits = splits
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:
        """Group the rows of `X`, shape (n, d), any length; `labels_` are 0.. by size, or -1.

        `y` may hold the groups of yesterday, shape (n,), below 0 where there was none: then the
        search starts from them. `indices_` and `cosines_`, shape (n, k), keep the neighbours and
        `resolution_` the resolution. Rows that are not finite count as zero.
        """
        vectors = unit(np.asarray(X, np.float32))
        n, k = len(vectors), self.neighbours
        before = None if y is None else np.asarray(y, np.int64)
        # Twice as many neighbours, so that each half of the dimensions can choose its own.
        near, cosines = neighbours(vectors, 2 * k if self.resolution is None else k)
        self.indices_, self.cosines_ = near[:, :k], cosines[:, :k]
        self.resolution_ = self.resolution or resolutions.RESOLUTIONS[0]
        if n < max(2, self.min_size):
            self.labels_ = np.full(n, -1, np.int64)
            return self
        if self.resolution is None:
            self.resolution_ = resolutions.choose(
                vectors,
                near,
                k,
                lambda g, r: leiden(g, r, seed=self.seed),
                before=before,
                least=self.agreement,
                most_splits=self.splits,
            )
        if self.resolution_ == 0:
            self.labels_ = np.zeros(n, np.int64)
            return self
        graph = resolutions.neighbour_graph(self.indices_, self.cosines_)
        labels = leiden(graph, self.resolution_, seed=self.seed, start=before)
        self.labels_ = by_size(_adopt_small(labels, self.indices_, self.min_size))
        return self


class Grouped:
    """Groups that are known already, in the place where BERTopic asks for a clusterer."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self.labels_ = labels

    def fit(self, X: Any, y: Any = None) -> Self:
        """Answer BERTopic, which fits whatever it is given."""
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Answer BERTopic, which asks for it only on the same rows."""
        return self.labels_[: len(X)]


def leiden(
    graph: sparse.csr_array, resolution: float, *, seed: int, start: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Cut a symmetric graph into communities, 0..; a row without edges is one by itself.

    `start` are groups to begin with, below 0: alone.
    """
    import graspologic_native as native

    n = int(graph.shape[0])
    if graph.nnz == 0:
        return np.arange(n)
    if start is None or not (start >= 0).any():
        _, found = native.leiden_csr(
            graph.indptr.astype(np.int64),
            graph.indices.astype(np.int32),
            graph.data.astype(np.float64),
            n,
            resolution=resolution,
            iterations=2,
            seed=seed,
        )
        labels = np.full(n, -1, np.int64)
        labels[list(found)] = list(found.values())
    else:
        labels = _from(graph, resolution, seed, start)
    alone = labels < 0
    labels[alone] = labels.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    return labels


def _from(
    graph: sparse.csr_array, resolution: float, seed: int, start: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Let Leiden begin with groups; its other door takes edges one by one, between names."""
    import graspologic_native as native

    labels = np.full(len(start), -1, np.int64)
    edges = sparse.triu(graph, k=1).tocoo()
    tied = np.union1d(edges.row, edges.col)
    lone = start.max(initial=-1) + 1 + np.arange(len(start))
    begin = np.unique(np.where(start >= 0, start, lone)[tied], return_inverse=True)[1]
    names = [str(row) for row in range(len(start))]
    _, found = native.leiden(
        edges=[
            (names[a], names[b], weight)
            for a, b, weight in zip(
                edges.row.tolist(), edges.col.tolist(), edges.data.tolist(), strict=True
            )
        ],
        starting_communities=dict(
            zip([names[row] for row in tied.tolist()], begin.tolist(), strict=True)
        ),
        resolution=resolution,
        iterations=2,
        seed=seed,
    )
    labels[[int(name) for name in found]] = list(found.values())
    return labels


def by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber labels 0.. from the largest to the smallest; -1 stays."""
    names, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = names[np.lexsort((first, -sizes))]
    renumbered = np.full(int(labels.max(initial=-1)) + 2, -1, np.int64)
    renumbered[order] = np.arange(len(order))
    return renumbered[labels]  # -1 reads the last, unused place


def _adopt_small(labels: NDArray[np.int64], indices: Indices, min_size: int) -> NDArray[np.int64]:
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
