"""The figures of one period over some sources, each with how far chance alone moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import asin, log, sqrt

import numpy as np

from insights.pulse.answers import Answers, answers
from insights.pulse.talk import Bools, Ints, Talk

FEWEST = 10
"""Questions, answers or people of which a share, a median or a mood is told."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of days, the sources that count, and the privacy floor."""

    talk: Talk
    start: float
    end: float
    chosen: Bools
    floor: int

    @property
    def horizon(self) -> float:
        """The days within which an answer is hoped for: one, or half of a shorter period."""
        return min(1.0, (self.end - self.start) / 2)

    @cached_property
    def rows(self) -> Ints:
        """Return the rows of the posts."""
        low, high = np.searchsorted(self.talk.days, [self.start, self.end], side="left")
        span = np.arange(low, high)
        return span[self.chosen[self.talk.sources[span]]]

    @cached_property
    def answers(self) -> Answers:
        """Return the questions and what became of them."""
        return answers(self.talk, self.start, self.end, self.chosen)


@dataclass(frozen=True)
class Count:
    """A figure: None if it is not known, as `missing` says; `hidden` if of too few people.

    `chance` is its standard deviation by sampling alone, on the scale of `scaled`.
    """

    value: float | None
    of: int = 0
    chance: float = 0.0
    missing: str = ""
    hidden: bool = False

    @property
    def shown(self) -> float | None:
        """The figure if it may be shown."""
        return None if self.hidden else self.value


def scaled(unit: str, value: float) -> float:
    """Return a figure on a scale on which it varies as much wherever it is."""
    if unit == "people":
        return sqrt(value)
    if unit == "share":
        return asin(sqrt(value))
    return log(max(value, 1e-4)) if unit == "days" else value


def unscaled(unit: str, value: float) -> float:
    """Undo `scaled`, within what the figure can be."""
    if unit == "people":
        return max(0.0, value) ** 2
    if unit == "share":
        return float(np.sin(min(max(value, 0.0), np.pi / 2)) ** 2)
    return float(np.exp(value)) if unit == "days" else min(1.0, max(-1.0, value))


def people(span: Span) -> Count:
    """Distinct people who wrote."""
    return _crowd(span, len(np.unique(span.talk.people[span.rows])))


def new_people(span: Span) -> Count:
    """Distinct people whose first post of all is of the period; who has no account is not new."""
    who = np.unique(span.talk.people[span.rows])
    who = who[span.talk.named[who] & (span.talk.first[who] >= span.start)]
    return _crowd(span, len(who))


def answered(span: Span) -> Count:
    """The share of questions that are answered within the horizon."""
    asked = span.answers
    if len(asked.rows) < FEWEST:
        return _too_few("questions")
    return _share(span, asked.rows, asked.waits <= span.horizon, asked.within(span.horizon))


def first_answer(span: Span) -> Count:
    """The median time from a question to its first answer, in days."""
    asked = span.answers
    if len(asked.rows) < FEWEST:
        return _too_few("questions")
    median = asked.median()
    if median is None:
        return Count(None, len(asked.rows), missing="more than half still wait")
    return Count(median, len(asked.rows))


def waiting(span: Span) -> Count:
    """Distinct people who asked and have had no answer for longer than the horizon."""
    return _crowd(span, len(np.unique(span.talk.people[still_waiting(span)])))


def still_waiting(span: Span) -> Ints:
    """Return the rows of the questions that wait longer than the horizon."""
    asked = span.answers
    return asked.rows[np.isinf(asked.waits) & (asked.watched >= span.horizon)]


def peers(span: Span) -> Count:
    """The share of answered questions that somebody else than staff answered first."""
    if not span.talk.staff.any():
        return Count(None, missing="nobody is known as staff; name them in [pulse] staff")
    asked = span.answers
    there = asked.by >= 0
    if there.sum() < FEWEST:
        return _too_few("answered questions")
    by_peer = ~span.talk.staff[asked.by[there]]
    return _share(span, asked.rows[there], by_peer, float(by_peer.mean()))


def helpers(span: Span) -> Count:
    """Distinct people, staff left out, who answered somebody's question."""
    helping = np.unique(span.answers.helped[:, 0])
    return _crowd(span, int((~span.talk.staff[helping]).sum()))


def busiest(span: Span) -> Count:
    """The fewest people, staff included, who together give half of all answers.

    It is CHAOSS's contributor absence factor, of answers.
    """
    each = np.sort(np.unique(span.answers.each, return_counts=True)[1])[::-1]
    if each.sum() < FEWEST:
        return _too_few("answers")
    return _crowd(span, int(np.searchsorted(each.cumsum(), each.sum() / 2)) + 1)


def mood(span: Span) -> Count:
    """The mean mood of people, each by the mean of the posts that were read."""
    rows = span.rows
    rows = rows[~np.isnan(span.talk.moods[rows])]
    who, place = np.unique(span.talk.people[rows], return_inverse=True)
    if len(who) < max(FEWEST, span.floor):
        return _too_few("people whose posts were read")
    means = np.bincount(place, span.talk.moods[rows]) / np.bincount(place)
    chance = float(means.std(ddof=1)) / sqrt(len(who))
    return Count(float(means.mean()), len(who), chance)


FIGURES: dict[str, tuple[str, Callable[[Span], Count]]] = {
    "people": ("people", people), "new_people": ("people", new_people),
    "answered": ("share", answered), "first_answer": ("days", first_answer),
    "waiting": ("people", waiting), "peers": ("share", peers), "helpers": ("people", helpers),
    "busiest": ("people", busiest), "mood": ("mood", mood),
}  # fmt: skip
"""The unit of each figure, and what counts it."""
OF_ANSWERS = frozenset(("answered", "first_answer", "waiting", "peers", "helpers", "busiest"))
"""Figures of sources in which people answer each other."""


def _crowd(span: Span, number: int) -> Count:
    few = 0 < number < span.floor
    return Count(float(number), number, 0.5, _few(span) if few else "", few)


def _share(span: Span, rows: Ints, hit: Bools, share: float) -> Count:
    """Return a share of questions, hidden if those on either side of it are too few people."""
    askers = span.talk.people[rows]
    sides = [len(np.unique(askers[side])) for side in (hit, ~hit)]
    count = len(rows)
    for number, said in zip(sides, ("", "all but "), strict=True):
        if 0 < number < span.floor:
            return Count(share, count, 0.5 / sqrt(count), said + _few(span), hidden=True)
    return Count(share, count, 0.5 / sqrt(count))


def _few(span: Span) -> str:
    return f"fewer than {span.floor} people"


def _too_few(what: str) -> Count:
    return Count(None, missing=f"fewer than {FEWEST} {what}")
