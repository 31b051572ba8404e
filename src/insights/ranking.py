"""Turns topics and signals into insights: ranked, with a score in parts that can be read.

Rank is by people and statistics, never by likes: a new quiet complaint must be able to rise. Every
part is a mean over people or a count of them, so that one loud account moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from insights.corpus import Corpus, day_of
from insights.models import OF_A_TOPIC, WAITING, Insight, Signal, Topic

NOVELTY_DAYS = 14.0
ENOUGH = 5.0
UNSAID = 0.5
"""The severity of a problem whose words tell none."""
KINDS = ("problem", "request", "question", "praise")
UNRANKED = ("coordinated",)
"""Signals that are no demand of anybody."""


class RankOptions(BaseModel):
    """How much each part of a score weighs; only the proportions matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reach: float = Field(0.35, ge=0, description="distinct people, on a logarithmic scale")
    momentum: float = Field(0.25, ge=0, description="more people than in the period before")
    severity: float = Field(0.2, ge=0, description="how many report a problem, and how bad it is")
    novelty: float = Field(0.1, ge=0, description="how new it is")
    confidence: float = Field(0.1, ge=0, description="how sure the numbers are")
    segment: float = Field(0.2, ge=0, description="who they are, if `segments` say what weighs")
    segments: dict[str, dict[str, Annotated[float, Field(gt=0, le=1000)]]] = Field(
        default_factory=dict,
        description="what a person weighs by an attribute of posts or accounts: 1 is usual",
    )

    def shares(self) -> dict[str, float]:
        """Return what share of a score each part is, 0..1; parts that are not asked for are out."""
        out = {"segments"} if self.segments else {"segments", "segment"}
        weights = self.model_dump(exclude=out)
        total = sum(weights.values()) or 1.0
        return {name: weight / total for name, weight in weights.items()}

    @property
    def heaviest(self) -> float:
        """The most that anybody weighs."""
        return max((w for values in self.segments.values() for w in values.values()), default=1.0)


def rank(
    corpus: Corpus,
    topics: Sequence[Topic],
    signals: Sequence[Signal],
    *,
    as_of: datetime,
    period_days: float,
    options: RankOptions,
) -> list[Insight]:
    """Return every insight of the period that ends at `as_of`, best first, kinds mixed.

    A topic is an insight of the kind that most of its passages say; a signal that was seen in
    the last two days is one of its own. A coordinated wave is none: it speaks for nobody.
    """
    today = day_of(as_of)
    found = [
        insight
        for topic in topics
        if topic.status == "active"
        for insight in _of_topic(corpus, topic, today, period_days, options)
    ]
    found += [
        _of_signal(corpus, signal, topics, today, period_days, options)
        for signal in signals
        if signal.kind not in UNRANKED
        if signal.status != "closed" and (as_of - signal.last_at).days < 2
    ]
    return sorted(found, key=lambda insight: (-insight.score, insight.id))


def _of_topic(
    corpus: Corpus, topic: Topic, today: float, days: float, options: RankOptions
) -> list[Insight]:
    everything = np.flatnonzero((corpus.topics == topic.number) & corpus.counted)
    now, before = _periods(corpus, everything, today, days)
    if not len(now):
        return []
    kind = _kind(corpus, now)
    return [
        _scored(
            corpus, f"{kind}-{topic.id}", kind, topic, None, (everything, now, before), today,
            options,
        )
    ]  # fmt: skip


def _of_signal(
    corpus: Corpus,
    signal: Signal,
    topics: Sequence[Topic],
    today: float,
    days: float,
    options: RankOptions,
) -> Insight:
    topic = next((t for t in topics if t.id == signal.topic_id), None)
    if signal.kind in OF_A_TOPIC:
        number = topic.number if topic else -3
        everything = np.flatnonzero((corpus.topics == number) & corpus.counted)
    else:
        mine = set(signal.post_ids)
        said = np.fromiter((post_id in mine for post_id in corpus.post_ids), bool, len(corpus))
        everything = np.flatnonzero(said & corpus.counted)
    if signal.kind in WAITING:
        now, before = everything, everything[corpus.days[everything] < today - days]
    else:
        now, before = _periods(corpus, everything, today, days)
    return _scored(
        corpus, f"{signal.kind}-{signal.id}", signal.kind, topic, signal,
        (everything, now, before), today, options,
    )  # fmt: skip


def _periods(
    corpus: Corpus, rows: NDArray[np.int64], today: float, days: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    when = corpus.days[rows]
    now = rows[(when >= today - days) & (when < today)]
    before = rows[(when >= today - 2 * days) & (when < today - days)]
    return now, before


def _kind(corpus: Corpus, rows: NDArray[np.int64]) -> str:
    """Return the intent that people hold in most passages, `other` when none is held by a third."""
    shares = {
        name: float(corpus.by_person(rows, corpus.intent(name)[rows] >= 0.5).mean())
        for name in KINDS
    }
    best = max(KINDS, key=lambda name: shares[name])
    return best if shares[best] >= 1 / 3 else "other"


def _scored(
    corpus: Corpus,
    insight_id: str,
    kind: str,
    topic: Topic | None,
    signal: Signal | None,
    rows: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    today: float,
    options: RankOptions,
) -> Insight:
    everything, now, before = rows
    people = len(np.unique(corpus.people[now]))
    people_before = len(np.unique(corpus.people[before]))
    born_at = signal.raised_at if signal else topic.born_at if topic else None
    if born_at is None:
        raise ValueError(f"insight {insight_id} has neither a topic nor a signal")
    parts = {
        "reach": float(np.log1p(people) / np.log1p(max(people, 100))),
        "momentum": max(0.0, (people - people_before) / (people + people_before + ENOUGH)),
        "severity": _severity(corpus, now),
        "novelty": float(np.exp(-max(0.0, today - day_of(born_at)) / NOVELTY_DAYS)),
        "confidence": 1.0 - signal.q if signal else people / (people + ENOUGH),
    }
    if options.segments:
        parts["segment"] = _segment(corpus, now, options)
    shares = options.shares()
    score = 100.0 * sum(shares[name] * value for name, value in parts.items())
    return Insight(
        id=insight_id,
        kind=kind,
        subject=signal.id if signal else topic.id if topic else "",
        title=signal.title if signal else topic.title if topic else "",
        born_at=born_at,
        rows=now,
        before=before,
        all_rows=everything,
        people=people,
        people_before=people_before,
        score=round(score, 2),
        parts={name: round(value, 3) for name, value in parts.items()},
        signal=signal,
        topic=topic,
    )


def _severity(corpus: Corpus, rows: NDArray[np.int64]) -> float:
    """Return how bad it is for those who write, 0..1.

    The mean over people of their problem scores, each weighed by what its words say about its
    severity, and of low ratings where there are ratings.
    """
    if not len(rows):
        return 0.0
    said = corpus.severities[rows].astype(np.float64)
    problem = corpus.intent("problem")[rows] * np.where(np.isnan(said), UNSAID, said)
    ratings = corpus.ratings[rows]
    low = np.where(np.isnan(ratings), problem, (5.0 - ratings) / 4.0)
    return float(np.clip(corpus.by_person(rows, problem + low).mean() / 2, 0.0, 1.0))


def _segment(corpus: Corpus, rows: NDArray[np.int64], options: RankOptions) -> float:
    """Return how much its people weigh, on average, against the heaviest there are, 0..1.

    A few people prove little: as many as ENOUGH who weigh as usual are counted with them.
    """
    if not len(rows):
        return 0.0
    weights = corpus.by_person(rows, corpus.weights[rows])
    mean = (float(weights.sum()) + ENOUGH) / (len(weights) + ENOUGH)
    return min(1.0, mean / max(options.heaviest, 1.0))
