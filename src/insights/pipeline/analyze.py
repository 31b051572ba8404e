"""Finds topics, signals and insights in what is prepared, knowing only what was written by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from insights.corpus import Corpus
from insights.models import Event, Insight, Signal, Topic
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.word import word_titles
from insights.ranking import rank
from insights.signals.detectors import DETECTORS
from insights.signals.episodes import follow
from insights.signals.finding import Finding
from insights.store import digests, passages, runs, signals, topics
from insights.text.phrases import analyzer, headline
from insights.topics import label
from insights.topics.discover import Discovery, Night, discover
from insights.topics.label import Style

USUAL_TEXTS = 2000
"""The latest passages of the archive that the words of an emerging issue are held against."""
UNSEEN = -2
"""The topic, in a corpus, of passages that no run has looked at."""


@dataclass(slots=True)
class State:
    """What a night starts from and leaves behind; a replay carries it from night to night."""

    corpus: Corpus
    topics: list[Topic]
    signals: list[Signal]


def load(engine: Engine) -> State:
    """Read the archive, its topics and its signals as they stand."""
    with engine.database.read() as tx:
        return State(
            corpus=passages.corpus(tx, engine.encoder.name),
            topics=[_topic(row) for row in topics.every(tx)],
            signals=[_signal(row) for row in signals.every(tx)],
        )


def has_unseen(state: State, night: Night) -> bool:
    """Say whether the night has passages that no run has looked at."""
    return bool((state.corpus.until(night.as_of).topics == UNSEEN).any())


def find_topics(engine: Engine, state: State, night: Night, lease: Lease) -> None:
    """Discover topics as of the night, write them, and take them over into `state`."""
    known = state.corpus.until(night.as_of)
    found = discover(
        known,
        state.topics,
        options=engine.options.topics,
        style=_style(engine),
        night=night,
    )
    words = _style(engine).words
    worded = word_titles(engine, known, found.topics, found.changed, state.topics, words)
    found = replace(found, changed=worded)
    changed = np.flatnonzero(~np.isnan(found.scores))
    with lease.write() as tx:
        topics.save(tx, [_topic_row(topic) for topic in found.changed])
        topics.assign(
            tx, [_assignment(known, found, row, night.run_id) for row in changed.tolist()]
        )
        topics.record(tx, night.run_id, night.as_of, [_event_row(e) for e in found.events])
        runs.done(tx, night.run_id, "discover", _topic_counts(known, found))
    state.topics = _merged(state.topics, found.changed)
    state.corpus.topics[: len(known)] = found.topics


def find_signals(engine: Engine, state: State, night: Night, lease: Lease) -> None:
    """Ask every detector as of the night, follow episodes, write them, take them over."""
    known = state.corpus.until(night.as_of)
    options = engine.options.signals
    findings: list[Finding] = []
    for detector in DETECTORS:
        findings += detector(known, state.topics, night.as_of, options)
    style = _style(engine)
    titles = {topic.number: topic.title for topic in state.topics}

    def name(finding: Finding) -> str:
        if finding.topic in titles:
            return titles[finding.topic]
        rows = finding.rows
        texts = known.texts[rows].tolist()
        words = label.telling_words(texts, known.texts[-USUAL_TEXTS:].tolist(), style)
        return label.title(texts, known.vectors[rows], words, style, known.standing(rows))

    earlier = [signal for signal in state.signals if signal.run_id != night.run_id]
    changed = follow(
        findings,
        earlier,
        known,
        as_of=night.as_of,
        run_id=night.run_id,
        options=options,
        name=name,
    )
    taken_back = {s.id for s in state.signals if s.run_id == night.run_id} - {s.id for s in changed}
    with lease.write() as tx:
        signals.drop(tx, sorted(taken_back))
        signals.save(tx, [_signal_row(signal) for signal in changed])
        runs.done(tx, night.run_id, "detect", {"signals": len(changed)})
    by_number = {signal.number: signal for signal in [*earlier, *changed]}
    state.signals = [by_number[number] for number in sorted(by_number)]


def find_insights(engine: Engine, state: State, night: Night, lease: Lease) -> list[Insight]:
    """Rank topics and signals of the period before the night, and write them."""
    known = state.corpus.until(night.as_of)
    ranked = rank(
        known,
        state.topics,
        state.signals,
        as_of=night.as_of,
        period_days=engine.options.digest.period_days,
        options=engine.options.ranking,
    )
    with lease.write() as tx:
        digests.save_insights(
            tx,
            night.run_id,
            [_insight_row(i, place, known) for place, i in enumerate(ranked, start=1)],
        )
        runs.done(tx, night.run_id, "rank", {"insights": len(ranked)})
    return ranked


def _style(engine: Engine) -> Style:
    language = engine.options.language
    # spaCy takes seconds to load, and a night with nothing new names nothing.
    return Style(words=lambda text: analyzer(language)(text), headline=headline)


def _merged(held: Sequence[Topic], changed: Sequence[Topic]) -> list[Topic]:
    by_number = {topic.number: topic for topic in [*held, *changed]}
    return [by_number[number] for number in sorted(by_number)]


def _topic_counts(corpus: Corpus, found: Discovery) -> dict[str, Any]:
    assigned = found.topics >= 0
    return {
        "passages": len(corpus),
        "assigned": int(assigned.sum()),
        "topics": len(np.unique(found.topics[assigned])),
    }


def _assignment(corpus: Corpus, found: Discovery, row: int, run_id: str) -> dict[str, Any]:
    number, score = int(found.topics[row]), float(found.scores[row])
    return {
        "passage_id": int(corpus.passage_ids[row]),
        "topic_id": f"T{number}" if number >= 0 else None,
        "score": 0.0 if np.isnan(score) else round(score, 4),
        "run_id": run_id,
    }


def _topic(row: dict[str, Any]) -> Topic:
    fields = {name: row[name] for name in Topic.__dataclass_fields__}
    return Topic(**{**fields, "keywords": tuple(row["keywords"])})


def _topic_row(topic: Topic) -> dict[str, Any]:
    row = {name: getattr(topic, name) for name in Topic.__dataclass_fields__}
    return {**row, "id": topic.id, "keywords": list(topic.keywords)}


def _signal(row: dict[str, Any]) -> Signal:
    fields = {name: row[name] for name in Signal.__dataclass_fields__}
    return Signal(**{**fields, "post_ids": tuple(row["post_ids"])})


def _signal_row(signal: Signal) -> dict[str, Any]:
    row = {name: getattr(signal, name) for name in Signal.__dataclass_fields__}
    return {**row, "id": signal.id, "post_ids": list(signal.post_ids)}


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "event": event.event,
        "topic_id": event.topic_id,
        "others": list(event.others),
        "share": event.share,
        "detail": dict(event.detail),
    }


def _insight_row(insight: Insight, place: int, corpus: Corpus) -> dict[str, Any]:
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
        },
    }
