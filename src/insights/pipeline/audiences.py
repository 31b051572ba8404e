"""Digests for audiences: which are due tonight, and what of the night concerns them.

An audience's digest tells of the insights in which enough of its people have a voice, and quotes
them alone. Its numbers are those of the whole community, the same in every digest of the night: so
there is nothing that one digest, subtracted from another, could tell of a few people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.digest.content import Digest
from insights.digest.facts import Facts
from insights.digest.options import AudienceOptions
from insights.errors import unknown
from insights.models import Insight
from insights.pipeline.deliver import unknown_so_far
from insights.pipeline.engine import Engine
from insights.pipeline.moves import Last
from insights.store import deliveries, digests, segments, topics


def facts_of(engine: Engine, whole: Facts, then: Last, tx: Any) -> Iterator[Facts]:
    """Yield what the digest of each audience that is due is made from, by name.

    `then` gives what is known of a digest that was an audience's last.
    """
    for name, options in sorted(engine.audiences.items()):
        last = digests.before(tx, whole.as_of, audience=name)
        before = Digest.model_validate(last) if last else None
        if not is_due(options, whole.as_of, deliveries.last_meant(tx, name, whole.as_of)):
            continue
        voices = _voices(whole, options, tx)
        insights = [i for i in whole.insights if _concerns(whole, i, options, voices)]
        yield replace(
            whole,
            audience=name,
            insights=insights,
            voices=voices,
            before=before,
            then=then(before) if before else None,
            options=whole.options.model_copy(update={"min_people": options.min_people}),
            events=_events(insights, before, whole, tx),
            notes=[*_limits(whole, options), *unknown_so_far(engine, tx, name)],
        )


def is_due(options: AudienceOptions, as_of: datetime, last: datetime | None) -> bool:
    """Say whether a night is one of an audience's days (UTC), or the first since one was missed."""
    for back in range(7):
        day = (as_of - timedelta(days=back)).date()
        if last is not None and day <= last.date():
            return False
        if day.weekday() in options.days:
            return back == 0 or last is not None
    return False


def _voices(facts: Facts, options: AudienceOptions, tx: Any) -> NDArray[np.bool_] | None:
    """Return which passages are of the audience's sources and segments; None: all are.

    A passage is of a segment if its post or what is known of its account says so, or if its
    author is weighed as one of it.
    """
    corpus = facts.corpus
    if not options.sources and not options.segments:
        return None
    mine = np.ones(len(corpus), bool)
    if options.sources:
        mine &= np.isin(corpus.sources.astype(str), options.sources)
    if options.segments:
        start = facts.as_of - timedelta(days=facts.options.period_days)
        said = segments.of_posts(tx, sorted(options.segments), start, facts.as_of)
        rows = zip(corpus.post_ids.tolist(), corpus.segments.tolist(), strict=True)
        mine &= np.fromiter(
            (_is_of(options, said.get(post, {}), labels or ()) for post, labels in rows),
            bool,
            len(corpus),
        )
    return mine


def _is_of(options: AudienceOptions, said: Mapping[str, str], labels: Sequence[str]) -> bool:
    return all(
        said.get(name) in values or any(f"{name}: {value}" in labels for value in values)
        for name, values in options.segments.items()
    )


def _concerns(
    facts: Facts, insight: Insight, options: AudienceOptions, voices: NDArray[np.bool_] | None
) -> bool:
    """Say whether an insight is of the audience's kinds and areas, and said by enough of it."""
    if options.kinds and insight.kind not in options.kinds:
        return False
    if options.areas and _area(facts, insight) not in _named(facts.areas, options.areas):
        return False
    if voices is None:
        return True
    people = facts.corpus.people[insight.rows[voices[insight.rows]]]
    return len(np.unique(people)) >= options.min_people


def _area(facts: Facts, insight: Insight) -> str:
    """Return the area of an insight: of its topic, or the one that most of its passages are in."""
    if insight.topic is not None:
        return facts.area_of.get(insight.topic.number, "")
    numbers = facts.corpus.topics[insight.rows].tolist()
    found = sorted(facts.area_of.get(number, "") for number in numbers)
    return max(found, key=found.count, default="")


def _named(areas: Mapping[str, str], wanted: Sequence[str]) -> set[str]:
    low = {name.casefold() for name in wanted}
    return {id_ for id_, title in areas.items() if low & {id_.casefold(), title.casefold()}}


def _events(
    insights: Sequence[Insight], before: Digest | None, whole: Facts, tx: Any
) -> list[dict[str, Any]]:
    """Return what became of the audience's topics since its last digest."""
    if before is None:
        return []
    mine = {insight.topic.id for insight in insights if insight.topic}
    return [
        event
        for event in topics.history(tx)
        if event["topic_id"] in mine and before.as_of < event["at"] <= whole.as_of
    ]


def _limits(facts: Facts, options: AudienceOptions) -> Iterator[str]:
    """Say what the digest is limited to, and what of that there is not."""
    parts = {
        "areas": options.areas,
        "sources": options.sources,
        **{f"{name}:": values for name, values in options.segments.items()},
        "kinds": options.kinds,
    }
    said = "; ".join(f"{name} {', '.join(values)}" for name, values in parts.items() if values)
    if said:
        yield (
            f"This digest tells only of {said}. Its counts are of the whole community, the same "
            "in every digest of this run"
        )
    for area in options.areas:
        if not _named(facts.areas, [area]):
            yield unknown("area", area, facts.areas.values())
    there = [str(source["name"]) for source in facts.sources]
    for source in options.sources:
        if source not in there:
            yield unknown("source", source, there)
