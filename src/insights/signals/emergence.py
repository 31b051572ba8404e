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
from insights.signals.rates import PRIOR, codes, person_days, windows

BLOCK = 512
OVERLAP = 0.2
"""Share of a spot that may have been told already as part of a more surprising one."""


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test the spots of the days before `as_of`; tell the most surprising first.

    A spot of fewer than `min_people` cannot be told; its p counts as 1, which errs on the side
    of silence and spares most of the work.
    """
    now, past = windows(corpus, day_of(as_of), options)
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
    expected = np.full(len(spots), PRIOR * person_days(corpus, now) / person_days(corpus, past))
    for source in sorted(set(corpus.sources[now])):
        mine = past[corpus.sources[past] == source]
        ratio = person_days(corpus, now[corpus.sources[now] == source]) / person_days(corpus, mine)
        before = _person_days_before(corpus, now[spots], mine, radius)
        shape += before
        expected += before * ratio
    return shape, expected


def _near(
    corpus: Corpus, now: NDArray[np.int64], radius: float
) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """Return who is within the radius of whom now, and the distinct authors around each."""
    vectors = corpus.vectors[now]
    near = sparse.vstack(
        [
            sparse.csr_array(vectors[start : start + BLOCK] @ vectors.T >= radius)
            for start in range(0, len(now), BLOCK)
        ],
        format="csr",
    )
    near.sort_indices()
    return near, _distinct(near, corpus.people[now])


def _person_days_before(
    corpus: Corpus, now: NDArray[np.int64], past: NDArray[np.int64], radius: float
) -> NDArray[np.int64]:
    """Count, around each row of now, the authors of the past, each once a day."""
    days_of_people = codes(corpus, past)
    counts = []
    vectors = corpus.vectors[past]
    for start in range(0, len(now), BLOCK):
        rows = corpus.vectors[now[start : start + BLOCK]]
        counts.append(_distinct(sparse.csr_array(rows @ vectors.T >= radius), days_of_people))
    return np.concatenate(counts)


def _distinct(near: sparse.csr_array, names: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the distinct `names` among the columns that each row of `near` marks."""
    rows = np.repeat(np.arange(near.shape[0]), np.diff(near.indptr))
    known, codes = np.unique(names, return_inverse=True)
    pairs = np.unique(rows * len(known) + codes[near.indices])
    counts: NDArray[np.int64] = np.bincount(
        pairs // max(1, len(known)), minlength=near.shape[0]
    ).astype(np.int64)
    return counts


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
