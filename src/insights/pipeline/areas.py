"""Puts the topics of a night into areas."""

from __future__ import annotations

from typing import Any

from insights.pipeline.analyze import State
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.store import areas as held
from insights.text.phrases import stop_words
from insights.topics.areas import Area, describe, group
from insights.topics.discover import Night


def find_areas(engine: Engine, state: State, night: Night, lease: Lease) -> None:
    """Group topics as they hold on this night, and write what has changed."""
    if state.grouped and state.grouped == state.held.topics:
        return
    with engine.database.read() as tx:
        areas = [_area(row) for row in held.every(tx)]
        written = held.parents(tx)
    number_of = {area.id: area.number for area in areas if area.status == "active"}
    before = {
        topic.number: number_of[parent]
        for topic in state.topics
        if (parent := written.get(topic.id)) in number_of and parent is not None
    }
    next_number = max((area.number for area in areas), default=0) + 1
    after = group(state.corpus.until(night.as_of), before, next_number)
    languages = {engine.options.language, *state.corpus.languages.tolist()} - {None}
    now = describe(
        areas,
        after,
        state.topics,
        run_id=night.run_id,
        as_of=night.as_of,
        stop_words=frozenset().union(*(stop_words(language) for language in languages)),
    )
    wanted = {
        topic: f"A{after[int(topic[1:])]}" if int(topic[1:]) in after else None for topic in written
    }
    moved = {topic: area for topic, area in wanted.items() if written[topic] != area}
    with lease.write() as tx:
        held.save(tx, [_row(area) for area in now])
        held.adopt(tx, moved)
    state.grouped = state.held.topics


def _area(row: dict[str, Any]) -> Area:
    fields = {name: row[name] for name in Area.__dataclass_fields__}
    return Area(**{**fields, "keywords": tuple(row["keywords"])})


def _row(area: Area) -> dict[str, Any]:
    row = {name: getattr(area, name) for name in Area.__dataclass_fields__}
    return {**row, "id": area.id, "keywords": list(area.keywords)}
