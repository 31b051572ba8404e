"""Signals: what stood out, from the night it was raised to the night it was last seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, String, cast, delete, func, select, update

from insights.store import tables as t
from insights.store.rows import dicts, pieces, upsert


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


def forget(connection: Connection, post_ids: Collection[str], *, whole: int = 0) -> None:
    """Take posts that are gone out of what signals stand on.

    A signal that held fewer than `whole` posts names all of its posts, and is of no more people
    than are behind those that are left: so it falls below the privacy floor with them.
    """
    if not post_ids:
        return
    c = t.signal.c
    for name, held, people in connection.execute(select(c.id, c.post_ids, c.people)).all():
        left = [post_id for post_id in held if post_id not in post_ids]
        if len(left) < len(held):
            count = min(people, _people(connection, left)) if len(held) < whole else people
            values = {"post_ids": left, "people": count}
            connection.execute(update(t.signal).where(c.id == name).values(values))


def _people(connection: Connection, post_ids: Collection[str]) -> int:
    """Count the people behind posts: accounts of one person once, each unknown author once."""
    p = t.post.c
    person = func.coalesce(t.account.c.person, p.author, "post " + cast(p.id, String))
    found: set[str] = set()
    for piece in pieces(post_ids):
        query = (
            select(person)
            .select_from(t.post)
            .outerjoin(t.account, t.account.c.author == p.author)
            .where((p.source + ":" + p.native_id).in_(piece))
        )
        found.update(connection.execute(query).scalars())
    return len(found)
