"""Which topics were quiet for four weeks or more, and draw people again?

A topic is quiet in a whole week in which nobody spoke of it while its sources were not silent. The
people of the last seven days are held against all of up to 26 weeks before, the quiet ones among
them, with the dispersion of these weeks: see `trend.predict`. So a topic that comes and goes every
few weeks must come in greater number than it does. Only sources that were there all through the
quiet weeks count: a new one brings no old topic back.
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
from insights.signals.trend import WEEK, exposed, people_by_week, predict, weeks_before

QUIET, WEEKS = 4, 26
"""Weeks without anybody, and weeks that are looked at before this one."""
LOUD = 0.25
"""Share of their usual volume that a topic's sources must have had in each of the quiet weeks."""
FEWEST_PEOPLE = 5
MORE = 1.5


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test the topics that were quiet and had people before; tell those that are back."""
    today = day_of(as_of)
    span = corpus.between(today - (WEEKS + 1) * WEEK, today)
    known = corpus.take(span)
    weeks = weeks_before(known, today, float(corpus.days.min(initial=today)), WEEKS)
    past = int(weeks.max(initial=0))
    active = [topic.number for topic in topics if topic.status == "active"]
    if not active or past <= QUIET:
        return NOTHING
    counts, totals = people_by_week(known, weeks, active, past)
    there = (totals[:, 1 : QUIET + 1] > 0).all(axis=1)
    counts, totals = counts[:, there], totals[there]
    if not there.any():
        return NOTHING
    exposure, ahead = exposed(counts, totals)
    usual = np.median(exposure, axis=1)
    by_week = counts.sum(axis=1)
    tested = np.flatnonzero(
        (by_week[:, 1 : QUIET + 1].sum(axis=1) == 0)
        & (by_week[:, QUIET + 1 :].sum(axis=1) >= FEWEST_PEOPLE)
        & (exposure[:, :QUIET] >= LOUD * usual[:, None]).all(axis=1)
    )
    if not len(tested):
        return NOTHING
    mean, variance = predict(by_week[tested, 1:], exposure[tested], ahead[tested], slope=False)
    shape = mean**2 / np.maximum(variance - mean, 1e-9 * mean)
    observed = by_week[tested, 0]
    p = np.asarray(nbinom.sf(observed - 1, shape, shape / (shape + mean)), np.float64)

    def tell(q: NDArray[np.float64]) -> list[Finding]:
        found = []
        for place in np.flatnonzero(
            (q < options.trend_chance) & (observed >= np.maximum(FEWEST_PEOPLE, MORE * mean))
        ).tolist():
            number = active[tested[place]]
            silent = int(by_week[tested[place], 1:].nonzero()[0].min())
            mine = known.counted & (known.topics == number) & (weeks == 0)
            found.append(
                Finding(
                    kind="returned",
                    rows=span.start + np.flatnonzero(mine),
                    observed=float(observed[place]),
                    expected=round(float(mean[place]), 4),
                    p=float(p[place]),
                    q=float(q[place]),
                    why=f"{observed[place]:.0f} people this week after {silent} weeks without "
                    f"anybody, where its past explains {mean[place]:.1f} (q = {q[place]:.0e})",
                    topic=number,
                )
            )
        return sorted(found, key=lambda finding: (finding.q, finding.topic))

    return Asked(p, tell)
