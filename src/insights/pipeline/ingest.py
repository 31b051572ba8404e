"""Pulls posts from sources into the store, without names and personal data."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial

from insights.errors import InsightsError, RateLimited
from insights.models import Batch, Post, Skipped
from insights.pipeline.engine import Engine, Source
from insights.pipeline.erase import bury, forget_words
from insights.pipeline.releases import private
from insights.pipeline.visit import Visit
from insights.protocols import Connector
from insights.store import posts, pulls, releases, sources
from insights.store.posts import Tally
from insights.text.bots import is_bot
from insights.text.names import known_names, pipeline
from insights.text.pseudonyms import pseudonym
from insights.text.redact import Finder, redact

BOT = "bot"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the past: what was written at `since` or later, and before `until`."""

    since: datetime | None
    until: datetime | None

    @property
    def key(self) -> str:
        """Names the stretch: the same command again goes on with it."""
        return "/".join(
            f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ".." for at in (self.since, self.until)
        )

    def holds(self, at: datetime) -> bool:
        """Say whether a time lies in it."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


def ingest(
    engine: Engine,
    source: Source,
    at: datetime | None = None,
    *,
    window: Window | None = None,
    insist: bool = False,
) -> Tally:
    """Pull one source to its end; every batch is saved with the cursor behind it.

    `at` is the night that pulls, by default now. With a `window`, a pull of its own reads from
    the beginning of the window, or from the beginning of all where the connector cannot be told
    one, and keeps what was written in the window. It has a cursor of its own, stored beside the
    source's, saved with each batch and forgotten at the end: a kill costs a batch, and the pull
    of the nights neither sees the window nor loses its place. Posts are upserts, so what both
    bring is there once.

    Whatever goes wrong is written to the source's health before it is raised, so that a broken
    source is named in the digest.

    Raises:
        RateLimited: also before anything is asked, if the source said earlier to come back later;
            who knows better (there is a new token) may `insist`.
    """
    visit = Visit(engine, source, at or datetime.now(UTC), pulls.PULL)
    with engine.database.write() as tx:
        cursor = sources.open_source(tx, source.name, source.connector)
        if window is not None:
            cursor = sources.window_cursor(tx, source.name, window.key)
        visit.begin(tx)
    tally = Tally()
    try:
        if not insist:
            _leave_alone(engine, source)
        _listen(engine, source)
        for batch in _connector(source, window).pull(cursor):
            tally += save_batch(engine, source.name, batch, visit, window=window)
            done = tally.new + tally.changed + tally.same
            engine.progress(f"ingest {source.name}", done, 0)
    except Exception as error:
        state, note, resume_at = visit.trouble(error)
        _record(visit, state, note, resume_at)
        if isinstance(error, InsightsError):
            raise
        raise InsightsError(note) from error
    if window is not None:
        with engine.database.write() as tx:
            sources.close_window(tx, source.name, window.key)
    _record(visit, "ok")
    return tally


def _connector(source: Source, window: Window | None) -> Connector:
    if window is None or window.since is None or source.make_since is None:
        return source.make()
    return source.make_since(window.since)


def _listen(engine: Engine, source: Source) -> None:
    """Let long waits show that they are no standstill."""
    if source.http is not None:
        doing = f"ingest {source.name}: waits for its limit, seconds left"
        source.http.on_wait = lambda left: engine.progress(doing, round(left), 0)


def save_batch(
    engine: Engine,
    source: str,
    batch: Batch,
    visit: Visit | None = None,
    *,
    window: Window | None = None,
    asked: bool = False,
) -> Tally:
    """Save a batch and its cursor in one transaction; return what became of its items.

    The batch of a recheck was `asked` for by id, so its cursor means nothing. What lies outside
    the `window`, and what is older than the source's posts are kept, stays out.
    """
    now = datetime.now(UTC)
    oldest = visit.oldest if visit else None
    wanted = [post for post in batch.posts if window is None or window.holds(post.created_at)]
    kept = [post for post in wanted if oldest is None or post.created_at >= oldest]
    ready = _without_names(source, kept, engine)
    with engine.database.write() as tx:
        before = posts.by_id(tx, (post.id for post in ready))
        tally = posts.save(tx, source, ready, now)
        tally.expired = len(wanted) - len(kept)
        if tally.changed:
            after = posts.by_id(tx, before)
            forget_words(tx, {k: p for k, p in before.items() if _reworded(p, after[k])}, after)
        tally.deleted += bury(tx, source, batch.tombstones, now)
        named = [Skipped(redact(item.where), redact(item.reason)) for item in batch.skipped]
        tally.skipped += posts.record_skipped(tx, source, named, now)
        releases.save(tx, source, [private(release, engine) for release in batch.releases])
        if window is not None:
            sources.save_window_cursor(tx, source, window.key, batch.cursor)
        elif not asked:
            sources.save_cursor(tx, source, batch.cursor)
        if visit:
            visit.count(tx, tally, ready)
    return tally


def ingest_all(
    engine: Engine,
    names: Iterable[str] | None = None,
    *,
    at: datetime | None = None,
    window: Window | None = None,
    insist: bool = False,
) -> dict[str, Tally | str]:
    """Pull every source, or the named ones; a failure becomes its sentence, the others go on."""
    wanted = set(names) if names is not None else None
    results: dict[str, Tally | str] = {}
    for source in engine.sources:
        if wanted is not None and source.name not in wanted:
            continue
        try:
            results[source.name] = ingest(engine, source, at, window=window, insist=insist)
        except InsightsError as error:
            results[source.name] = str(error)
    return results


def _leave_alone(engine: Engine, source: Source) -> None:
    """Raise RateLimited again, without a request, before the time that the source named."""
    with engine.database.read() as tx:
        note, resume_at = sources.rest(tx, source.name)
    if resume_at is not None and resume_at > datetime.now(UTC):
        told = f"{source.name} is not asked before {resume_at:%Y-%m-%d %H:%M} UTC"
        said = note if note.startswith(told) else f"{told}: {note or 'so it told us'}"
        raise RateLimited(said, resume_at=resume_at)


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


def _record(visit: Visit, state: str, note: str = "", resume_at: datetime | None = None) -> None:
    with visit.engine.database.write() as tx:
        sources.record(
            tx, visit.source.name,
            state=state, note=note, at=datetime.now(UTC), resume_at=resume_at,
        )  # fmt: skip
        visit.end(tx, state, note, resume_at)
