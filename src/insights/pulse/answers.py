"""Who asked, who answered and how long it took, as it was known on the last day of a period.

What nobody has answered yet counts for as long as it was watched: shares and the median are read
off the curve of Kaplan and Meier (Nonparametric estimation from incomplete observations, 1958), so
that a question of yesterday neither counts as unanswered nor is left out. As every period is seen
from its own end, periods can be compared, and what a digest said stays what it said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import CensoredData, ecdf

from insights.pulse.talk import Bools, Floats, Ints, Talk


@dataclass(frozen=True)
class Answers:
    """The questions of a period, and who answered them before it ended.

    `rows` are those of the questions. `waits` are the days until somebody else answered, inf if
    nobody did; `watched` those from the question to the end. `by` is the person who answered
    first, -1 if nobody did. `helped` are (helper, asker) pairs, each once; `each` the helper of
    every answer.
    """

    rows: Ints
    waits: Floats
    watched: Floats
    by: Ints
    helped: Ints
    each: Ints

    def within(self, days: float) -> float:
        """Return the share that is answered within so many days, 0..1."""
        return float(self._curve().evaluate(np.array([days]))[0])

    def median(self) -> float | None:
        """Return the days within which half is answered; None if more than half wait longer."""
        curve = self._curve()
        reached = np.flatnonzero(curve.probabilities >= 0.5 - 1e-12)
        return float(curve.quantiles[reached[0]]) if len(reached) else None

    def _curve(self) -> Any:
        answered = np.isfinite(self.waits)
        seen = np.where(answered, self.waits, self.watched)
        return ecdf(CensoredData.right_censored(seen, ~answered)).cdf


def answers(talk: Talk, start: float, end: float, chosen: Bools) -> Answers:
    """Look at the questions with start <= day < end in the `chosen` sources."""
    low, high = np.searchsorted(talk.days, [start, end], side="left")
    span = np.arange(low, high)
    span = span[chosen[talk.sources[span]] & (talk.threads[span] >= 0)]
    rows = span[talk.asks[span]]
    asker = np.full(talk.threads.max(initial=-1) + 1, -1, np.int64)
    asker[talk.threads[rows]] = talk.people[rows]
    threads = talk.threads[span]
    replies = span[(asker[threads] >= 0) & (talk.people[span] != asker[threads])]
    first = np.full(len(asker), -1, np.int64)
    first[talk.threads[replies][::-1]] = replies[::-1]  # time orders the rows: the first one stays
    answer = first[talk.threads[rows]]
    there = answer >= 0
    waits = np.where(there, talk.days[answer] - talk.days[rows], np.inf)
    crowd = len(talk.keys)  # a pair is one number: to sort those is ten times as fast
    pairs = np.unique(talk.people[replies] * crowd + asker[talk.threads[replies]])
    return Answers(
        rows=rows,
        waits=waits,
        watched=end - talk.days[rows],
        by=np.where(there, talk.people[answer], -1),
        helped=np.column_stack(np.divmod(pairs, max(1, crowd))),
        each=talk.people[replies],
    )


def threaded(talk: Talk) -> Bools:
    """Say of each source whether anybody ever answers there: in reviews nobody can."""
    found = np.zeros(len(talk.names), bool)
    inside = talk.threads >= 0
    if inside.any():
        people, threads = talk.people[inside], talk.threads[inside]
        low = np.full(threads.max() + 1, np.iinfo(np.int64).max)
        high = np.full(len(low), -1, np.int64)
        np.minimum.at(low, threads, people)
        np.maximum.at(high, threads, people)
        found[talk.sources[inside][(low < high)[threads]]] = True
    return found
