"""How many people say a thing now, and how many would, had each source gone on as before?

The measure of exposure is people, each once a day, and each source is held against its own past,
so that one that grew, shrank or fell silent raises nothing that the others say. If people say the
thing at an unknown steady rate, the count now, given the count before, is negative binomial (the
predictive distribution of a Poisson rate under Jeffreys' prior; Gelman et al., Bayesian Data
Analysis, 3rd ed., 2.6).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from insights.corpus import Corpus
from insights.signals.options import SignalOptions

PRIOR = 0.5

Rows = NDArray[np.int64]


class Surprise(NamedTuple):
    """Distinct people now, how many were expected, and the chance of so many or more."""

    people: int
    expected: float
    p: float


def windows(
    corpus: Corpus,
    today: float,
    options: SignalOptions,
    *,
    days: float | None = None,
    min_words: int | None = None,
) -> tuple[Rows, Rows]:
    """Return the rows that are now and those of the past that they are held against.

    Now is the last `days`, and texts are read from `min_words` on; both are those of the options
    if not given. A source that was not there before, or was silent all the while, is new, not its
    posts: it waits until it has a past.
    """
    start = today - (days or options.window_days)
    now = corpus.between(start, today)
    past = corpus.between(start - options.history_days, start)
    old = corpus.sources[: corpus.between(-np.inf, start - options.warm_up_days).stop]
    known = {name for name in set(corpus.sources[past]) if name in old}
    mine = np.array([source in known for source in corpus.sources[now]], bool)
    fewest = options.min_words if min_words is None else min_words
    usable = [corpus.counted[span] & (corpus.words[span] >= fewest) for span in (now, past)]
    return (
        now.start + np.flatnonzero(usable[0] & mine),
        past.start + np.flatnonzero(usable[1]),
    )


def surprise(corpus: Corpus, now: Rows, past: Rows, saying: Rows, said: Rows) -> Surprise:
    """Hold the people of the rows `saying`, part of `now`, against `said`, part of `past`."""
    shape = PRIOR
    expected = PRIOR * person_days(corpus, now) / person_days(corpus, past)
    for source in sorted(set(corpus.sources[now])):
        mine = past[corpus.sources[past] == source]
        ratio = person_days(corpus, now[corpus.sources[now] == source]) / person_days(corpus, mine)
        before = len(np.unique(codes(corpus, said[corpus.sources[said] == source])))
        shape += before
        expected += before * ratio
    people = len(np.unique(corpus.people[saying]))
    return Surprise(
        people, expected, float(nbinom.sf(people - 1, shape, shape / (shape + expected)))
    )


def codes(corpus: Corpus, rows: Rows) -> Rows:
    """Return a number for the person and the day of each row."""
    days = np.floor(corpus.days[rows]).astype(np.int64)
    return corpus.people[rows] * 100_000 + days


def person_days(corpus: Corpus, rows: Rows) -> float:
    """Count people, each once a day; at least one, since it is divided by."""
    return float(max(1, len(np.unique(codes(corpus, rows)))))
