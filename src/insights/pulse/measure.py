"""Measures a period against the one before, a quarter ago, and against what chance moves.

How far a figure moves by chance is learnt from its own past, as in Shewhart's control charts
(Economic Control of Quality of Manufactured Product, 1931; for single values Wheeler,
Understanding Variation, 1993): the mean difference of neighbouring periods, divided by 1.128, is
its standard deviation, and not less than sampling alone gives. What is more than three of them
from the mean of the twelve periods before, or from the value a quarter ago (times √2, since both
vary), has moved. Counts are compared as square roots, shares as arcsines of them, times as
logarithms, so that all vary alike wherever they are.

Only sources that could be read whole in both periods are compared, so that a gap never reads as a
fall.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from math import sqrt
from typing import NamedTuple

import numpy as np

from insights.corpus import EPOCH, day_of
from insights.digest.pulse import Compared, Figure, Pulse, Waiting
from insights.digest.shares import fold
from insights.pulse.advice import PLANS, advice
from insights.pulse.answers import threaded
from insights.pulse.counts import (
    FIGURES,
    OF_ANSWERS,
    Count,
    Span,
    scaled,
    still_waiting,
    unscaled,
)
from insights.pulse.talk import PAST, QUARTER, Bools, Ints, Talk

ENOUGH = 6
"""Earlier periods that must be known before a move is told from chance."""
SIGMAS = 3.0
RANGE = 1.128
"""The mean difference of two values from a normal distribution, in standard deviations."""
SETTLED = 28.0
"""Days that a source must have been read before somebody in it can be called new."""
MOST_TOPICS = 5
OTHER = "Smaller topics"


class _Stretch(NamedTuple):
    start: float
    end: float


class Gauge:
    """Measures the figures of one night."""

    def __init__(self, talk: Talk, as_of: datetime, period_days: float, floor: int) -> None:
        self.talk, self.floor = talk, floor
        end, days = day_of(as_of), period_days
        self.now = _Stretch(end - days, end)
        self.past = [
            _Stretch(s - days, s) for s in (end - days * back for back in range(1, PAST + 1))
        ]
        self.then = _Stretch(end - days - QUARTER.days, end - QUARTER.days)
        self.readable = self._readable()
        self.answering = threaded(talk)
        self.count, self.span = cache(self._count), cache(self._span)

    def figure(self, key: str) -> Figure:
        """Return a figure with what it is compared with."""
        chosen = self.readable & self._fit(key, self.now)
        found = self.count(key, self.now, tuple(chosen))
        before = self._compared(key, chosen, self.past[0])
        quarter = self._compared(key, chosen, self.then)
        past, centre, sigma, steady = self._past(key, chosen)
        unit, plan = FIGURES[key][0], PLANS[key]
        moved, against = self._moved(key, steady, centre, sigma, quarter)
        hidden = found.shown is None  # not known, or of too few people
        usual = None
        if sigma is not None and steady == tuple(chosen) and not hidden:
            low, high = (centre + sign * SIGMAS * sigma for sign in (-1, 1))
            usual = _rounded(unscaled(unit, low)), _rounded(unscaled(unit, high))
        return Figure(
            key=key,
            title=plan.named(self.span(self.now, tuple(chosen)).horizon),
            unit=unit,
            value=_rounded(found.shown),
            of=None if hidden else found.of,
            missing=found.missing,
            few=found.hidden,
            before=before,
            quarter=quarter,
            past=tuple(_rounded(value) for value in past),
            usual=usual,
            moved=None if hidden else moved,
            against=None if hidden or not moved else against,
            advice=advice(key, None if hidden else moved),
        )

    def left_out(self) -> list[str]:
        """Say which sources are not counted, and why."""
        said = []
        for number, name in enumerate(self.talk.names):
            if not self.readable[number]:
                said.append(f"{name}: {self._why_not(number)}; it is not read as a fall")
            elif not self.answering[number]:
                said.append(f"{name}: nobody answers there, so questions in it are not counted")
        return said

    def unanswered(self, topics: Mapping[int, tuple[str, str]]) -> list[Waiting]:
        """Return who waits for an answer by topic; `topics` are id and title by key of a post."""
        groups: dict[str, set[int]] = {}
        titles: dict[str, str] = {}
        oldest: dict[str, float] = {}
        for row in self.waiting_rows().tolist():
            topic, title = topics.get(int(self.talk.ids[row]), ("", OTHER))
            titles[topic] = title
            groups.setdefault(topic, set()).add(int(self.talk.people[row]))
            waited = self.now.end - float(self.talk.days[row])
            oldest[topic] = max(oldest.get(topic, 0.0), waited)
        lost = frozenset(groups.pop("", set()))
        shown, rest = fold(groups, self.floor, MOST_TOPICS, lost)
        found = [
            Waiting(topic_id=topic, title=titles[topic], people=len(who),
                    oldest_days=round(oldest[topic], 1))
            for topic, who in shown.items()
        ]  # fmt: skip
        if len(rest) >= self.floor:
            days = max(waited for topic, waited in oldest.items() if topic not in shown)
            found.append(
                Waiting(topic_id=None, title=OTHER, people=len(rest), oldest_days=round(days, 1))
            )
        return found

    def waiting_rows(self) -> Ints:
        """Return the rows of the questions of the period that wait."""
        chosen = self.readable & self._fit("waiting", self.now)
        return still_waiting(self.span(self.now, tuple(chosen)))

    def _span(self, stretch: _Stretch, chosen: tuple[bool, ...]) -> Span:
        return Span(talk=self.talk, start=stretch.start, end=stretch.end,
                    chosen=np.array(chosen, bool), floor=self.floor)  # fmt: skip

    def _count(self, key: str, stretch: _Stretch, chosen: tuple[bool, ...]) -> Count:
        if any(chosen):
            return FIGURES[key][1](self.span(stretch, chosen))
        if key == "new_people" and self.readable.any():
            return Count(None, missing=f"known {SETTLED:.0f} days after a source is first read")
        if key in OF_ANSWERS and self.readable.any():
            return Count(None, missing="nobody answers in these sources")
        return Count(None, missing="no source could be read")

    def _readable(self) -> Bools:
        """Say which sources could be read whole now; one that fell silent is not read as a fall."""
        found = np.array(
            [self._sees(number, self.now) for number in range(len(self.talk.names))], bool
        )
        for number in np.flatnonzero(found).tolist():
            found[number] = self._posts(number, self.now) or not self._posts(number, self.past[0])
        return found

    def _posts(self, number: int, stretch: _Stretch) -> int:
        low, high = np.searchsorted(self.talk.days, [stretch.start, stretch.end], side="left")
        return int((self.talk.sources[low:high] == number).sum())

    def _sees(self, number: int, stretch: _Stretch) -> bool:
        return not any(
            start < stretch.end and end > stretch.start for start, end, _ in self.talk.blind[number]
        )

    def _why_not(self, number: int) -> str:
        for start, end, why in self.talk.blind[number]:
            if start < self.now.end and end > self.now.start:
                return why
        return "it was silent in this period"

    def _whole(self, stretch: _Stretch) -> Bools:
        """Say which sources were there for all of a period, and could be read."""
        return np.array(
            [
                self.talk.begun[number] <= stretch.start and self._sees(number, stretch)
                for number in range(len(self.talk.names))
            ],
            bool,
        )

    def _fit(self, key: str, stretch: _Stretch) -> Bools:
        """Say which sources a figure of a period can be of."""
        if key in OF_ANSWERS:
            return self.answering
        if key == "new_people":
            fit: Bools = self.talk.begun <= stretch.start - SETTLED
            return fit
        return np.ones(len(self.talk.names), bool)

    def _compared(self, key: str, chosen: Bools, stretch: _Stretch) -> Compared:
        common = chosen & self._whole(stretch) & self._fit(key, stretch)
        if not common.any():
            return Compared(value=None, now=None, missing=self._why_nothing(key, chosen, stretch))
        then = self.count(key, stretch, tuple(common))
        now = self.count(key, self.now, tuple(common))
        return Compared(
            value=_rounded(then.shown),
            now=_rounded(now.shown),
            without=tuple(np.array(self.talk.names)[chosen & ~common].tolist()),
            missing=then.missing or now.missing,
        )

    def _why_nothing(self, key: str, chosen: Bools, stretch: _Stretch) -> str:
        if not chosen.any():
            return "not known now"
        first = float(self.talk.begun[chosen].min())
        if first + (SETTLED if key == "new_people" else 0.0) > stretch.start:
            return f"history begins {EPOCH + timedelta(days=first):%d %b %Y}".replace(" 0", " ")
        return "posts of those days are missing"

    def _past(
        self, key: str, chosen: Bools
    ) -> tuple[list[float | None], float, float | None, tuple[bool, ...]]:
        """Return the earlier values, oldest first, their mean and spread, and of which sources.

        The mean and the spread are scaled; the spread is None where too little is known.
        """
        whole = np.array([self._whole(s) & self._fit(key, s) for s in self.past])
        steady = chosen & (whole.sum(axis=0) >= ENOUGH)
        named = tuple(steady)
        if not steady.any():
            return [], 0.0, None, named
        counts = [
            self.count(key, stretch, named) if whole[place][steady].all() else None
            for place, stretch in reversed(list(enumerate(self.past)))
        ]
        shown = [count.shown if count else None for count in counts]
        unit = FIGURES[key][0]
        known = [
            scaled(unit, count.value) if count and count.value is not None else np.nan
            for count in counts
        ]
        ranges = np.abs(np.diff(known))
        ranges = ranges[~np.isnan(ranges)]
        if len(ranges) < ENOUGH - 1:
            return shown, 0.0, None, named
        sampling = self.count(key, self.now, named).chance
        sigma = max(float(ranges.mean()) / RANGE, sampling, 1e-9)
        return shown, float(np.nanmean(known)), sigma, named

    def _moved(
        self,
        key: str,
        steady: tuple[bool, ...],
        centre: float,
        sigma: float | None,
        quarter: Compared,
    ) -> tuple[str | None, str | None]:
        unit = FIGURES[key][0]
        now = self.count(key, self.now, steady).value if sigma is not None else None
        if sigma is None or now is None:
            return None, None
        off = scaled(unit, now) - centre
        if abs(off) > SIGMAS * sigma:
            return ("up" if off > 0 else "down"), "past"
        if quarter.value is not None and quarter.now is not None:
            off = scaled(unit, quarter.now) - scaled(unit, quarter.value)
            if abs(off) > SIGMAS * sqrt(2) * sigma:
                return ("up" if off > 0 else "down"), "quarter"
        return None, None


def measure(
    known: Talk,
    as_of: datetime,
    *,
    period_days: float,
    min_people: int,
    topics: Mapping[int, tuple[str, str]] | None = None,
) -> Pulse:
    """Return how the community is doing in the period that ends at `as_of`; what moved is first.

    `topics` are id and title of the topics of `waiting_posts` by their keys.
    """
    gauge = Gauge(known, as_of, period_days, min_people)
    figures = [gauge.figure(key) for key in FIGURES]
    figures.sort(key=lambda figure: (figure.moved is None, figure.value is None))
    return Pulse(
        figures=tuple(figures),
        waiting=tuple(gauge.unanswered(topics or {})),
        left_out=tuple(gauge.left_out()),
    )


def waiting_posts(known: Talk, as_of: datetime, period_days: float) -> list[int]:
    """Return the keys of the posts that wait for an answer."""
    return list(known.ids[Gauge(known, as_of, period_days, 1).waiting_rows()].tolist())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
