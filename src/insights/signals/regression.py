"""Does a problem follow a release, or come back after it was fixed?

A fixed problem has an echo: people who read old threads, and the few who have not heard. It is
taken to fade from the rate before the fix to a tenth of it, with a mean of three days. The rate
before is known only so well as its person-days tell, so the count after is negative binomial, as
for emerging issues. People who name only versions older than the fixed release do not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from insights.corpus import Corpus, day_of
from insights.models import Release, Topic
from insights.signals.attribution import Read
from insights.signals.finding import NOTHING, Asked, Detector, Finding
from insights.signals.options import SignalOptions
from insights.signals.rates import PRIOR, codes, person_days
from insights.versions import plain, read

FEWEST_PEOPLE = 3
FOLLOWS_DAYS = 3.0
"""Days after a release within which a problem that starts is said to follow it."""
WINDOW_DAYS = 7.0
REST, ECHO_DAYS = 0.1, 3.0
"""Share of the old rate at which a fixed problem rests, and the mean of its echo."""


@dataclass(frozen=True, slots=True)
class Fix:
    """When a topic's problem was fixed, and in which release if it was said."""

    at: datetime
    release: str | None = None


def follows(corpus: Corpus, finding: Finding, releases: Sequence[Release]) -> str:
    """Say which release an emerging finding began after, and how long; empty if there is none."""
    if finding.kind != "emerging":
        return ""
    first = float(corpus.days[finding.rows].min())
    before = [r for r in releases if 0 <= first - day_of(r.released_at) <= FOLLOWS_DAYS]
    if not before:
        return ""
    last = max(before, key=lambda release: (release.released_at, release.version))
    return (
        f"; it began {_lag(first - day_of(last.released_at))} after release {plain(last.version)}"
    )


def detector(fixes: Mapping[int, Fix], named: Read) -> Detector:
    """Return the detector of topics that come back; `fixes` are by topic number."""

    def detect(
        corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
    ) -> Asked:
        today = day_of(as_of)
        active = [t.number for t in topics if t.status == "active" and t.number in fixes]
        asked = [number for number in active if day_of(fixes[number].at) < today]
        if not asked:
            return NOTHING
        tested = [_test(corpus, number, fixes[number], today, options, named) for number in asked]
        p = np.array([test.p for test in tested])

        def tell(q: NDArray[np.float64]) -> list[Finding]:
            return [
                test.finding(float(its))
                for test, its in sorted(zip(tested, q, strict=True), key=lambda one: one[1])
                if its < options.trend_chance and test.people >= FEWEST_PEOPLE
            ]

        return Asked(p, tell)

    return detect


@dataclass(frozen=True, slots=True)
class _Test:
    """How many speak of a fixed topic again, and how many its echo explains."""

    topic: int
    fix: Fix
    rows: NDArray[np.int64]
    people: int
    expected: float
    p: float
    days: float
    since: float

    def finding(self, q: float) -> Finding:
        where = f" in {plain(self.fix.release)}" if self.fix.release else ""
        return Finding(
            kind="regression",
            rows=self.rows,
            observed=float(self.people),
            expected=round(self.expected, 4),
            p=self.p,
            q=q,
            why=f"{self.people} people in {self.days:.2g} days speak of it, {_lag(self.since)} "
            f"after it was fixed{where}, where its echo explains {self.expected:.2g} (q = {q:.0e})",
            topic=self.topic,
        )


def _test(
    corpus: Corpus, number: int, fix: Fix, today: float, options: SignalOptions, named: Read
) -> _Test:
    fixed = day_of(fix.at)
    start = max(fixed, today - WINDOW_DAYS)
    now, before = (
        rows_of(corpus, start, today),
        rows_of(corpus, fixed - options.history_days, fixed),
    )
    mine = now[corpus.topics[now] == number]
    mine = mine[~np.isin(corpus.people[mine], behind(corpus, mine, fix, named))]
    people = len(np.unique(corpus.people[mine]))
    spoke = PRIOR + len(np.unique(codes(corpus, before[corpus.topics[before] == number])))
    usual = spoke * person_days(corpus, now) / person_days(corpus, before)
    fading = ECHO_DAYS * (exp((fixed - start) / ECHO_DAYS) - exp((fixed - today) / ECHO_DAYS))
    expected = max(usual * min(1.0, REST + fading / (today - start)), 1e-9)
    p = float(nbinom.sf(people - 1, spoke, spoke / (spoke + expected)))
    return _Test(
        topic=number, fix=fix, rows=mine, people=people, expected=expected,
        p=p if people >= FEWEST_PEOPLE else 1.0, days=today - start, since=today - fixed,
    )  # fmt: skip


def behind(corpus: Corpus, rows: NDArray[np.int64], fix: Fix, named: Read) -> list[int]:
    """Return the people who name only versions that are older than the fixed release."""
    wanted = read(fix.release) if fix.release else None
    if wanted is None:
        return []
    newest: dict[int, list[bool]] = {}
    for row in rows.tolist():
        said = [n.partition("/")[2] for n in named(str(corpus.texts[row])) if n[:8] == "version/"]
        if corpus.versions[row]:
            said.append(str(corpus.versions[row]))
        older = [version < wanted for version in map(read, said) if version is not None]
        newest.setdefault(int(corpus.people[row]), []).extend(older)
    return [person for person, older in newest.items() if older and all(older)]


def rows_of(corpus: Corpus, start: float, end: float) -> NDArray[np.int64]:
    """Return the rows with start <= day < end that count."""
    span = corpus.between(start, end)
    rows = np.arange(span.start, span.stop)
    return rows[corpus.counted[rows]]


def _lag(days: float) -> str:
    hours = round(days * 24)
    if hours < 48:
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{days:.0f} days"
