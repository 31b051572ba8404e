"""Pulls posts from sources into the store, without names and personal data."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from insights.errors import InsightsError, RateLimited
from insights.models import Batch, Post, Skipped
from insights.pipeline.engine import Engine, Source
from insights.pipeline.erase import bury, forget_words
from insights.pipeline.releases import private
from insights.store import posts, releases, sources
from insights.store.posts import Tally
from insights.text.bots import is_bot
from insights.text.names import known_names, pipeline
from insights.text.pseudonyms import pseudonym
from insights.text.redact import Finder, redact

BOT = "bot"


def ingest(engine: Engine, source: Source) -> Tally:
    """Pull one source to its end; every batch is saved with the cursor behind it.

    Whatever goes wrong is written to the source's health before it is raised, so that a broken
    source is named in the digest.
    """
    with engine.database.write() as tx:
        cursor = sources.open_source(tx, source.name, source.connector)
    tally = Tally()
    try:
        for batch in source.make().pull(cursor):
            tally += save_batch(engine, source.name, batch)
            done = tally.new + tally.changed + tally.same
            engine.progress(f"ingest {source.name}", done, 0)
    except RateLimited as error:
        _record(engine, source, "waiting", str(error), resume_at=error.resume_at)
        raise
    except InsightsError as error:
        _record(engine, source, "failed", str(error))
        raise
    except Exception as error:
        # A connector is somebody's code: one that breaks must not stop the others, and the
        # digest must say so.
        message = f"{source.name}: the connector broke ({type(error).__name__})"
        _record(engine, source, "failed", message)
        raise InsightsError(message) from error
    _record(engine, source, "ok", "")
    return tally


def save_batch(engine: Engine, source: str, batch: Batch) -> Tally:
    """Save a batch and its cursor in one transaction; return what became of its items."""
    now = datetime.now(UTC)
    ready = _without_names(source, batch.posts, engine)
    with engine.database.write() as tx:
        before = posts.by_id(tx, (post.id for post in ready))
        tally = posts.save(tx, source, ready, now)
        if tally.changed:
            after = posts.by_id(tx, before)
            forget_words(tx, {k: p for k, p in before.items() if _reworded(p, after[k])}, after)
        tally.deleted += bury(tx, source, batch.tombstones, now)
        named = [Skipped(redact(item.where), redact(item.reason)) for item in batch.skipped]
        tally.skipped += posts.record_skipped(tx, source, named, now)
        releases.save(tx, source, [private(release, engine) for release in batch.releases])
        sources.save_cursor(tx, source, batch.cursor)
    return tally


def ingest_all(engine: Engine, names: Iterable[str] | None = None) -> dict[str, Tally | str]:
    """Pull every source, or the named ones; a failure becomes its sentence, the others go on."""
    wanted = set(names) if names is not None else None
    results: dict[str, Tally | str] = {}
    for source in engine.sources:
        if wanted is not None and source.name not in wanted:
            continue
        try:
            results[source.name] = ingest(engine, source)
        except InsightsError as error:
            results[source.name] = str(error)
    return results


def _reworded(before: Post, after: Post) -> bool:
    return (before.title, before.text) != (after.title, after.text)


def _without_names(source: str, batch: Sequence[Post], engine: Engine) -> list[Post]:
    """Hide the personal data of posts, and who else writes in their threads."""
    if engine.options.keep_raw:
        return [_private(post, engine, frozenset()) for post in batch]
    threads = {post.thread_id: _unnamed(post.thread_id, post.source, engine) for post in batch}
    with engine.database.read() as tx:
        people = posts.in_threads(tx, source, [thread for thread in threads.values() if thread])
    for post in batch:
        if post.author and not is_bot(post.author):
            mine = people.setdefault(threads[post.thread_id] or post.id, set())
            mine.add(pseudonym(post.author, post.source, engine.key))
    return [
        _private(post, engine, people.get(threads[post.thread_id] or post.id, ())) for post in batch
    ]


def _private(post: Post, engine: Engine, people: Container[str]) -> Post:
    """Put a keyed hash in place of the account, and placeholders in place of personal data.

    `people` are the keyed hashes of who writes in the post's thread.
    """
    names: list[Finder] = []
    if people:
        known = lru_cache(lambda name: pseudonym(name, post.source, engine.key) in people)
        names.append(partial(known_names, known=known))
    if engine.options.names_model and not engine.options.keep_raw:
        names.append(pipeline(engine.options.names_model))
    attributes = dict(post.attributes)
    if post.author and is_bot(post.author):
        attributes[BOT] = "true"
    hide = (lambda text: text) if engine.options.keep_raw else redact
    return replace(
        post,
        author=pseudonym(post.author, post.source, engine.key) if post.author else None,
        title=post.title if engine.options.keep_raw else redact(post.title, *names),
        text=post.text if engine.options.keep_raw else redact(post.text, *names),
        space=hide(post.space or "") or None,
        version=hide(post.version or "") or None,
        url=post.url if post.url and hide(post.url) == post.url else None,
        thread_id=_unnamed(post.thread_id, post.source, engine),
        parent_id=_unnamed(post.parent_id, post.source, engine),
        attributes={name: hide(value) for name, value in attributes.items()},
        tags=tuple(hide(tag) for tag in post.tags),
    )


def _unnamed(reference: str | None, source: str, engine: Engine) -> str | None:
    """Keep a reference, or a hash of it where it holds an address, as those of mails do."""
    if not reference or engine.options.keep_raw or redact(reference) == reference:
        return reference
    return pseudonym(reference, source, engine.key)


def _record(engine: Engine, source: Source, state: str, note: str, **more: Any) -> None:
    with engine.database.write() as tx:
        sources.record(tx, source.name, state=state, note=note, at=datetime.now(UTC), **more)
