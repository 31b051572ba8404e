"""Writes signals, insights and what became of topics as rows of the store, and reads signals."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from insights.corpus import Corpus
from insights.models import Event, Insight, Signal, Trait


def signal_of(row: dict[str, Any]) -> Signal:
    """Return the signal of a row."""
    fields = {name: row[name] for name in Signal.__dataclass_fields__}
    traits = tuple(Trait(**trait) for trait in row["traits"])
    return Signal(**{**fields, "post_ids": tuple(row["post_ids"]), "traits": traits})


def signal_row(signal: Signal) -> dict[str, Any]:
    """Return the row of a signal."""
    row = {name: getattr(signal, name) for name in Signal.__dataclass_fields__}
    traits = [asdict(trait) for trait in signal.traits]
    return {**row, "id": signal.id, "post_ids": list(signal.post_ids), "traits": traits}


def event_row(event: Event) -> dict[str, Any]:
    """Return the row of what became of a topic."""
    return {
        "event": event.event,
        "topic_id": event.topic_id,
        "others": list(event.others),
        "share": event.share,
        "detail": dict(event.detail),
    }


def insight_row(insight: Insight, place: int, corpus: Corpus) -> dict[str, Any]:
    """Return the row of an insight, with what its signal says tonight."""
    return {
        "id": insight.id,
        "kind": insight.kind,
        "rank": place,
        "score": insight.score,
        "people": insight.people,
        "body": {
            "title": insight.title,
            "subject": insight.subject,
            "topic_id": insight.topic.id if insight.topic else None,
            "born_at": insight.born_at.isoformat(),
            "people_before": insight.people_before,
            "posts": len(set(corpus.post_ids[insight.rows])),
            "parts": dict(insight.parts),
            "signal": _statistics(insight.signal) if insight.signal else None,
        },
    }


def _statistics(signal: Signal) -> dict[str, Any]:
    """Return what is true of a signal tonight: a later night may find it again and change it."""
    said = {name: getattr(signal, name) for name in ("observed", "expected", "q", "why")}
    return {**said, "traits": [asdict(trait) for trait in signal.traits]}
