"""Vectors of length 1: what they have in common, and the centres of groups of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from insights.topics.neighbours import Matrix

FEW = 20
"""Passages that a language needs for a mean of its own."""

Labels = NDArray[np.int64]


def unit(vectors: Matrix) -> Matrix:
    """Return rows of length 1; rows of zeros stay, rows that are not finite become zeros."""
    scaled = np.array(vectors, np.float32)
    _scale(scaled)
    return scaled


def _scale(vectors: Matrix) -> None:
    """Give rows length 1 where they are: a large archive has no room for many copies."""
    vectors[~np.isfinite(vectors).all(axis=1)] = 0.0
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(lengths, 1e-12)[:, None]


@dataclass(frozen=True, slots=True)
class Common:
    """What the passages of an archive have in common: a mean vector for each language.

    What is left when it is taken off tells what is said and not in which language: an encoder
    puts a language to one side (Libovický, Rosa and Fraser 2020). What is in no language that
    `FEW` passages are in counts to the one that it is nearest to.
    """

    languages: tuple[str, ...]
    means: Matrix

    @classmethod
    def of(cls, vectors: Matrix, languages: NDArray[np.object_]) -> Common:
        """Measure vectors, shape (n, d), rows of length 1; `languages` (n,) may hold None."""
        names, of_row, counts = np.unique(
            [name or "" for name in languages.tolist()], return_inverse=True, return_counts=True
        )
        common = np.flatnonzero((counts >= FEW) & (names != ""))
        if not len(common):
            return cls((), vectors.mean(axis=0)[None, :])
        means = totals(vectors, of_row, common) / counts[common, None].astype(np.float32)
        return cls(tuple(names[common].tolist()), np.asarray(means, np.float32))

    def off(self, vectors: Matrix, languages: NDArray[np.object_]) -> Matrix:
        """Return vectors, rows of length 1, without what they have in common, of length 1."""
        left = np.array(vectors, np.float32)
        place = {name: number for number, name in enumerate(self.languages)}
        own = np.array([place.get(name, -1) for name in languages.tolist()], np.int64)
        strays = np.flatnonzero(own < 0)
        own[strays] = (left[strays] @ unit(self.means).T).argmax(axis=1)
        for number, mean in enumerate(self.means):
            left[own == number] -= mean
        _scale(left)
        return left


def centred(vectors: Matrix, languages: NDArray[np.object_]) -> Matrix:
    """Take off what all passages of a language have in common, and return rows of length 1."""
    scaled = unit(vectors)
    return Common.of(scaled, languages).off(scaled, languages) if len(scaled) else scaled


def totals(vectors: Matrix, labels: Labels, wanted: Labels) -> Matrix:
    """Return the sum of the vectors of each wanted label, shape (len(wanted), d)."""
    order = np.argsort(wanted)
    place = np.searchsorted(wanted, labels, sorter=order)
    place = order[np.minimum(place, len(wanted) - 1)] if len(wanted) else place
    rows = np.flatnonzero(wanted[place] == labels) if len(wanted) else place[:0]
    member = sparse.csr_array(
        (np.ones(len(rows), np.float32), (place[rows], rows)), shape=(len(wanted), len(labels))
    )
    return np.asarray(member @ vectors, np.float32)


def centres(vectors: Matrix, labels: Labels, wanted: Labels) -> Matrix:
    """Return the direction of the mean vector of each wanted label, shape (len(wanted), d)."""
    sums = totals(vectors, labels, wanted)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(lengths, 1e-12), np.float32)


def tightness(vectors: Matrix) -> float:
    """Return the length of the mean vector: 1 when all say the same, towards 0 when nothing."""
    return float(np.linalg.norm(vectors.mean(axis=0)))


def usual_tightness(vectors: Matrix, labels: Labels) -> float:
    """Return the median tightness of the groups that rows are in; below 0 is none."""
    groups, counts = np.unique(labels[labels >= 0], return_counts=True)
    return float(np.median(np.linalg.norm(totals(vectors, labels, groups), axis=1) / counts))
