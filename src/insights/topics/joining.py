"""New passages join topics by the vote of their neighbours; what fits nowhere waits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.topics.neighbours import Matrix, nearest

VOTERS = 15
SAMPLE = 150
LONELY = 0.02
"""Share of members that may be as far from their nearest fellows as the ones left waiting."""


def join(
    newcomers: Matrix, vectors: Matrix, topics: NDArray[np.int64], *, floor: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return a topic number and a confidence 0..1 for each newcomer, -1 where none fits.

    `vectors` (n, d) are an archive and `topics` (n,) what its passages belong to, below 0 where
    they have no vote. A vote weighs as much as the voter is near; the confidence is the winner's
    share of all weight. A newcomer whose nearest member is below the cosine `floor` waits in the
    novelty pool.
    """
    indices, cosines = nearest(newcomers, vectors, VOTERS, among=topics >= 0)
    winners, shares = vote(topics[indices], cosines)
    if cosines.shape[1]:
        winners[cosines[:, 0] < floor] = -1
        shares[cosines[:, 0] < floor] = 0.0
    return winners, shares


def vote(
    topics: NDArray[np.int64], cosines: Matrix
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the topic with most weight among the voters of each row, and its share 0..1.

    `topics` and `cosines` have shape (m, k). Equal weights: the nearest voter decides.
    """
    if topics.shape[1] == 0:
        return np.full(len(topics), -1, np.int64), np.zeros(len(topics))
    weights = np.maximum(cosines, 0.0).astype(np.float64)
    winners = np.empty(len(topics), np.int64)
    shares = np.empty(len(topics))
    for start in range(0, len(topics), 20_000):
        names, weight = topics[start : start + 20_000], weights[start : start + 20_000]
        sums = ((names[:, :, None] == names[:, None, :]) * weight[:, None, :]).sum(axis=2)
        best = np.round(sums, 6).argmax(axis=1)
        rows = np.arange(len(names))
        winners[start : start + 20_000] = names[rows, best]
        total = np.maximum(weight.sum(axis=1), 1e-12)
        shares[start : start + 20_000] = sums[rows, best] / total
    return winners, shares


def fit_floor(vectors: Matrix, members: NDArray[np.bool_]) -> float:
    """Return the cosine to the nearest other member that all but a few lonely members reach.

    `members` (n,) says which of the `vectors` (n, d) belong to a topic. Taken from the archive
    itself, on an even sample, so that it suits any encoder.
    """
    rows = np.flatnonzero(members)
    if len(rows) < 2:
        return 1.0
    sample = rows[np.unique(np.linspace(0, len(rows) - 1, SAMPLE).astype(int))]
    cosines = vectors[sample] @ vectors.T
    cosines[:, ~members] = -2.0
    cosines[np.arange(len(sample)), sample] = -2.0
    return float(np.quantile(cosines.max(axis=1), LONELY))
