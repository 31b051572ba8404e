"""Which insights stand in which section of a digest, and in what order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Insight

DECISIONS, MOST = 5, 10
URGENT = ("emerging", "rising", "returned", "regression", "risk")
"""What is new or accelerating: it needs a decision."""
WHOLE_TOPIC = ("rising", "returned", "regression")
"""Signals that tell of all that a topic holds, so that the topic is not told again."""
SECTIONS = {
    "problems": ("problem",),
    "requests": ("momentum", "request"),
    "praise": ("praise",),
    "questions": ("unanswered", "question"),
}
"""The kinds that a section holds; a topic stands in it once, as the first of them."""
FIRST = ("unanswered",)
"""What comes before all else in its section, whatever its reach."""


def choose(corpus: Corpus, shown: Sequence[Insight]) -> dict[str, list[Insight]]:
    """Sort insights, best first, into sections; what needs a decision is not told twice."""
    urgent = [i for i in shown if i.kind in URGENT and not _is_praise(corpus, i)]
    urgent = urgent[:DECISIONS]
    told = {i.topic.id for i in urgent if i.topic and i.kind in WHOLE_TOPIC}
    rest = [i for i in shown if i.topic is None or i.topic.id not in told]
    chosen = {name: _once(rest, kinds)[:MOST] for name, kinds in SECTIONS.items()}
    listed = {i.id for insights in chosen.values() for i in insights}
    listed |= {f"request-{i.topic.id}" for i in chosen["requests"] if i.topic}
    burning = [i for i in rest if i.kind in ("problem", "request") and _is_slow(corpus, i)]
    chosen["slow_burners"] = _by_reach(i for i in burning if i.id not in listed)[:DECISIONS]
    chosen["decisions"] = urgent
    return chosen


def weeks(corpus: Corpus, rows: NDArray[np.int64], today: float) -> tuple[int, ...]:
    """Count distinct people in each of the last eight weeks, oldest first."""
    week = np.ceil((today - corpus.days[rows]) / 7.0).astype(np.int64)
    return tuple(len(np.unique(corpus.people[rows[week == back]])) for back in range(8, 0, -1))


def _once(insights: Sequence[Insight], kinds: Sequence[str]) -> list[Insight]:
    """Return the insights of these kinds by reach; a topic as the first kind that it has."""
    found: list[Insight] = []
    told: set[str] = set()
    for kind in kinds:
        mine = [i for i in insights if i.kind == kind and not (i.topic and i.topic.id in told)]
        told |= {i.topic.id for i in mine if i.topic}
        found += mine
    return sorted(_by_reach(found), key=lambda insight: insight.kind not in FIRST)


def _is_praise(corpus: Corpus, insight: Insight) -> bool:
    """Say whether people mostly praise: that many do is good to know and nothing to decide."""
    if not len(insight.rows):
        return False
    praise, problem = (
        float(corpus.by_person(insight.rows, corpus.intent(name)[insight.rows] >= 0.5).mean())
        for name in ("praise", "problem")
    )
    return praise > max(0.5, problem)


def _is_slow(corpus: Corpus, insight: Insight) -> bool:
    """Say whether a topic drew half as many people again in these four weeks as in those before."""
    by_week = weeks(corpus, insight.all_rows, float(corpus.days.max(initial=0.0)))
    late, early = sum(by_week[4:]), sum(by_week[:4])
    return early >= 4 and late >= 1.5 * early


def _by_reach(insights: Iterable[Insight]) -> list[Insight]:
    return sorted(insights, key=lambda insight: (-insight.people, -insight.score, insight.id))
