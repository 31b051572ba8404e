"""Which requests gain new people faster than their own age explains?

A person is new to a topic once: on the first post in it. The new people of the last four weeks are
held against those of the weeks since the topic began, sixteen at most. What a week is exposed to
are the people who were active in the topic's sources and had not spoken in it yet, so that a
topic that runs out of people, as most do with age, and a community that grows or shrinks, are
accounted for. The rate in that exposure is taken as constant, with the dispersion of the topic's
own weeks and with past bursts weighed down: see `trend.predict`. What a topic that slowly cools
draws is so overestimated, which errs on the side of silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from insights.corpus import Corpus, day_of
from insights.models import Topic
from insights.signals.finding import NOTHING, Asked, Finding
from insights.signals.options import SignalOptions
from insights.signals.trend import FEWEST_WEEKS, WEEK, predict, weeks_before

RECENT, WEEKS = 4, 20
"""Weeks that are now, and all that are looked at."""
ASKS = 0.5
REQUEST = 1 / 3
"""Share of a topic's passages that ask for something, if it is a request."""
FEWEST_PEOPLE = 5
MORE = 1.5


class _Activity(NamedTuple):
    """Everybody once a week and source: columns of equal length, and how many sources there are."""

    people: NDArray[np.int64]
    sources: NDArray[np.int64]
    weeks: NDArray[np.int64]
    names: NDArray[np.str_]


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test every request that is old enough to have a past."""
    today, first = day_of(as_of), float(corpus.days.min(initial=day_of(as_of)))
    span = corpus.between(today - WEEKS * WEEK, today)
    weeks = weeks_before(corpus.take(span), today, first, WEEKS - 1)
    if weeks.max(initial=0) < RECENT + FEWEST_WEEKS - 1:
        return NOTHING
    activity = _activity(corpus, span, weeks)
    tests: list[Finding] = []
    for number in _requests(corpus, topics, span):
        finding = _tested(corpus, number, today, first, activity)
        tests += [finding] if finding else []

    def tell(q: NDArray[np.float64]) -> list[Finding]:
        found = [
            Finding(
                kind="momentum",
                rows=test.rows,
                observed=test.observed,
                expected=test.expected,
                p=test.p,
                q=its_q,
                why=f"{test.why} (q = {its_q:.0e})",
                topic=test.topic,
            )
            for test, its_q in zip(tests, q.tolist(), strict=True)
            if its_q < options.watch_chance
            and test.observed >= max(FEWEST_PEOPLE, MORE * test.expected)
        ]
        return sorted(found, key=lambda finding: (finding.q, finding.topic))

    return Asked(np.array([test.p for test in tests], np.float64), tell)


def _requests(corpus: Corpus, topics: Sequence[Topic], span: slice) -> list[int]:
    """Return the topics of which many passages ask for something, and none say more often else."""
    numbers = corpus.topics[span]
    active = {topic.number for topic in topics if topic.status == "active"}
    said = np.flatnonzero(corpus.counted[span] & (numbers >= 0))
    found, place = np.unique(numbers[said], return_inverse=True)
    sizes = np.bincount(place, minlength=len(found))

    def share(name: str) -> NDArray[np.float64]:
        holds = corpus.intent(name)[span][said] >= ASKS
        return np.bincount(place, weights=holds, minlength=len(found)) / np.maximum(sizes, 1)

    asks = share("request")
    most = np.max([share(name) for name in ("problem", "question", "praise")], axis=0)
    wanted = found[(asks >= REQUEST) & (asks >= most)].tolist()
    return [number for number in wanted if number in active]


def _tested(
    corpus: Corpus, number: int, today: float, first: float, activity: _Activity
) -> Finding | None:
    rows = np.flatnonzero((corpus.topics == number) & corpus.counted)
    people, firsts = np.unique(corpus.people[rows], return_index=True)
    rows = rows[firsts]
    joined = weeks_before(corpus.take(rows), today, first, WEEKS - 1)
    early = (joined < 0) & (corpus.days[rows] < today - WEEK)
    joined[early] = WEEKS  # before all weeks that are looked at
    age = min(WEEKS - 1, int(joined.max(initial=-1)))
    if age < RECENT + FEWEST_WEEKS - 1:
        return None
    members = np.full(int(max(people.max(), activity.people.max(initial=0))) + 1, -1)
    members[people] = joined
    free = (members[activity.people] <= activity.weeks) & (activity.weeks <= age)
    shape = (len(activity.names), age + 1)
    at_risk, new = np.zeros(shape), np.zeros(shape)
    np.add.at(at_risk, (activity.sources[free], activity.weeks[free]), 1)
    inside = (joined >= 0) & (joined <= age)
    column = np.searchsorted(activity.names, corpus.sources[rows[inside]].astype(str))
    np.add.at(new, (column, joined[inside]), 1)
    # A source that came later has no past here to be held against.
    known = (at_risk[:, RECENT:] > 0).sum(axis=1) >= FEWEST_WEEKS
    at_risk, new = at_risk[known], new[known]
    past = np.maximum(at_risk[:, RECENT:].sum(axis=1), 1)
    exposure = np.maximum(((new[:, RECENT:].sum(axis=1) + 1e-6) / past) @ at_risk, 1e-9)
    mean, variance = predict(
        new[:, RECENT:].sum(axis=0)[None],
        exposure[None, RECENT:],
        exposure[None, :RECENT].sum(axis=1),
        slope=False,
    )
    observed = float(new[:, :RECENT].sum())
    size = mean**2 / np.maximum(variance - mean, 1e-9 * mean)
    recent = inside & (joined < RECENT)
    recent[inside] &= known[column]
    return Finding(
        kind="momentum",
        rows=rows[recent],
        observed=observed,
        expected=round(float(mean[0]), 4),
        p=float(np.asarray(nbinom.sf(observed - 1, size, size / (size + mean)))[0]),
        q=1.0,
        why=f"{observed:.0f} people asked for this for the first time within {RECENT} weeks, "
        f"where its past explains {mean[0]:.1f}",
        topic=number,
    )


def _activity(corpus: Corpus, span: slice, weeks: NDArray[np.int64]) -> _Activity:
    rows = np.flatnonzero(corpus.counted[span] & (weeks >= 0))
    names, sources = np.unique(corpus.sources[span][rows].astype(str), return_inverse=True)
    shape = (int(corpus.people[span].max(initial=0)) + 1, max(1, len(names)), WEEKS + 1)
    keys = np.ravel_multi_index((corpus.people[span][rows], sources.ravel(), weeks[rows]), shape)
    people, of_source, of_week = np.unravel_index(np.unique(keys), shape)
    return _Activity(people, of_source, of_week, names)
