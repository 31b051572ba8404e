"""Are people quiet about a problem since it was fixed, or do they still report it?

The distinct people since the fix are held against those of stretches of the same length before
it, each source against its own past, so that a source that fell silent proves nothing. Their rate
before is known only so well as their number tells, so the count after is negative binomial. Two
questions are asked of it: were so few likely, had nothing changed? and are so many likely, had the
rate fallen to the tenth at which a fixed problem rests? The days right after the fix are left
out, and people who name only older versions than the fixed release do not count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from insights.corpus import Corpus, day_of
from insights.signals.attribution import Read
from insights.signals.options import SignalOptions
from insights.signals.rates import PRIOR, person_days
from insights.signals.regression import FEWEST_PEOPLE, REST, Fix, behind, rows_of
from insights.versions import read

GRACE_DAYS = 3.0
"""Days after a fix in which its echo is heard and people update: they prove nothing."""
FEWEST_DAYS = 7.0
"""Days after them from which on quiet is told: a week has days on which people write less."""
CHANCE = 0.005
"""Each of the two answers is wrong at most so often on a night; it is asked every night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What can be said of a fix: `people` spoke in `days` where `expected` did before.

    `p` is the chance of so few, had nothing changed; of a problem that is still reported, the
    chance of so many, had the rate fallen to its rest. `behind` people name older versions only,
    and count nowhere. `wait_days` says when it can be told if nobody speaks of it any more, None
    where the history that nights look at is too short for that.
    """

    kind: Literal["quiet", "still", "early"]
    people: int
    expected: float
    p: float
    days: float
    behind: int = 0
    wait_days: float | None = None

    @property
    def said(self) -> str:
        """The verdict with the statistic behind it, in one sentence without a full stop."""
        who = f"{self.people} {'person' if self.people == 1 else 'people'}"
        counted = f"{who} in {self.days:.0f} days where {_short(self.expected)} were expected"
        old = (
            f"; {self.behind} on older versions {'is' if self.behind == 1 else 'are'} not counted"
            if self.behind
            else ""
        )
        if self.kind == "quiet":
            return f"confirmed quiet: {counted} (p = {_chance(self.p)}){old}"
        if self.kind == "still":
            rest = f"{_short(REST * self.expected)} would be its rest"
            return f"still reported: {counted}; {rest} (p = {_chance(self.p)}){old}"
        if self.wait_days is None:
            return f"it was said too rarely before to tell whether it is quiet{old}"
        told = f", {counted}" if self.days >= 1 else ""
        return (
            f"too early to tell{told}; it can be told in {max(1.0, self.wait_days):.0f} days{old}"
        )


def judge(
    corpus: Corpus, number: int, fix: Fix, as_of: datetime, options: SignalOptions, named: Read
) -> Verdict:
    """Judge the fix of topic `number`; `corpus` ends at `as_of`, `named` reads versions."""
    today, fixed = day_of(as_of), day_of(fix.at)
    days = min(today - fixed - GRACE_DAYS, options.history_days)
    length = max(days, 1.0)
    now = rows_of(corpus, today - length if days >= 1 else today, today)
    now = now[~_old(corpus, now, fix)]
    mine = now[corpus.topics[now] == number]
    late = behind(corpus, mine, fix, named)
    people = len(np.unique(corpus.people[mine[~np.isin(corpus.people[mine], late)]]))
    spoke, usual, a_day = _before(corpus, number, fixed, length, now, options)
    expected = max(usual, 1e-9)
    few = float(nbinom.cdf(people, spoke, spoke / (spoke + expected)))
    rest = REST * expected
    many = float(nbinom.sf(people - 1, spoke, spoke / (spoke + rest)))
    told = Verdict(
        kind="early", people=people, expected=round(expected, 2), p=few, days=max(0.0, days),
        behind=len(late) + _hushed(corpus, number, now, fix, today - length),
    )  # fmt: skip
    if days >= 1 and people >= FEWEST_PEOPLE and many < CHANCE:
        return replace(told, kind="still", p=many)
    if days >= FEWEST_DAYS and few < CHANCE:
        return replace(told, kind="quiet")
    a_day = expected / length if days >= 1 else a_day
    return replace(told, wait_days=_wait(spoke, a_day, people, days, options))


def _before(
    corpus: Corpus,
    number: int,
    fixed: float,
    length: float,
    now: NDArray[np.int64],
    options: SignalOptions,
) -> tuple[float, float, float]:
    """Return how many people the rate before is known from, how many it lets expect, and a day.

    Distinct people of stretches as long as the one now: over a longer one fewer come anew.
    """
    stretches = max(1, int(options.history_days // length))
    spoke, expected = PRIOR, 0.0
    whole = rows_of(corpus, fixed - stretches * length, fixed)
    weight = person_days(corpus, now) / person_days(corpus, whole) if len(now) else 0.0
    expected += PRIOR * weight
    for source in sorted(set(corpus.sources[whole])):
        rows = whole[corpus.sources[whole] == source]
        here = now[corpus.sources[now] == source]
        ratio = person_days(corpus, here) / person_days(corpus, rows) if len(here) else 0.0
        rows = rows[corpus.topics[rows] == number]
        stretch = np.floor((fixed - corpus.days[rows]) / length).astype(np.int64)
        people = len(np.unique(corpus.people[rows] * 100_000 + stretch))
        spoke += people
        expected += people * ratio
    reach = min(stretches * length, fixed - float(corpus.days[0]) if len(corpus) else 0.0)
    return spoke, expected, spoke / max(reach, 1.0)


def _old(corpus: Corpus, rows: NDArray[np.int64], fix: Fix) -> NDArray[np.bool_]:
    """Say which rows come from a version that is older than the fixed release.

    They leave both the count and the exposure that it is held against.
    """
    wanted = read(fix.release) if fix.release else None
    if wanted is None:
        return np.zeros(len(rows), bool)
    written = corpus.versions[rows]
    known = {name: read(str(name)) for name in set(written.tolist()) if name}
    older = {name for name, version in known.items() if version is not None and version < wanted}
    return np.fromiter((name in older for name in written), bool, len(rows))


def _hushed(corpus: Corpus, number: int, now: NDArray[np.int64], fix: Fix, start: float) -> int:
    """Count the topic's people whose posts come from older versions only."""
    rows = rows_of(corpus, start, np.inf)
    rows = rows[(corpus.topics[rows] == number) & _old(corpus, rows, fix)]
    newer = now[corpus.topics[now] == number]
    return len(np.setdiff1d(corpus.people[rows], corpus.people[newer]))


def _wait(
    spoke: float, a_day: float, people: int, days: float, options: SignalOptions
) -> float | None:
    """Return the days until as few as now would be telling, None if that takes too long.

    How well the rate is known stays as it is; how many are expected grows with the days.
    """
    for length in np.arange(max(FEWEST_DAYS, np.ceil(days)), options.history_days + 1):
        expected = a_day * float(length)
        if expected > 0 and nbinom.cdf(people, spoke, spoke / (spoke + expected)) < CHANCE:
            return float(length) - days
    return None


def _short(number: float) -> str:
    return f"{number:.1f}" if number >= 1 else f"{number:.2g}"


def _chance(p: float) -> str:
    return f"{p:.0e}" if p >= 1e-12 else "below 1e-12"
