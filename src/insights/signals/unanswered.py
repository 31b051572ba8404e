"""Which topics' questions go without an answer longer than is usual here?

A question is a post that opens a thread and asks; an answer is what anybody else wrote in that
thread, except accounts that only ever wrote noise. How long a source is given is learnt from
itself: the time within which 80 % of the questions that are answered at all have their answer,
read off the curve of Kaplan and Meier (1958), in which a question that still waits counts for as
long as it was watched; what is never answered is the plateau of that curve (Maller and Zhou 1992).
The askers of a topic that had no answer in that time are then held against those of the other
topics: see `peers`. Sources where hardly anything is answered, as reviews, are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from insights.corpus import Corpus, day_of
from insights.models import Topic
from insights.signals import peers
from insights.signals.finding import NOTHING, Asked, Finding
from insights.signals.options import SignalOptions

ASKS = 0.5
SHARE = 0.8
"""Share of the answers that come within a source's patience."""
ANSWERED = 0.2
"""Share of questions that are answered in a source where answers can be hoped for."""
FEWEST_QUESTIONS = 20
FEWEST_PEOPLE = 5
MORE = 1.5
"""Times as many askers as among other topics, from which on it is told."""


class _Questions(NamedTuple):
    """Rows of the questions, the days until each was answered, and those it was watched."""

    rows: NDArray[np.int64]
    waits: NDArray[np.float64]
    watched: NDArray[np.float64]


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test the questions of the last weeks, topic by topic; tell those that are left waiting."""
    today = day_of(as_of)
    span = corpus.between(today - options.history_days, today)
    known = corpus.take(span)
    active = np.array([topic.number for topic in topics if topic.status == "active"], np.int64)
    questions = _questions(known, today)
    given = _patience(known, questions, options.history_days / 2)
    patience = np.array([given.get(s, np.inf) for s in known.sources[questions.rows]])
    due = (questions.watched >= patience) & np.isin(known.topics[questions.rows], active)
    if not due.any():
        return NOTHING
    late, open_now = questions.waits > patience, np.isinf(questions.waits)
    names = sorted(given)
    asked = _askers(known, questions.rows[due], active, names)
    hits = _askers(known, questions.rows[due & late], active, names)
    p, expected = peers.upper(hits, asked)
    tested = np.flatnonzero(asked.sum(axis=1) > 0)

    def tell(q: NDArray[np.float64]) -> list[Finding]:
        found = []
        for place, its_q in zip(tested.tolist(), q.tolist(), strict=True):
            mine = due & open_now & (known.topics[questions.rows] == active[place])
            rows = questions.rows[mine]
            people, all_people = hits[place].sum(), asked[place].sum()
            if (
                its_q >= options.watch_chance
                or len(np.unique(known.people[rows])) < FEWEST_PEOPLE
                or people < MORE * expected[place]
            ):
                continue
            found.append(
                Finding(
                    kind="unanswered",
                    rows=span.start + rows,
                    observed=float(people),
                    expected=round(float(expected[place]), 4),
                    p=float(p[place]),
                    q=its_q,
                    why=f"{people:.0f} of {all_people:.0f} people who asked had no answer "
                    f"{_said(patience[mine].max())} later, where other topics explain "
                    f"{expected[place]:.1f} (q = {its_q:.0e})",
                    topic=int(active[place]),
                )
            )
        return sorted(found, key=lambda finding: (finding.q, finding.topic))

    return Asked(p[tested], tell)


def _questions(known: Corpus, today: float) -> _Questions:
    """Find the posts that open a thread and ask, with one row for each passage that does."""
    inside = np.flatnonzero(known.threads != None)  # noqa: E711 - compared one by one
    if not len(inside):
        return _Questions(inside, np.zeros(0), np.zeros(0))
    names = known.sources[inside].astype(str) + "\0" + known.threads[inside].astype(str)
    _, first, thread = np.unique(names, return_index=True, return_inverse=True)
    opener = inside[first][thread]  # of each row inside; time orders the rows
    # A bot's answer is none, and a canned one of a person is one.
    somebody = np.isin(known.people[inside], known.people[known.counted])
    other = somebody & (known.people[inside] != known.people[opener])
    answered = np.full(len(first), np.inf)
    np.minimum.at(answered, thread[other], known.days[inside][other])
    asks = (
        known.counted[inside]
        & (known.intent("question")[inside] >= ASKS)
        & (known.post_ids[inside] == known.post_ids[opener]).astype(bool)
        & ~known.replies[opener]
    )
    rows = inside[asks]
    return _Questions(rows, answered[thread[asks]] - known.days[rows], today - known.days[rows])


def _patience(known: Corpus, questions: _Questions, horizon: float) -> dict[str, float]:
    """Return the days that each source gives a question, of those where answers can be hoped for.

    The plateau is read at `horizon` days, by which enough questions were watched.
    """
    given = {}
    sources = known.sources[questions.rows]
    for source in sorted(set(sources)):
        waits, watched = questions.waits[sources == source], questions.watched[sources == source]
        answered = np.isfinite(waits)
        if len(waits) < FEWEST_QUESTIONS or answered.mean() < ANSWERED:
            continue
        seen = np.where(answered, waits, watched)
        curve = ecdf(CensoredData.right_censored(seen, ~answered)).cdf
        enough = SHARE * float(curve.evaluate(np.array([horizon]))[0])
        given[source] = float(curve.quantiles[int((curve.probabilities < enough - 1e-9).sum())])
    return given


def _askers(
    known: Corpus, rows: NDArray[np.int64], active: NDArray[np.int64], names: Sequence[str]
) -> NDArray[np.float64]:
    """Count distinct askers by topic and source, both in the order that is given."""
    counts = np.zeros((len(active), len(names)))
    place = {number: index for index, number in enumerate(active.tolist())}
    column = {name: index for index, name in enumerate(names)}
    told = {
        (place[number], column[source], person)
        for number, source, person in zip(
            known.topics[rows].tolist(), known.sources[rows], known.people[rows], strict=True
        )
    }
    for topic, source, _ in told:
        counts[topic, source] += 1
    return counts


def _said(days: float) -> str:
    """Say a span of time.

    >>> _said(0.25), _said(3.2)
    ('6 hours', '3 days')
    """
    hours = round(24 * days)
    return f"{max(1, hours)} hours" if hours < 48 else f"{round(days)} days"
