"""Composes the digest of a run from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from insights import feedback
from insights.digest.claims import evidence
from insights.digest.compose import compose
from insights.digest.content import Digest, name
from insights.digest.facts import Facts
from insights.digest.query import Evidence
from insights.models import Insight, Post
from insights.pipeline import audiences, claims, deliver, known_issues, moves, segments
from insights.pipeline.analyze import State
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pulse.look import take
from insights.signals import coordination, history
from insights.store import (
    areas,
    corrections,
    deliveries,
    digests,
    passages,
    posts,
    pulls,
    runs,
    sources,
    topics,
    wordings,
)
from insights.text.phrases import stop_words
from insights.text.quote import quote
from insights.topics.corrections import number_of
from insights.topics.discover import Night

QUOTE_LENGTH = 300


def compose_digest(
    engine: Engine, state: State, ranked: list[Insight], night: Night, lease: Lease,
    community: str, *, publishing: bool = True,
) -> Digest:  # fmt: skip
    """Compose and store the digests of a night, return the whole one; what went out stays.

    If they are to be published, to whom they are due is written down with them.
    """
    digest_id = name(night.as_of)
    known = segments.laid_over(engine, state.corpus.until(night.as_of), night.as_of)
    dismissed = {topic.id for topic in state.topics if topic.status == "dismissed"}
    length = timedelta(days=engine.options.digest.period_days)
    claims.correct_counts(engine, lease.write)
    with engine.database.read() as tx:
        held = digests.get(tx, digest_id)
        if held and deliveries.gone_out(tx, digest_id):
            return Digest.model_validate(held)
        last = digests.before(tx, night.as_of)
        before = Digest.model_validate(last) if last else None
        then = moves.last(engine, (state.found.numbers != state.corpus.topics)[: len(known)])
        facts = Facts(
            community=community,
            run_id=night.run_id,
            as_of=night.as_of,
            corpus=coordination.discounted(known, state.signals),
            insights=ranked,
            waves=[signal for signal in state.signals if signal.kind == coordination.KIND],
            closed=[signal for signal in state.signals if signal.status == "closed"],
            events=[
                event
                for event in topics.history(tx)
                if event["run_id"] == night.run_id and event["topic_id"] not in dismissed
            ],
            sources=sources.every(tx),
            pulls=pulls.between(tx, night.as_of - length, night.as_of),
            last_success=pulls.last_success(tx, night.as_of),
            attributions={
                source.name: source.terms.attribution
                for source in engine.sources
                if source.terms.attribution
            },
            versions=runs.get(tx, night.run_id)["versions"],
            warming=history.missing(known, night.as_of, engine.options.signals),
            gaps=(
                *history.gaps(known, night.as_of, engine.options.signals),
                *history.lateness(runs.late(tx, night.as_of - length, night.as_of)),
            ),
            before=before,
            notes=deliver.unknown_so_far(engine, tx),
            then=then(before) if before else None,
            options=engine.options.digest,
            posts=lambda post_ids: _posts(engine, post_ids),
            quote=partial(quote, limit=QUOTE_LENGTH),
            said=lambda ids: _said(engine, ids),
            stop_words=lambda: stop_words(engine.options.language),
            pulse=take(
                tx,
                night.as_of,
                period_days=engine.options.digest.period_days,
                roles=engine.options.pulse.roles(engine.key),
            ),
            judged=feedback.judged(corrections.in_force(tx, feedback.KIND)),
            issues=known_issues.of(
                tx, known, ranked, engine.options.digest.min_people, night.as_of
            ),
            linked=known_issues.linked(tx),
            worded={w["title"]: w["model"] for w in wordings.in_use(tx).values()},
            areas={area["id"]: area["title"] for area in areas.every(tx)},
            area_of={
                number_of(topic_id): area
                for topic_id, area in areas.parents(tx).items()
                if area and topic_id not in dismissed
            },
        )
        every = [facts, *audiences.facts_of(engine, facts, then, tx)]
        every = [
            one for one in every if not deliveries.gone_out(tx, name(night.as_of, one.audience))
        ]
    roles = engine.options.pulse.roles(engine.key)
    composed = [_with_evidence(engine, one) for one in every]
    made_at = datetime.now(UTC)
    with lease.write() as tx:
        held_up = [claims.grounded(tx, digest, about, roles) for digest, about in composed]
        for digest, about in held_up:
            content = digest.model_dump(mode="json")
            audience = digest.audience
            digests.save(tx, digest.id, night.run_id, night.as_of, content, audience=audience)
            digests.save_evidence(tx, digest.id, about.model_dump(mode="json"), made_at)
            if publishing:
                deliveries.plan(tx, deliver.places(engine, digest.id, audience), made_at)
        whole = held_up[0][0]
        runs.done(tx, night.run_id, "compose", {})
    return whole


def _with_evidence(engine: Engine, facts: Facts) -> tuple[Digest, Evidence]:
    digest, tables = compose(facts), engine.options.ranking.segments
    return digest, evidence(digest, facts.corpus, facts.insights, facts.area_of, tables)


def _posts(engine: Engine, post_ids: Iterable[str]) -> Mapping[str, Post]:
    with engine.database.read() as tx:
        return posts.by_id(tx, post_ids)


def _said(engine: Engine, ids: Iterable[int]) -> Mapping[int, Mapping[str, Any]]:
    with engine.database.read() as tx:
        return passages.facts_of(tx, ids)
