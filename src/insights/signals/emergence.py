"""What do several people say now that hardly anyone said before?

For each passage of the last days, count the distinct authors within a radius of it now and in
the weeks before. If authors speak of the spot at an unknown steady rate, the count now, given
the count before, is negative binomial (the predictive distribution of a Poisson rate under
Jeffreys' prior; Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6). Its upper tail is p. Of
spots that overlap only the most surprising one is told.

The measure of exposure is people, not posts: a busy night raises what is expected of every spot.
Passages that are near each other are tested more than once; under such positive dependence the
procedure still holds its rate (Benjamini and Yekutieli 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import nbinom

from insights.corpus import EPOCH, Corpus, day_of
from insights.models import Topic
from insights.signals.finding import NOTHING, Asked, Finding
from insights.signals.options import SignalOptions

PRIOR = 0.5
BLOCK = 128
"""Spots that are held against the past at once: 100 MiB of cosines for 200,000 passages."""
OVERLAP = 0.2
"""Share of a spot that may have been told already as part of a more surprising one."""


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test the spots of the days before `as_of`; tell the most surprising first.

    A spot of fewer than `min_people` cannot be told; its p counts as 1, which errs on the side
    of silence and spares most of the work.
    """
    now, past = _windows(corpus, day_of(as_of), options)
    if len(np.unique(corpus.people[now])) < options.min_people or not len(past):
        return NOTHING
    near, people = _near(corpus, now, options.radius)
    p, expected = np.ones(len(now)), np.zeros(len(now))
    dense = np.flatnonzero(people >= options.min_people)
    if len(dense):
        shape, expected[dense] = _usual(corpus, now, past, dense, options.radius)
        chance = shape / (shape + expected[dense])
        p[dense] = nbinom.sf(people[dense] - 1, shape, chance)

    def tell(q: NDArray[np.float64]) -> list[Finding]:
        found: list[Finding] = []
        told = np.zeros(len(now), bool)
        for spot in np.lexsort((np.arange(len(now)), -people, q)):
            if q[spot] >= options.chance:
                break
            members = near[[spot]].indices
            if people[spot] < options.min_people or told[members].mean() > OVERLAP:
                continue
            told[members] = True
            finding = Finding(
                kind="emerging",
                rows=now[np.sort(members)],
                observed=float(people[spot]),
                expected=round(float(expected[spot]), 4),
                p=float(p[spot]),
                q=float(q[spot]),
                why="",
            )
            found.append(replace(finding, why=_why(corpus, finding.rows, finding, options)))
        return found

    return Asked(p, tell)


def _windows(
    corpus: Corpus, today: float, options: SignalOptions
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that are now and those of the past that they are held against.

    A source that was not there before, or was silent all the while, is new, not its posts: it
    waits until it has a past.
    """
    start = today - options.window_days
    now = corpus.between(start, today)
    past = corpus.between(start - options.history_days, start)
    usable = corpus.counted & (corpus.words >= options.min_words)
    old = corpus.sources[: corpus.between(-np.inf, start - options.warm_up_days).stop]
    known = {name for name in set(corpus.sources[past]) if name in old}
    mine = np.array([source in known for source in corpus.sources[now]], bool)
    rows = np.arange(len(corpus))
    return rows[now][usable[now] & mine], rows[past][usable[past]]


def _usual(
    corpus: Corpus,
    now: NDArray[np.int64],
    past: NDArray[np.int64],
    spots: NDArray[np.int64],
    radius: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much is known of each spot's past, in person-days, and the people expected now.

    Each source is held against its own past, so that one that grew, shrank or fell silent
    raises nothing that the others say.
    """
    shape = np.full(len(spots), PRIOR)
    expected = np.full(len(spots), PRIOR * _person_days(corpus, now) / _person_days(corpus, past))
    for source in sorted(set(corpus.sources[now])):
        mine = past[corpus.sources[past] == source]
        ratio = _person_days(corpus, now[corpus.sources[now] == source]) / _person_days(
            corpus, mine
        )
        before = _person_days_before(corpus, now[spots], mine, radius)
        shape += before
        expected += before * ratio
    return shape, expected


def _near(
    corpus: Corpus, now: NDArray[np.int64], radius: float
) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """Return who is within the radius of whom now, and the distinct authors around each."""
    vectors = corpus.vectors[now]
    codes = np.unique(corpus.people[now], return_inverse=True)[1]
    parts, people = [], []
    for start in range(0, len(now), BLOCK):
        near = vectors[start : start + BLOCK] @ vectors.T >= radius
        parts.append(sparse.csr_array(near))
        people.append(_distinct(near, codes))
    return sparse.vstack(parts, format="csr"), np.concatenate(people)


def _person_days_before(
    corpus: Corpus, now: NDArray[np.int64], past: NDArray[np.int64], radius: float
) -> NDArray[np.int64]:
    """Count, around each row of now, the authors of the past, each once a day."""
    codes = np.unique(_codes(corpus, past), return_inverse=True)[1]
    vectors, counts = corpus.vectors[past], []
    room = np.empty((min(BLOCK, len(now)), len(past)), np.float32)
    for start in range(0, len(now), BLOCK):
        rows = corpus.vectors[now[start : start + BLOCK]]
        # Asking for so much memory anew for every block takes as long as the product.
        cosines = np.matmul(rows, vectors.T, out=room[: len(rows)])
        counts.append(_distinct(cosines >= radius, codes))
    return np.concatenate(counts)


def _distinct(near: NDArray[np.bool_], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the distinct `codes` among the columns that each row of `near` marks.

    Codes are 0, 1, … without a gap. Marking them in a table needs no sorting.
    """
    rows, columns = np.divmod(np.flatnonzero(near), near.shape[1])
    seen = np.zeros((len(near), int(codes.max(initial=-1)) + 1), bool)
    seen[rows, codes[columns]] = True
    counts: NDArray[np.int64] = np.count_nonzero(seen, axis=1)
    return counts


def _codes(corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    days = np.floor(corpus.days[rows]).astype(np.int64)
    return corpus.people[rows] * 100_000 + days


def _person_days(corpus: Corpus, rows: NDArray[np.int64]) -> float:
    return float(max(1, len(np.unique(_codes(corpus, rows)))))


def _why(corpus: Corpus, rows: NDArray[np.int64], finding: Finding, options: SignalOptions) -> str:
    first = EPOCH + timedelta(days=float(corpus.days[rows].min()))
    said = (
        f"{finding.observed:.0f} people in {options.window_days:g} days where "
        f"{finding.expected:.2g} were expected (q = {finding.q:.0e}); "
        f"first post {first:%d %b %H:%M} UTC"
    )
    posts = dict(zip(corpus.post_ids[rows], corpus.versions[rows], strict=True))
    versions = [str(version) for version in posts.values() if version]
    top = max(sorted(set(versions)), key=versions.count, default="")
    if versions.count(top) > 1:
        said += f"; {versions.count(top)} of {len(posts)} posts name version {top}"
    return said
