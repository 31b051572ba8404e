"""Posts in and out of the store: upserts by (source, native id), and purges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, exists, func, insert, select, update

from insights.models import Post, Skipped, Tombstone
from insights.store import checks, tombstones
from insights.store import tables as t
from insights.store.post_rows import post_of, values_of
from insights.store.rows import dicts, pieces

MAX_SKIPPED = 1000  # a source: enough to find what is wrong, bounded when everything is


@dataclass(slots=True)
class Tally:
    """What became of the items of a pull."""

    new: int = 0
    changed: int = 0
    same: int = 0
    deleted: int = 0
    skipped: int = 0
    expired: int = 0  # older than posts of the source are kept

    def __iadd__(self, other: Tally) -> Tally:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def save(connection: Connection, source: str, posts: Sequence[Post], at: datetime) -> Tally:
    """Insert what is new and update what was edited; erased and older versions stay out.

    A post that its source had deleted or hidden is new again when the source shows it. The same
    post twice in one call: the later one holds, as it does across calls.
    """
    tally = Tally()
    latest = {post.native_id: post for post in posts}
    known = _known(connection, source, latest)
    erased = tombstones.lift(connection, source, latest)
    new, changed = [], []
    for native_id, post in latest.items():
        row = {**values_of(source, post), "checked_at": at}
        if native_id in erased:
            tally.deleted += 1
        elif native_id not in known:
            new.append({**row, "came_at": at})
        elif _is_edit(row, known[native_id]):
            changed.append(row)
        else:
            tally.same += 1
    checks.mark(connection, source, known, at)
    if new:
        connection.execute(insert(t.post), new)
    for row in changed:
        _edit(connection, row, known[row["native_id"]])
    if changed:
        reworded = [r for r in changed if r["words_hash"] != known[r["native_id"]]["words_hash"]]
        if reworded:
            forget_unused_embeddings(connection)
    tally.new, tally.changed = len(new), len(changed)
    tally.same += len(posts) - len(latest)
    return tally


def bury(
    connection: Connection, source: str, stones: Sequence[Tombstone], at: datetime,
    *, erased: bool = False,
) -> int:  # fmt: skip
    """Purge posts and remember that they are gone, `erased` ones for ever; see `tombstones`."""
    tombstones.bury(connection, source, stones, at, erased=erased)
    return remove(connection, source, (stone.native_id for stone in stones))


def remove(connection: Connection, source: str, native_ids: Iterable[str]) -> int:
    """Purge posts with all that was made of their words; return how many there were."""
    count = 0
    for piece in pieces(dict.fromkeys(native_ids)):
        count += connection.execute(
            delete(t.post).where(t.post.c.source == source, t.post.c.native_id.in_(piece))
        ).rowcount
    if count:
        forget_unused_embeddings(connection)
    return count


def of_author(connection: Connection, author: str) -> list[str]:
    """Return the ids of every post of one author key."""
    columns = t.post.c["source", "native_id"]
    rows = dicts(connection, select(*columns).where(t.post.c.author == author))
    return [f"{row['source']}:{row['native_id']}" for row in rows]


def in_threads(
    connection: Connection, source: str, thread_ids: Iterable[str]
) -> dict[str, set[str]]:
    """Return the author keys of what is stored of some threads, by thread."""
    people: dict[str, set[str]] = {}
    columns = t.post.c["thread_id", "author"]
    for piece in pieces(sorted(set(thread_ids))):
        query = (
            select(*columns)
            .distinct()
            .where(
                t.post.c.source == source,
                t.post.c.thread_id.in_(piece),
                t.post.c.author.is_not(None),
            )
        )
        for thread_id, author in connection.execute(query):
            people.setdefault(thread_id, set()).add(author)
    return people


def forget_unused_embeddings(connection: Connection) -> None:
    """Drop vectors of texts that no passage has any more: they are personal data too."""
    used = exists().where(t.passage.c.text_hash == t.embedding.c.text_hash)
    connection.execute(delete(t.embedding).where(~used))


def record_skipped(
    connection: Connection, source: str, items: Iterable[Skipped], at: datetime
) -> int:
    """Name the items that could not be read, each place once; return how many were given."""
    items = list({item.where: item for item in items}.values())
    if not items:
        return 0
    places = [item.where[:500] for item in items]
    for piece in pieces(places):
        connection.execute(
            delete(t.skipped).where(t.skipped.c.source == source, t.skipped.c.place.in_(piece))
        )
    rows = [
        {"source": source, "place": place, "reason": item.reason, "at": at}
        for place, item in zip(places, items, strict=True)
    ][-MAX_SKIPPED:]
    connection.execute(insert(t.skipped), rows)
    mine = select(t.skipped.c.id).where(t.skipped.c.source == source)
    older = mine.order_by(t.skipped.c.id.desc()).limit(1_000_000).offset(MAX_SKIPPED)
    connection.execute(delete(t.skipped).where(t.skipped.c.id.in_(older)))
    return len(items)


def skipped(connection: Connection, source: str | None = None) -> list[dict[str, Any]]:
    """Return the named items that could not be read, by source and place."""
    query = select(*t.skipped.c["source", "place", "reason", "at"]).order_by(t.skipped.c.id)
    return dicts(connection, query if source is None else query.where(t.skipped.c.source == source))


def skip_reasons(connection: Connection, source: str, since: datetime) -> dict[str, int]:
    """Count the items that could not be read since then, by reason, the most frequent first."""
    count, c = func.count(), t.skipped.c
    query = select(c.reason, count).where(c.source == source, c.at >= since).group_by(c.reason)
    rows = connection.execute(query.order_by(count.desc(), c.reason))
    return {row.reason: row[1] for row in rows}


def unprepared(connection: Connection, version: int, limit: int) -> list[tuple[int, Post]]:
    """Return the earliest posts that this version of prepare has not seen, with their keys.

    Those at `-version` were seen by it; only their tags wait to be given anew.
    """
    query = (
        select(t.post)
        .where(t.post.c.prepared.not_in((version, -version)))
        .order_by(t.post.c.created_at, t.post.c.source, t.post.c.native_id)
        .limit(limit)
    )
    return [(row["id"], post_of(row)) for row in connection.execute(query).mappings()]


def by_id(connection: Connection, post_ids: Iterable[str]) -> dict[str, Post]:
    """Return the posts that (still) exist among `source:native-id` ids."""
    found: dict[str, Post] = {}
    for source, native_ids in _by_source(post_ids).items():
        for piece in pieces(native_ids):
            query = select(t.post).where(
                and_(t.post.c.source == source, t.post.c.native_id.in_(piece))
            )
            held = map(post_of, connection.execute(query).mappings())
            found.update((post.id, post) for post in held)
    return found


def holding(connection: Connection, words: str, limit: int) -> list[tuple[str, str]]:
    """Return the latest posts whose text holds these very words, each as (id, the line)."""
    c = t.post.c
    query = (
        select(*c["source", "native_id", "text"])
        .where(c.text.icontains(words, autoescape=True))
        .order_by(c.created_at.desc(), c.source, c.native_id)
        .limit(limit)
    )
    return [
        (f"{row.source}:{row.native_id}", _line_with(row.text, words))
        for row in connection.execute(query)
    ]


def _line_with(text: str, words: str) -> str:
    at = max(0, text.lower().find(words.lower()))
    return text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0].strip()[:300]


def by_key(connection: Connection, keys: Iterable[int]) -> list[tuple[int, Post]]:
    """Return posts by the keys that `unprepared` gave, in the order of the keys."""
    found: list[RowMapping] = []
    for piece in pieces(dict.fromkeys(keys)):
        found += connection.execute(select(t.post).where(t.post.c.id.in_(piece))).mappings()
    return sorted(((row["id"], post_of(row)) for row in found), key=lambda pair: pair[0])


def keys_of(connection: Connection, post_ids: Iterable[str]) -> dict[str, int]:
    """Return the keys of the posts that (still) exist among `source:native-id` ids."""
    c = t.post.c
    found: dict[str, int] = {}
    for source, native_ids in _by_source(post_ids).items():
        for piece in pieces(native_ids):
            query = select(c.id, c.native_id).where(c.source == source, c.native_id.in_(piece))
            rows = connection.execute(query)
            found.update((f"{source}:{row.native_id}", row.id) for row in rows)
    return found


def exported(connection: Connection) -> Iterator[tuple[Post, list[dict[str, Any]]]]:
    """Yield all posts in order of time, with intents, noise and facts of each one's passages."""
    p, said = t.post.c, t.passage.c
    query = (
        select(t.post, *said["intents", "noise", "facts"], said.position)
        .outerjoin(t.passage, said.post_id == p.id)
        .order_by(p.created_at, p.source, p.native_id, said.position)
    )
    found = connection.execution_options(yield_per=1000).execute(query).mappings()
    for _, rows in groupby(found, key=lambda row: row["id"]):
        first, *more = rows
        understood = [
            {name: row[name] or {} for name in ("intents", "noise", "facts")}
            for row in (first, *more)
            if row["position"] is not None
        ]
        yield post_of(first), understood


def count(connection: Connection) -> int:
    """Count the posts."""
    return connection.execute(select(func.count()).select_from(t.post)).scalar_one()


def _by_source(post_ids: Iterable[str]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for post_id in dict.fromkeys(post_ids):
        source, _, native_id = post_id.partition(":")
        wanted.setdefault(source, []).append(native_id)
    return wanted


def _known(connection: Connection, source: str, native_ids: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    c = t.post.c
    for piece in pieces(native_ids):
        query = select(
            *c["id", "native_id", "words_hash", "content_hash", "updated_at", "rating", *PLACED]
        ).where(c.source == source, c.native_id.in_(piece))
        found.update({row["native_id"]: row for row in connection.execute(query).mappings()})
    return found


PLACED = ("language", "author", "space", "thread_id", "created_at")
"""What prepare reads of a post beside its words: copies and languages hang on it."""


def _edit(connection: Connection, row: dict[str, Any], held: RowMapping) -> None:
    """Take over an edit; only other words make new passages, a new like does not."""
    mine = t.passage.c.post_id == held["id"]
    if row["words_hash"] != held["words_hash"]:
        connection.execute(delete(t.passage).where(mine))
    elif all(row[name] == held[name] for name in PLACED):
        row = {name: value for name, value in row.items() if name != "prepared"}
    if row["rating"] != held["rating"]:
        connection.execute(update(t.passage).where(mine).values(facts_by=None))
    connection.execute(update(t.post).where(t.post.c.id == held["id"]).values(row))


def _is_edit(row: dict[str, Any], held: RowMapping) -> bool:
    if row["content_hash"] == held["content_hash"]:
        return False
    written_at = row["updated_at"] or row["created_at"]
    return not (held["updated_at"] and written_at < held["updated_at"])
