"""BERTopic's own clusterer, UMAP and HDBSCAN with its defaults, for those who want to compare."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin

from insights.topics.clusterer import SEED, by_size
from insights.topics.geometry import unit
from insights.topics.neighbours import neighbours

ENOUGH = 20
"""Rows that UMAP needs to draw its 15 neighbours from."""


class UmapHdbscan(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """UMAP to five dimensions, then HDBSCAN (McInnes and others 2017, 2018); leaves rows out.

    The figures are those of BERTopic 0.17. Attributes are those of `NeighbourLeiden`.
    """

    def __init__(self, *, min_size: int = 10, seed: int = SEED) -> None:
        self.min_size = min_size
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:
        """Group the rows of `X`, shape (n, d); `labels_` are 0.. by size, -1 where none fits."""
        vectors = unit(np.asarray(X, np.float32))
        self.indices_, self.cosines_ = neighbours(vectors, 15)
        self.labels_ = np.full(len(vectors), -1, np.int64)
        if len(vectors) >= max(ENOUGH, self.min_size):
            # numba compiles for ten seconds or more: only for who asks for it.
            from hdbscan import HDBSCAN
            from umap import UMAP

            flat = UMAP(
                n_neighbors=15,
                n_components=5,
                min_dist=0.0,
                metric="cosine",
                random_state=self.seed,
                n_jobs=1,
            ).fit_transform(vectors)
            self.labels_ = by_size(
                HDBSCAN(min_cluster_size=self.min_size).fit(flat).labels_.astype(np.int64)
            )
        return self
