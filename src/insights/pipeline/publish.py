"""Composes the digest of a run, and delivers it once to each channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial

from insights.digest.compose import Facts, compose
from insights.digest.content import Digest
from insights.digest.render import render
from insights.errors import PublishError
from insights.models import Insight, Post
from insights.pipeline.analyze import State
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.store import digests, posts, runs, sources, topics
from insights.text.quote import quote
from insights.topics.discover import Night

DELIVERED, FAILED = "delivered", "failed"
QUOTE_LENGTH = 300


def compose_digest(
    engine: Engine, state: State, ranked: list[Insight], night: Night, lease: Lease, community: str
) -> Digest:
    """Compose and store the digest of a night; one that was delivered stays as it was."""
    digest_id = night.as_of.strftime("D-%Y%m%d-%H%M%S")
    with engine.database.read() as tx:
        held = digests.get(tx, digest_id)
        if held and DELIVERED in digests.delivered(tx, digest_id).values():
            return Digest.model_validate(held)
        before = digests.before(tx, night.as_of)
        facts = Facts(
            community=community,
            run_id=night.run_id,
            as_of=night.as_of,
            corpus=state.corpus.until(night.as_of),
            insights=ranked,
            events=[e for e in topics.history(tx) if e["run_id"] == night.run_id],
            sources=sources.every(tx),
            skipped=posts.count_skipped(tx),
            versions=runs.get(tx, night.run_id)["versions"],
            before=Digest.model_validate(before) if before else None,
            options=engine.options.digest,
            posts=lambda post_ids: _posts(engine, post_ids),
            quote=partial(quote, limit=QUOTE_LENGTH),
        )
    digest = compose(facts)
    with lease.write() as tx:
        digests.save(tx, digest.id, night.run_id, night.as_of, digest.model_dump(mode="json"))
        runs.done(tx, night.run_id, "compose", {})
    return digest


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
        if known.get(channel.name) == DELIVERED:
            continue
        try:
            detail, status = channel.publisher.deliver(digest.id, documents), DELIVERED
        except PublishError as error:
            detail, status = str(error), FAILED
            failed.append(f"{channel.name}: {error}")
        said[channel.name] = detail
        with lease.write() as tx:
            digests.record_delivery(
                tx, digest.id, channel.name, status=status, detail=detail, at=datetime.now(UTC)
            )
    if failed:
        raise PublishError("; ".join(failed))
    return said


def _posts(engine: Engine, post_ids: Iterable[str]) -> Mapping[str, Post]:
    with engine.database.read() as tx:
        return posts.by_id(tx, post_ids)
