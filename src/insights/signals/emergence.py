"""What do several people say now that hardly anyone said before?

For each passage of the last days, count the distinct authors within a radius of it now and in
the weeks before. If authors speak of the spot at an unknown steady rate, the count now, given
the count before, is negative binomial (the predictive distribution of a Poisson rate under
Jeffreys' prior; Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6). Its upper tail is p. The
passages of a night are tested together: q is p after Benjamini and Hochberg (1995). Of spots
that overlap only the most surprising one is told.

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
from scipy.stats import false_discovery_control, nbinom

from insights.corpus import EPOCH, Corpus, count_words, day_of
from insights.models import Topic
from insights.signals.finding import Finding
from insights.signals.options import SignalOptions

PRIOR = 0.5
BLOCK = 512


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> list[Finding]:
    """Return the emerging spots of the days before `as_of`, most surprising first."""
    now, past = _windows(corpus, day_of(as_of), options)
    if len(np.unique(corpus.people[now])) < options.min_people or not len(past):
        return []
    near, people = _near(corpus, now, options.radius)
    before = _person_days_before(corpus, now, past, options.radius)
    ratio = _person_days(corpus, now) / _person_days(corpus, past)
    expected = (before + PRIOR) * ratio
    p = np.asarray(nbinom.sf(people - 1, before + PRIOR, 1 / (1 + ratio)), np.float64)
    q = np.asarray(false_discovery_control(np.clip(p, 0, 1), method="bh"))
    found: list[Finding] = []
    told = np.zeros(len(now), bool)
    for spot in np.lexsort((np.arange(len(now)), -people, q)):
        if q[spot] >= options.chance:
            break
        members = near[[spot]].indices
        if people[spot] < options.min_people or told[members].mean() > 0.2:
            continue
        told[members] = True
        rows = now[np.sort(members)]
        finding = Finding(
            kind="emerging",
            rows=rows,
            observed=float(people[spot]),
            expected=round(float(expected[spot]), 4),
            p=float(p[spot]),
            q=float(q[spot]),
            why="",
        )
        found.append(replace(finding, why=_why(corpus, rows, finding, options)))
    return found


def _windows(
    corpus: Corpus, today: float, options: SignalOptions
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that are now and those of the past that they are held against.

    A source that was not there before is new, not its posts: it waits until it has a past.
    """
    start = today - options.window_days
    usable = corpus.counted.copy()
    for source in set(corpus.sources):
        mine = corpus.sources == source
        if corpus.days[mine.argmax()] > start - options.warm_up_days:
            usable &= ~mine
    telling = []
    for window in (
        corpus.between(start, today),
        corpus.between(start - options.history_days, start),
    ):
        rows = np.arange(window.start, window.stop)[usable[window]]
        words = np.array([count_words(text) for text in corpus.texts[rows]], np.int64)
        telling.append(rows[words >= options.min_words])
    return telling[0], telling[1]


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
    person_days = _codes(corpus, past)
    counts = []
    vectors = corpus.vectors[past]
    for start in range(0, len(now), BLOCK):
        rows = corpus.vectors[now[start : start + BLOCK]]
        counts.append(_distinct(sparse.csr_array(rows @ vectors.T >= radius), person_days))
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
