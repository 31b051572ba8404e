"""When a source was last asked about each post: which are due again, which are kept no longer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from insights.store import tables as t
from insights.store.rows import pieces

FRESH = timedelta(days=30)
"""Posts younger than this are changed and deleted most: half of what is asked is about them."""


def mark(connection: Connection, source: str, native_ids: Iterable[str], at: datetime) -> None:
    """Note that the source was asked about these posts, hidden ones too, or spoke of them."""
    for piece in pieces(native_ids):
        for table in (t.post, t.tombstone):
            mine = (table.c.source == source) & table.c.native_id.in_(piece)
            connection.execute(update(table).where(mine).values(checked_at=at))


def due(connection: Connection, source: str, before: datetime, limit: int) -> list[str]:
    """Return the posts that were not checked for the longest, fresh ones in the first half.

    Those that were checked at `before` or later are left out.
    """
    c = t.post.c
    query = (
        select(c.native_id)
        .where(c.source == source, c.checked_at < before)
        .order_by(c.checked_at, c.id)
    )
    fresh = query.where(c.created_at >= before - FRESH).limit((limit + 1) // 2)
    first = list(connection.execute(fresh).scalars())
    every = connection.execute(query.limit(limit)).scalars()
    return list(dict.fromkeys([*first, *every]))[:limit]


def held(connection: Connection, source: str) -> int:
    """Count the posts of a source."""
    query = select(func.count()).select_from(t.post).where(t.post.c.source == source)
    return connection.execute(query).scalar_one()


def expired(
    connection: Connection, source: str, *, written: datetime | None, seen: datetime | None,
    limit: int,
) -> list[str]:  # fmt: skip
    """Return posts written before one time, or not confirmed by their source since another."""
    c = t.post.c
    old = [c.created_at < written] if written else []
    lost = [c.checked_at < seen] if seen else []
    found: list[str] = []
    for condition in (*old, *lost):
        query = select(c.native_id).where(c.source == source, condition).order_by(c.id)
        found += connection.execute(query.limit(limit)).scalars()
    return list(dict.fromkeys(found))[:limit]


def came_after(connection: Connection, post_ids: Iterable[str], at: datetime) -> set[str]:
    """Return those of these posts that were stored for the first time after `at`."""
    wanted, c = set(post_ids), t.post.c
    found: set[str] = set()
    for piece in pieces(post_id.partition(":")[2] for post_id in wanted):
        query = select(c.source, c.native_id).where(c.native_id.in_(piece), c.came_at > at)
        found.update(f"{row.source}:{row.native_id}" for row in connection.execute(query))
    return found & wanted
