"""Signals: what stood out, from the night it was raised to the night it was last seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from insights.store import tables as t
from insights.store.rows import dicts, upsert


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all signals in the order they were raised."""
    return dicts(connection, select(t.signal).order_by(t.signal.c.number))


def save(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write signals, new and continued ones alike; all rows carry the same columns."""
    upsert(connection, t.signal, rows)


def drop(connection: Connection, ids: Sequence[str]) -> None:
    """Take back signals that the same run raised and does not raise any more."""
    if ids:
        connection.execute(delete(t.signal).where(t.signal.c.id.in_(list(ids))))


def forget(connection: Connection, post_ids: Collection[str]) -> None:
    """Take posts that are gone out of what signals stand on."""
    if not post_ids:
        return
    c = t.signal.c
    for name, held in connection.execute(select(c.id, c.post_ids)).all():
        left = [post_id for post_id in held if post_id not in post_ids]
        if len(left) < len(held):
            connection.execute(update(t.signal).where(c.id == name).values(post_ids=left))
