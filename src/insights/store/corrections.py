"""What people corrected: an append-only list of who said what, when, and what was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from insights.store import tables as t
from insights.store.rows import dicts


def add(
    connection: Connection,
    *,
    at: datetime,
    by: str,
    kind: str,
    subject: str,
    body: Mapping[str, Any],
) -> int:
    """Append a correction and return its number.

    `kind` says what is corrected (`noise`, `intent`, `topic`), `subject` names the post or topic,
    `body` is what the kind needs to be replayed: plain JSON.
    """
    row = {"at": at, "by": by, "kind": kind, "subject": subject, "body": dict(body)}
    return _insert(connection, row)


def undo(connection: Connection, number: int, *, at: datetime, by: str) -> int:
    """Append that a correction is taken back, and return the number of that entry.

    The caller makes sure that `number` is in force.
    """
    kept = connection.execute(select(t.correction).where(t.correction.c.id == number)).one()
    row = {"at": at, "by": by, "kind": kept.kind, "subject": kept.subject, "body": {}}
    return _insert(connection, {**row, "undoes": number})


def history(connection: Connection, kind: str | None = None) -> list[dict[str, Any]]:
    """Return every entry, oldest first: `id`, `at`, `by`, `kind`, `subject`, `body`, `undoes`."""
    query = select(t.correction).order_by(t.correction.c.id)
    if kind is not None:
        query = query.where(t.correction.c.kind == kind)
    return dicts(connection, query)


def in_force(connection: Connection, kind: str) -> list[dict[str, Any]]:
    """Return the corrections of a kind that nobody took back, oldest first."""
    entries = history(connection, kind)
    undone = {entry["undoes"] for entry in entries}
    return [e for e in entries if e["undoes"] is None and e["id"] not in undone]


def _insert(connection: Connection, row: Mapping[str, Any]) -> int:
    return int(
        connection.execute(
            insert(t.correction).values(**row).returning(t.correction.c.id)
        ).scalar_one()
    )
