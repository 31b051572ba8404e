"""Composes the digest of a run, and delivers it once to each channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from insights.digest.compose import Facts, compose
from insights.digest.content import Digest
from insights.digest.render import render
from insights.errors import PublishError
from insights.models import Insight, Post
from insights.pipeline.analyze import State
from insights.pipeline.engine import Channel, Engine
from insights.pipeline.lease import Lease
from insights.signals import coordination, history
from insights.store import areas, digests, passages, posts, pulls, runs, sources, topics, wordings
from insights.store.digests import DELIVERED, FAILED, OUTDATED
from insights.text.phrases import stop_words
from insights.text.quote import quote
from insights.topics.corrections import number_of
from insights.topics.discover import Night

Writes = Callable[[], AbstractContextManager[Any]]
QUOTE_LENGTH = 300


def compose_digest(
    engine: Engine, state: State, ranked: list[Insight], night: Night, lease: Lease, community: str
) -> Digest:
    """Compose and store the digest of a night; one that was delivered stays as it was."""
    digest_id = night.as_of.strftime("D-%Y%m%d-%H%M%S")
    known = state.corpus.until(night.as_of)
    dismissed = {topic.id for topic in state.topics if topic.status == "dismissed"}
    length = timedelta(days=engine.options.digest.period_days)
    with engine.database.read() as tx:
        held = digests.get(tx, digest_id)
        if held and {DELIVERED, OUTDATED} & set(digests.delivered(tx, digest_id).values()):
            return Digest.model_validate(held)
        before = digests.before(tx, night.as_of)
        facts = Facts(
            community=community,
            run_id=night.run_id,
            as_of=night.as_of,
            corpus=coordination.discounted(known, state.signals),
            insights=ranked,
            waves=[signal for signal in state.signals if signal.kind == coordination.KIND],
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
            before=Digest.model_validate(before) if before else None,
            options=engine.options.digest,
            posts=lambda post_ids: _posts(engine, post_ids),
            quote=partial(quote, limit=QUOTE_LENGTH),
            said=lambda ids: _said(engine, ids),
            stop_words=lambda: stop_words(engine.options.language),
            worded={w["title"]: w["model"] for w in wordings.in_use(tx).values()},
            areas={area["id"]: area["title"] for area in areas.every(tx)},
            area_of={
                number_of(topic_id): area
                for topic_id, area in areas.parents(tx).items()
                if area and topic_id not in dismissed
            },
        )
    digest = compose(facts)
    with lease.write() as tx:
        digests.save(tx, digest.id, night.run_id, night.as_of, digest.model_dump(mode="json"))
        runs.done(tx, night.run_id, "compose", {})
    return digest


def correct(engine: Engine, write: Writes) -> list[str]:
    """Deliver digests anew from which something was erased, to the channels that can replace.

    The digest that a channel had last is delivered last, since some channels show which one that
    is. What was sent and cannot be called back is recorded as such. Returns what failed, in
    sentences; `catch_up` tries it again.
    """
    failed: list[str] = []
    with engine.database.read() as tx:
        outdated = digests.with_status(tx, OUTDATED)
        latest = digests.last_delivered(tx)
    channels = {channel.name: channel for channel in engine.channels}
    for digest_id, name in outdated:
        channel = channels.get(name)
        if channel is None or not channel.publisher.replaces:
            _record(write, digest_id, name, DELIVERED, "it was sent before words were erased")
            continue
        for due in dict.fromkeys([digest_id, latest.get(name, digest_id)]):
            status, detail = _send(write, channel, due, render(_stored(engine, due)))
            if status == FAILED:
                failed.append(f"{name} still holds what was erased from {due}: {detail}")
    return failed


def catch_up(engine: Engine, tonight: str, write: Writes) -> list[str]:
    """Deliver digests of earlier nights to channels that surely failed to take them, oldest first.

    Returns what failed again, in sentences.
    """
    failed: list[str] = []
    with engine.database.read() as tx:
        due = [pair for pair in digests.with_status(tx, FAILED) if pair[0] < tonight]
    channels = {channel.name: channel for channel in engine.channels}
    for digest_id, name in due:
        if name in channels:
            documents = render(_stored(engine, digest_id))
            status, detail = _send(write, channels[name], digest_id, documents)
            if status == FAILED:
                failed.append(f"{name} has still not got {digest_id}: {detail}")
    return failed


def deliver(engine: Engine, digest: Digest, lease: Lease) -> dict[str, str]:
    """Deliver to every channel that has not had this digest; return what each one said.

    A channel that surely failed is tried again by the next call; PublishError names those that
    failed, after all were tried.
    """
    with engine.database.read() as tx:
        known = digests.delivered(tx, digest.id)
    documents = render(digest)
    said: dict[str, str] = {}
    failed: list[str] = []
    for channel in engine.channels:
        if known.get(channel.name) in (DELIVERED, OUTDATED):
            continue
        status, said[channel.name] = _send(lease.write, channel, digest.id, documents)
        if status == FAILED:
            failed.append(f"{channel.name}: {said[channel.name]}")
    if failed:
        raise PublishError("; ".join(failed))
    return said


def _send(
    write: Writes, channel: Channel, digest_id: str, documents: dict[str, bytes]
) -> tuple[str, str]:
    """Deliver once and record how it went: (status, where it went or why not)."""
    try:
        status, detail = DELIVERED, channel.publisher.deliver(digest_id, documents)
    except PublishError as error:
        status, detail = FAILED, str(error)
    _record(write, digest_id, channel.name, status, detail)
    return status, detail


def _record(write: Writes, digest_id: str, name: str, status: str, detail: str) -> None:
    with write() as tx:
        digests.record_delivery(
            tx, digest_id, name, status=status, detail=detail, at=datetime.now(UTC)
        )


def _stored(engine: Engine, digest_id: str) -> Digest:
    with engine.database.read() as tx:
        return Digest.model_validate(digests.get(tx, digest_id))


def _posts(engine: Engine, post_ids: Iterable[str]) -> Mapping[str, Post]:
    with engine.database.read() as tx:
        return posts.by_id(tx, post_ids)


def _said(engine: Engine, ids: Iterable[int]) -> Mapping[int, Mapping[str, Any]]:
    with engine.database.read() as tx:
        return passages.facts_of(tx, ids)
