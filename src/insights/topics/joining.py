"""New passages join topics by the vote of their neighbours; what fits nowhere waits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.topics.electorate import Electorate
from insights.topics.neighbours import Matrix


def join(
    rows: NDArray[np.int64],
    vectors: Matrix,
    topics: NDArray[np.int64],
    electorate: Electorate | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return a topic number and a confidence 0..1 for each of `rows`, -1 where none fits.

    `vectors` (n, d) are an archive and `topics` (n,) what its passages belong to, below 0 where
    they have no vote, as `rows`, which go up, have none. A vote weighs as much as the voter is
    near; the confidence is the winner's share of all weight. A row whose nearest member is
    farther than nearly all members are from each other waits in the novelty pool. `electorate`
    remembers what it knew of the nights before.
    """
    electorate = electorate or Electorate()
    indices, cosines = electorate.near(rows, vectors, topics >= 0)
    winners, shares = vote(topics[indices], cosines)
    if cosines.shape[1]:
        lonely = cosines[:, 0] < electorate.floor(vectors, topics >= 0)
        winners[lonely], shares[lonely] = -1, 0.0
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
