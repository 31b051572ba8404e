"""Who votes, whom the waiting have for neighbours, and how lonely a member may be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.topics.neighbours import DECIMALS, Indices, Matrix, first, nearest

VOTERS = 15
SAMPLE = 200
"""Members, at most, whose nearest fellow is looked for; at least half as many are."""
LONELY = 0.02
"""Share of members that may be as far from their nearest fellows as the ones left waiting."""

Rows = NDArray[np.int64]


class Electorate:
    """Answers for the voters among the rows of an archive that grows at its end.

    It remembers what it answered, so that a night asks only about what is new since the night
    before: new voters, and those who newly wait. The answers are the same as those of one that
    remembers nothing. A voter who votes no more makes it begin anew.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._voters = np.zeros(0, bool)
        self._rows = np.zeros(0, np.int64)
        self._indices = np.zeros((0, VOTERS), np.int32)
        self._cosines = np.zeros((0, VOTERS), np.float32)
        self._sample = np.zeros(0, np.int64)
        self._fellows = np.zeros(0, np.float32)

    def near(
        self, rows: Rows, vectors: Matrix, voters: NDArray[np.bool_]
    ) -> tuple[Indices, Matrix]:
        """Return the nearest voters of rows that do not vote, nearest first, with their cosines.

        `vectors` (n, d) have unit rows, `voters` (n,) says who votes and `rows` go up; the
        answers have shape (len(rows), min(VOTERS, voters)).
        """
        self._go_on(vectors, voters)
        if np.count_nonzero(voters) < VOTERS:
            return nearest(vectors[rows], vectors, VOTERS, among=voters)
        new = rows[~np.isin(rows, self._rows)]
        indices, cosines = nearest(vectors[new], vectors, VOTERS, among=voters)
        self._rows = np.concatenate([self._rows, new])
        self._indices = np.concatenate([self._indices, indices])
        self._cosines = np.concatenate([self._cosines, cosines])
        order = np.argsort(self._rows)
        place = order[np.searchsorted(self._rows, rows, sorter=order)]
        # Whoever is not asked about now has joined and will not wait again.
        self._rows, self._indices = rows, self._indices[place]
        self._cosines = self._cosines[place]
        return self._indices, self._cosines

    def floor(self, vectors: Matrix, voters: NDArray[np.bool_]) -> float:
        """Return the cosine to the nearest other voter that all but a few lonely ones reach.

        Taken from the archive itself, so that it suits any encoder: from the voters among every
        second, fourth, eighth… row, so that the sample stays while the archive grows.
        """
        self._go_on(vectors, voters)
        if np.count_nonzero(voters) < 2:
            return 1.0
        sample = _evenly(voters)
        new = sample[~np.isin(sample, self._sample)]
        fellows = _fellows(new, vectors, np.flatnonzero(voters))
        kept = np.isin(self._sample, sample)
        self._sample = np.concatenate([self._sample[kept], new])
        self._fellows = np.concatenate([self._fellows[kept], fellows])
        return float(np.quantile(self._fellows.round(DECIMALS), LONELY))

    def _go_on(self, vectors: Matrix, voters: NDArray[np.bool_]) -> None:
        """Let everybody who is remembered meet the voters who are new."""
        before = len(self._voters)
        if before > len(voters) or (self._voters & ~voters[:before]).any():
            self._forget()
            before = 0
        new = voters.copy()
        new[:before] &= ~self._voters
        self._voters = voters.copy()
        arrived = np.flatnonzero(new)
        if not len(arrived):
            return
        if len(self._sample):
            theirs = _fellows(self._sample, vectors, arrived)
            self._fellows = np.maximum(self._fellows, theirs)
        if len(self._rows):
            waiting = self._rows[~np.isin(self._rows, arrived)]
            kept = np.isin(self._rows, waiting)
            self._rows, self._indices = waiting, self._indices[kept]
            self._cosines = self._cosines[kept]
            some, near = nearest(vectors[waiting], vectors[arrived], VOTERS)
            self._indices, self._cosines = first(
                np.concatenate([self._indices, arrived[some].astype(np.int32)], axis=1),
                np.concatenate([self._cosines, near], axis=1),
                VOTERS,
            )


def _evenly(voters: NDArray[np.bool_]) -> Rows:
    """Return the voters among every 2nd, 4th, 8th… row: not more than `SAMPLE`."""
    rows = np.flatnonzero(voters)
    step = 1
    while len(rows) > SAMPLE:
        step *= 2
        rows = rows[rows % step == 0]
    return rows


def _fellows(rows: Rows, vectors: Matrix, fellows: Rows) -> NDArray[np.float32]:
    """Return the cosine of each row to the nearest of some fellows other than itself; or -2."""
    if not len(rows):
        return np.zeros(0, np.float32)
    cosines = vectors[rows] @ vectors[fellows].T
    cosines[rows[:, None] == fellows[None, :]] = -2.0
    nearest_one: NDArray[np.float32] = cosines.max(axis=1, initial=-2.0)
    return nearest_one
