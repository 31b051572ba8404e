"""Does a topic draw more people, or fewer, than its own past explains?

The authors of the last seven days are held against up to twelve weeks before. A week is compared
with whole weeks, so weekdays cancel. What a topic is exposed to is its share of each source's
authors in the past times that source's authors of the week: a source that was silent lowers what
is expected and never reads as a falling topic, and one that wrote in fewer than four weeks before
takes no part. Over that exposure a quasi-Poisson regression is fitted, with a slope over the weeks
where there is one, with past outbreaks weighed down, and with the dispersion of the topic's own
weeks: the method of Farrington and others (1996) as made flexible by Noufaily and others (2013).
The count of the week is then negative binomial with the variance of both the counts and the fit.
Both tails of all topics are tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from insights.corpus import Corpus, day_of
from insights.models import Topic
from insights.signals.finding import NOTHING, Asked, Finding
from insights.signals.options import SignalOptions

WEEK = 7.0
WEEKS = 12
FEWEST_WEEKS = 4
SLOPE_WEEKS = 8
"""Weeks that a slope needs to be believed, and its z."""
SLOPE_Z = 1.96
OUTBREAK = 2.58
"""Standardised residual from which on a past week counts as an outbreak and weighs less."""
PRIOR = 0.5
RISEN, FALLEN = 1.5, 0.5
FEWEST_PEOPLE = 5

Counts = NDArray[np.float64]


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test the week before `as_of` of every topic; tell risen and fallen ones."""
    active = [topic.number for topic in topics if topic.status == "active"]
    recent = corpus.between(day_of(as_of) - (WEEKS + 1) * WEEK, day_of(as_of))
    known = corpus.take(recent)
    weeks = weeks_before(known, day_of(as_of), float(corpus.days.min(initial=day_of(as_of))))
    past = int(weeks.max(initial=0))
    if not active or past < FEWEST_WEEKS:
        return NOTHING
    counts, totals = people_by_week(known, weeks, active, past)
    # A source that came later is new, not what is said there: it waits until it has a past.
    settled = (totals[:, 1:] > 0).sum(axis=1) >= FEWEST_WEEKS
    if not settled.any():
        return NOTHING
    counts, totals = counts[:, settled], totals[settled]
    names = np.unique(known.sources.astype(str))[settled]
    observed = counts[:, :, 0].sum(axis=1)
    expected, variance = predict(counts[:, :, 1:].sum(axis=1), *exposed(counts, totals))
    shape = expected**2 / np.maximum(variance - expected, 1e-9 * expected)
    chance = shape / (shape + expected)
    high = np.asarray(nbinom.sf(observed - 1, shape, chance), np.float64)
    low = np.asarray(nbinom.cdf(observed, shape, chance), np.float64)

    def tell(q: NDArray[np.float64]) -> list[Finding]:
        risen = observed >= np.maximum(FEWEST_PEOPLE, RISEN * expected)
        fallen = (expected >= FEWEST_PEOPLE) & (observed <= FALLEN * expected)
        q_high, q_low = np.split(q, 2)
        found = []
        for kind, moved, p, its_q in (
            ("rising", risen, high, q_high),
            ("falling", fallen, low, q_low),
        ):
            for index in np.flatnonzero(moved & (its_q < options.trend_chance)).tolist():
                mine = recent.start + np.flatnonzero(
                    (known.topics == active[index])
                    & known.counted
                    & (weeks >= 0)
                    & np.isin(known.sources.astype(str), names)
                )
                now = mine[weeks[mine - recent.start] == 0]
                found.append(
                    Finding(
                        kind=kind,
                        rows=now if kind == "rising" else mine[-20:],
                        observed=float(observed[index]),
                        expected=round(float(expected[index]), 4),
                        p=float(p[index]),
                        q=float(its_q[index]),
                        why=f"{observed[index]:.0f} people this week where its own past "
                        f"explains {expected[index]:.1f} (q = {its_q[index]:.0e})",
                        topic=active[index],
                    )
                )
        return sorted(found, key=lambda finding: (finding.q, finding.topic))

    return Asked(np.concatenate([high, low]), tell)


def predict(
    counts: Counts, exposure: Counts, ahead: Counts, *, slope: bool = True
) -> tuple[Counts, Counts]:
    """Return mean and variance of the next count of each series.

    `counts` and `exposure` have shape (series, weeks), the latest week first; `ahead`, shape
    (series,), is the exposure of the week to come. A slope is taken where at least `SLOPE_WEEKS`
    show one, and it is never followed beyond the highest or lowest rate of the past; without
    `slope` none is.
    """
    level, level_variance, dispersion = _fitted(counts, exposure, slope=False)
    rate, spread = level[0], level_variance
    if slope and counts.shape[1] >= SLOPE_WEEKS:
        line, line_variance, narrow = _fitted(counts, exposure, slope=True)
        rates = (counts + PRIOR * exposure / exposure.sum(axis=1, keepdims=True)) / exposure
        # A slope is not followed beyond what was seen: most end.
        line_rate = np.clip(line[0], np.log(rates.min(axis=1)), np.log(rates.max(axis=1)))
        sloped = np.abs(line[1]) > SLOPE_Z
        rate = np.where(sloped, line_rate, rate)
        spread = np.where(sloped, line_variance, spread)
        dispersion = np.where(sloped, narrow, dispersion)
    mean = ahead * np.exp(rate)
    return mean, dispersion * mean + spread * mean**2


def _fitted(
    counts: Counts, exposure: Counts, *, slope: bool
) -> tuple[tuple[Counts, Counts], Counts, Counts]:
    """Fit log rate = a + b * weeks to each series; return (a, z of b), variance of a, dispersion.

    Iteratively reweighted least squares, all series at once; a half count is shared out over the
    weeks, so that a series of zeros has a rate. `a` is the log rate in the week to come.
    """
    n, weeks = counts.shape
    seen = counts + PRIOR * exposure / exposure.sum(axis=1, keepdims=True)
    time = np.arange(1, weeks + 1, dtype=float)
    weight = np.ones_like(seen)
    a, b = np.log(seen.sum(axis=1) / exposure.sum(axis=1)), np.zeros(n)
    for outer in range(2):
        for _ in range(8 if slope else 4):
            mean = exposure * np.exp(np.clip(a[:, None] - b[:, None] * time, -30, 30))
            w = weight * mean
            left = weight * (seen - mean)
            s0, s1, s2 = w.sum(1), -(w * time).sum(1), (w * time**2).sum(1)
            g0, g1 = left.sum(1), -(left * time).sum(1)
            if slope:
                det = np.maximum(s0 * s2 - s1**2, 1e-12)
                a, b = a + (s2 * g0 - s1 * g1) / det, b + (s0 * g1 - s1 * g0) / det
                a, b = np.clip(a, -20, 20), np.clip(b, -2, 2)
            else:
                a = a + g0 / s0
        mean = exposure * np.exp(np.clip(a[:, None] - b[:, None] * time, -30, 30))
        pearson = (seen - mean) / np.sqrt(mean)
        free = max(1, weeks - 1 - slope)
        dispersion = np.maximum(1.0, (weight * pearson**2).sum(axis=1) / free)
        if outer == 0:
            # Past outbreaks teach what an outbreak is, not what is usual.
            out = np.abs(pearson) / np.sqrt(dispersion)[:, None]
            weight = np.where(out > OUTBREAK, np.maximum(out, 1.0) ** -2, 1.0)
    w = weight * mean
    s0, s1, s2 = w.sum(1), -(w * time).sum(1), (w * time**2).sum(1)
    if not slope:
        return (a, np.zeros(n)), dispersion / s0, dispersion
    det = np.maximum(s0 * s2 - s1**2, 1e-12)
    return (a, b / np.sqrt(dispersion * s0 / det)), dispersion * s2 / det, dispersion


def exposed(counts: NDArray[np.float64], totals: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Return what each topic was exposed to in past weeks, and in this one."""
    shares = counts[:, :, 1:].sum(axis=2) + 1e-6
    shares = shares / np.maximum(totals[:, 1:].sum(axis=1), 1.0)
    exposure = np.maximum(shares @ totals, 1e-9)
    return exposure[:, 1:], exposure[:, 0]


def weeks_before(
    corpus: Corpus, today: float, first: float, most: int = WEEKS
) -> NDArray[np.int64]:
    """Return the week of each row: 0 the seven days before today, 1 the seven before, or -1.

    Only whole weeks since `first` are, and `most` of them beside this one.
    """
    weeks = np.floor((today - corpus.days) / WEEK).astype(np.int64)
    weeks[(today - corpus.days) % WEEK == 0] -= 1  # a week ends with `today`, which is not in it
    whole = np.floor((today - first) / WEEK)
    weeks[(weeks < 0) | (weeks > most) | (weeks >= whole)] = -1
    return weeks


def people_by_week(
    corpus: Corpus, weeks: NDArray[np.int64], active: Sequence[int], past: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count distinct authors: by (topic, source, week) and by (source, week)."""
    names, sources = np.unique(corpus.sources.astype(str), return_inverse=True)
    rows = np.flatnonzero(corpus.counted & (weeks >= 0))
    places = np.full(max(*active, int(corpus.topics.max(initial=0)), 0) + 3, -1, np.int64)
    places[list(active)] = np.arange(len(active))
    of_topic = places[corpus.topics[rows]]  # below 0 reads the last, unused places
    counts = np.zeros((len(active), len(names), past + 1))
    totals = np.zeros((len(names), past + 1))
    everyone = (sources[rows], weeks[rows], corpus.people[rows])
    _count_once(totals, everyone)
    told = of_topic >= 0
    _count_once(counts, (of_topic[told], *(column[told] for column in everyone)))
    return counts, totals


def _count_once(counts: Counts, columns: Sequence[NDArray[np.int64]]) -> None:
    """Add 1 to the cell that all but the last column name, for each distinct row of columns."""
    if not len(columns[0]):
        return
    shape = (*counts.shape, int(columns[-1].max()) + 1)
    # One number a row: numpy sorts whole rows thirty times slower.
    distinct = np.unique(np.ravel_multi_index(tuple(columns), shape))
    np.add.at(counts, np.unravel_index(distinct, shape)[:-1], 1)
