"""Does a topic draw more people, or fewer, than its own past explains?

The authors of the last seven days are held against the eight weeks before. What is expected of a
topic is its share of each source's authors in the past times that source's authors now: a week
is compared with whole weeks, so weekdays cancel; a source that was silent lowers what is
expected and never reads as a falling topic. The count is negative binomial as for emergence,
widened by the week-to-week dispersion of the topic (Pearson's statistic over its weeks, McCullagh
and Nelder 1989, 4.5). Both tails of all topics are tested together (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, nbinom

from insights.corpus import Corpus, day_of
from insights.models import Topic
from insights.signals.finding import Finding
from insights.signals.options import SignalOptions

WEEK = 7.0
WEEKS = 8
FEWEST_WEEKS = 4
PRIOR = 0.5
RISEN, FALLEN = 1.5, 0.5
FEWEST_PEOPLE = 5


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> list[Finding]:
    """Return rising and falling topics of the week before `as_of`, most surprising first."""
    active = [topic.number for topic in topics if topic.status == "active"]
    weeks = _weeks(corpus, day_of(as_of))
    past = int(weeks.max(initial=0))
    if not active or past < FEWEST_WEEKS:
        return []
    counts, totals = _people(corpus, weeks, active, past)
    observed = counts[:, :, 0].sum(axis=1)
    shares = counts[:, :, 1:].sum(axis=2) / np.maximum(totals[:, 1:].sum(axis=1), 1)
    expected = (shares * totals[:, 0]).sum(axis=1) + PRIOR / past
    shape = (counts[:, :, 1:].sum(axis=(1, 2)) + PRIOR) / _dispersion(counts, totals)
    chance = shape / (shape + expected)
    high = nbinom.sf(observed - 1, shape, chance)
    low = nbinom.cdf(observed, shape, chance)
    q = false_discovery_control(np.clip(np.concatenate([high, low]), 0, 1), method="bh")
    found = []
    for index, number in enumerate(active):
        rising = (
            observed[index] >= max(FEWEST_PEOPLE, RISEN * expected[index])
            and q[index] < options.trend_chance
        )
        falling = (
            expected[index] >= FEWEST_PEOPLE
            and observed[index] <= FALLEN * expected[index]
            and q[len(active) + index] < options.trend_chance
        )
        if not (rising or falling):
            continue
        side = index if rising else len(active) + index
        mine = (corpus.topics == number) & corpus.counted
        rows = np.flatnonzero(mine & (weeks == 0)) if rising else np.flatnonzero(mine)[-20:]
        found.append(
            Finding(
                kind="rising" if rising else "falling",
                rows=rows,
                observed=float(observed[index]),
                expected=round(float(expected[index]), 4),
                p=float((high if rising else low)[index]),
                q=float(q[side]),
                why=f"{observed[index]:.0f} people this week where its own past explains "
                f"{expected[index]:.1f} (q = {q[side]:.0e})",
                topic=number,
            )
        )
    return sorted(found, key=lambda finding: (finding.q, finding.topic))


def _weeks(corpus: Corpus, today: float) -> NDArray[np.int64]:
    """Return the week of each row: 0 the seven days before today, 1 the seven before, or -1."""
    weeks = np.floor((today - corpus.days) / WEEK).astype(np.int64)
    weeks[(today - corpus.days) % WEEK == 0] -= 1  # a week ends with `today`, which is not in it
    whole = np.floor((today - corpus.days.min(initial=today)) / WEEK)
    weeks[(weeks < 0) | (weeks > WEEKS) | (weeks >= whole)] = -1
    return weeks


def _people(
    corpus: Corpus, weeks: NDArray[np.int64], active: Sequence[int], past: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count distinct authors: by (topic, source, week) and by (source, week)."""
    names, sources = np.unique(corpus.sources.astype(str), return_inverse=True)
    places = {number: place for place, number in enumerate(active)}
    rows = np.flatnonzero(corpus.counted & (weeks >= 0))
    of_topic = np.array([places.get(int(n), -1) for n in corpus.topics[rows]], np.int64)
    keys = np.column_stack([of_topic, sources[rows], weeks[rows], corpus.people[rows]])
    counts = np.zeros((len(active), len(names), past + 1))
    seen = np.unique(keys[of_topic >= 0], axis=0)
    np.add.at(counts, (seen[:, 0], seen[:, 1], seen[:, 2]), 1)
    totals = np.zeros((len(names), past + 1))
    everyone = np.unique(keys[:, 1:], axis=0)
    np.add.at(totals, (everyone[:, 0], everyone[:, 1]), 1)
    return counts, totals


def _dispersion(counts: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much more the past weeks of each topic vary than Poisson counts would, >= 1."""
    weekly, exposure = counts[:, :, 1:].sum(axis=1), totals[:, 1:].sum(axis=0)
    rate = weekly.sum(axis=1, keepdims=True) / max(float(exposure.sum()), 1.0)
    usual = np.maximum(rate * exposure[None, :], 1e-9)
    pearson = ((weekly - usual) ** 2 / usual).sum(axis=1) / max(1, weekly.shape[1] - 1)
    widened: NDArray[np.float64] = np.maximum(1.0, pearson)
    return widened
