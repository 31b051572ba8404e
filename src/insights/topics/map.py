"""Lays passages out on a plane, and lets new ones in without moving the old."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from insights.topics.neighbours import Matrix, nearest

SEED = 20180209  # any number: it makes the same passages lie in the same places
NEIGHBOURS = 15
FEWEST = 2 * NEIGHBOURS
"""Distinct vectors that UMAP needs to see a shape in."""
SUPPORT = 5
SHARPNESS = 20.0
"""How much more a nearer neighbour says: a cosine higher by 0.05 weighs e times as much."""
BLUR = 0.12
"""How far from the mean of its neighbours a new passage is put, so that none hides another."""

Places = NDArray[np.float32]


def lay_out(vectors: Matrix, start: Places | None = None) -> Places:
    """Return a place for each row, shape (n, 2): near each other is near in meaning.

    UMAP (McInnes, Healy and Melville 2018) with a fixed seed. `start`, where given, is where the
    rows lay before: the layout sets out from there and is turned and scaled back onto it. Fewer
    than `FEWEST` distinct vectors go to their first two principal components.
    """
    distinct = len(np.unique(vectors, axis=0)) if len(vectors) else 0
    if distinct < FEWEST:
        return _principal(vectors)
    from umap import UMAP

    with warnings.catch_warnings(action="ignore"):  # that UMAP could not place new rows: we do
        made = UMAP(
            n_neighbors=NEIGHBOURS,
            min_dist=0.15,
            metric="cosine",
            init="pca" if start is None else _spread(start),
            random_state=SEED,
            n_jobs=1,
            precomputed_knn=_neighbours(vectors),
        ).fit_transform(vectors)
    places: Places = np.nan_to_num(np.asarray(made, np.float32))
    return places if start is None else _turned(places, start)


def let_in(vectors: Matrix, placed: Matrix, places: Places) -> Places:
    """Place new rows among those that have a place: at the weighted mean of their neighbours.

    Nobody who is there moves, and each new row is placed by itself, whatever comes with it.
    """
    if not len(placed):
        return np.zeros((len(vectors), 2), np.float32)
    indices, cosines = nearest(vectors, placed, SUPPORT)
    weights = np.exp(SHARPNESS * (cosines - cosines[:, :1]))
    weights /= weights.sum(axis=1, keepdims=True)
    mean = np.einsum("ij,ijk->ik", weights, places[indices])
    angle = vectors.sum(axis=1) * 1e4  # of the row alone: the same row goes to the same place
    aside = BLUR * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    made: Places = (mean + aside).astype(np.float32)
    return made


def _neighbours(vectors: Matrix) -> tuple[NDArray[np.int32], Matrix]:
    """Return exact neighbours as UMAP takes them: each row first among its own."""
    indices, cosines = nearest(vectors, vectors, NEIGHBOURS - 1, themselves=True)
    own = np.arange(len(vectors), dtype=np.int32)[:, None]
    distances = np.maximum(1.0 - cosines, 0.0)
    return np.hstack([own, indices]), np.hstack([np.zeros_like(own, np.float32), distances])


def _principal(vectors: Matrix) -> Places:
    places = np.zeros((len(vectors), 2), np.float32)
    if len(vectors) > 1:
        left, values, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
        found = (left * values)[:, :2]
        places[:, : found.shape[1]] = found
    return places


def _spread(start: Places) -> Places:
    """Centre places and give them the extent that UMAP starts from."""
    centred = start - start.mean(axis=0)
    spread: Places = (centred * (10.0 / max(float(np.abs(centred).max()), 1e-9))).astype(np.float32)
    return spread


def _turned(places: Places, onto: Places) -> Places:
    """Move, turn, mirror and scale `places` onto where they were (Procrustes, Schönemann 1966)."""
    a, b = places - places.mean(axis=0), onto - onto.mean(axis=0)
    left, values, right = np.linalg.svd(a.T @ b)
    scale = float(values.sum()) / max(float((a**2).sum()), 1e-12)
    turned: Places = (scale * a @ (left @ right) + onto.mean(axis=0)).astype(np.float32)
    return turned
