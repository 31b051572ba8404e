"""Tombstones: a post that its source shows again comes back, what a person erased never does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from insights.models import Tombstone
from insights.store import tables as t
from insights.store.rows import hash_text, pieces

HOPE = timedelta(days=90)
"""For how long a source is asked whether it shows a post again."""


def bury(
    connection: Connection, source: str, stones: Sequence[Tombstone], at: datetime,
    *, erased: bool = False,
) -> None:  # fmt: skip
    """Remember that posts are gone; call it before they are removed.

    `erased` ones were erased by a person: that is never taken back, whatever a source says later.
    """
    given = {stone.native_id: stone for stone in stones}
    c = t.tombstone.c
    known: set[str] = set()
    for piece in pieces(given):
        mine = (c.source == source) & c.native_id.in_(piece)
        known.update(connection.execute(select(c.native_id).where(mine)).scalars())
        values = {"checked_at": at, **({"erased": True} if erased else {})}
        connection.execute(update(t.tombstone).where(mine).values(values))
    authors = _authors(connection, source, given)
    rows = [
        {
            "source": source, "native_id": native_id, "reason": stone.reason, "at": at,
            "checked_at": at, "erased": erased, "mark": _mark(native_id, authors.get(native_id)),
        }
        for native_id, stone in given.items() if native_id not in known
    ]  # fmt: skip
    if rows:
        connection.execute(insert(t.tombstone), rows)


def reason(connection: Connection, source: str, native_id: str) -> str:
    """Return why a post is gone from its source; empty if it is not, or a person erased it."""
    c = t.tombstone.c
    query = select(c.reason).where(c.source == source, c.native_id == native_id, ~c.erased)
    return connection.execute(query).scalar_one_or_none() or ""


def lift(connection: Connection, source: str, native_ids: Iterable[str]) -> set[str]:
    """Take the tombstones off posts that their source shows; return those that were erased."""
    erased: set[str] = set()
    c = t.tombstone.c
    for piece in pieces(native_ids):
        mine = (c.source == source) & c.native_id.in_(piece)
        erased.update(connection.execute(select(c.native_id).where(mine, c.erased)).scalars())
        connection.execute(delete(t.tombstone).where(mine, ~c.erased))
    return erased


def erase_hidden(connection: Connection, source: str, author: str) -> int:
    """Make deletions at the source of an author's posts final; return how many there were.

    Whose they were is not kept: a keyed author and an id give the mark that stands there.
    """
    c = t.tombstone.c
    query = select(c.native_id, c.mark).where(c.source == source, ~c.erased, c.mark.is_not(None))
    rows = connection.execute(query)
    theirs = [row.native_id for row in rows if row.mark == _mark(row.native_id, author)]
    for piece in pieces(theirs):
        mine = (c.source == source) & c.native_id.in_(piece)
        connection.execute(update(t.tombstone).where(mine).values(erased=True))
    return len(theirs)


def due(connection: Connection, source: str, before: datetime, limit: int) -> list[str]:
    """Return posts that a source may show again, those not asked for the longest first.

    Only what was buried lately, and not asked for since `before`.
    """
    c = t.tombstone.c
    query = (
        select(c.native_id)
        .where(c.source == source, ~c.erased, c.checked_at < before, c.at >= before - HOPE)
        .order_by(c.checked_at, c.native_id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def _authors(connection: Connection, source: str, native_ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    c = t.post.c
    for piece in pieces(native_ids):
        query = select(c.native_id, c.author).where(
            c.source == source, c.native_id.in_(piece), c.author.is_not(None)
        )
        found.update({row.native_id: row.author for row in connection.execute(query)})
    return found


def _mark(native_id: str, author: str | None) -> str | None:
    return hash_text(author, native_id) if author else None
