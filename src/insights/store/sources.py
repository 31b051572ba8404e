"""Sources: where each one stands, and how it is doing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from insights.models import JSON
from insights.store import tables as t
from insights.store.rows import dicts, upsert


def open_source(connection: Connection, name: str, connector: str) -> JSON | None:
    """Make the source known and return its cursor (None: never pulled)."""
    row = connection.execute(
        select(t.source.c.cursor, t.source.c.connector).where(t.source.c.name == name)
    ).first()
    if row is None:
        connection.execute(insert(t.source).values(name=name, connector=connector))
        return None
    if row.connector != connector:  # another kind of community under this name: start anew
        connection.execute(
            update(t.source)
            .where(t.source.c.name == name)
            .values(connector=connector, cursor=None, resume_at=None)
        )
        connection.execute(delete(t.backfill).where(t.backfill.c.source == name))
        return None
    return row.cursor  # type: ignore[no-any-return]


def save_cursor(connection: Connection, name: str, cursor: JSON) -> None:
    """Remember how far the source was read."""
    connection.execute(update(t.source).where(t.source.c.name == name).values(cursor=cursor))


def window_cursor(connection: Connection, name: str, window: str) -> JSON | None:
    """Return how far a stretch of the past was read (None: from its beginning)."""
    held = t.backfill.c
    query = select(held.cursor).where(held.source == name, held.window == window)
    return connection.execute(query).scalar_one_or_none()


def save_window_cursor(connection: Connection, name: str, window: str, cursor: JSON) -> None:
    """Remember how far a stretch of the past was read; the source's own cursor stays."""
    upsert(connection, t.backfill, [{"source": name, "window": window, "cursor": cursor}])


def close_window(connection: Connection, name: str, window: str) -> None:
    """Forget the cursor of a stretch that was read to its end."""
    held = t.backfill.c
    connection.execute(delete(t.backfill).where(held.source == name, held.window == window))


def rest(connection: Connection, name: str) -> tuple[str, datetime | None]:
    """Return until when a source asked to be left alone, and in what words; None: it did not."""
    query = select(t.source.c.note, t.source.c.resume_at).where(t.source.c.name == name)
    row = connection.execute(query).first()
    return (row.note, row.resume_at) if row else ("", None)


def record(
    connection: Connection,
    name: str,
    *,
    state: str,
    note: str,
    at: datetime,
    resume_at: datetime | None = None,
) -> None:
    """Write down how the last pull went: `ok`, `failed` or `waiting`."""
    values: dict[str, Any] = {
        "state": state, "note": note, "last_attempt_at": at, "resume_at": resume_at,
    }  # fmt: skip
    if state == "ok":
        values["last_success_at"] = at
    connection.execute(update(t.source).where(t.source.c.name == name).values(values))


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all sources with their state and the time of their newest post, by name."""
    newest = (
        select(
            t.post.c.source,
            func.max(t.post.c.created_at).label("newest_at"),
            func.count().label("posts"),
        )
        .group_by(t.post.c.source)
        .subquery()
    )
    query = (
        select(
            *t.source.c["name", "connector", "state", "note"],
            *t.source.c["last_attempt_at", "last_success_at", "resume_at"],
            *newest.c["newest_at", "posts"],
        )
        .outerjoin(newest, newest.c.source == t.source.c.name)
        .order_by(t.source.c.name)
    )
    return dicts(connection, query)
