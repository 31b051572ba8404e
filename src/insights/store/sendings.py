"""What was sent to trackers and threads: written down before it leaves, so that it leaves once.

What was `quoted` are pairs of a post and its words. Since `outdated_at` something of it is gone,
and stands still where it was sent, until somebody says that it was taken out there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from insights.store import tables as t
from insights.store.rows import dicts

ISSUE, REPLY = "issue", "reply"
SENDING, SENT, FAILED, UNKNOWN = "sending", "sent", "failed", "unknown"


def get(connection: Connection, key: str) -> dict[str, Any] | None:
    """Return what is known of one sending, or None."""
    rows = dicts(connection, select(t.sending).where(t.sending.c.key == key))
    return rows[0] if rows else None


def every(connection: Connection, kind: str) -> list[dict[str, Any]]:
    """Return all sendings of a kind, oldest first."""
    query = select(t.sending).where(t.sending.c.kind == kind)
    return dicts(connection, query.order_by(t.sending.c.at, t.sending.c.key))


def begin(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Write down that something is about to be sent.

    False if it was begun before and did not surely fail: then it must not be sent.
    """
    held = get(connection, row["key"])
    if held is not None and held["status"] != FAILED:
        return False
    whole = {"url": None, "detail": "", "quoted": [], "outdated_at": None, **row}
    whole["status"] = SENDING
    mine = t.sending.c.key == row["key"]
    statement = insert(t.sending) if held is None else update(t.sending).where(mine)
    connection.execute(statement.values(whole))
    return True


def end(connection: Connection, key: str, status: str, *, url: str | None, detail: str) -> None:
    """Write down how it ended."""
    values = {"status": status, "url": url, "detail": detail}
    connection.execute(update(t.sending).where(t.sending.c.key == key).values(values))


def forget(connection: Connection, lost: Callable[[str, str], bool], at: datetime) -> list[str]:
    """Forget quotes that are `lost`, as a post and its words; return where they stand, or may."""
    told = []
    for row in dicts(connection, select(t.sending)):
        left = [pair for pair in row["quoted"] if not lost(*pair)]
        if len(left) < len(row["quoted"]):
            values = {"quoted": left, "outdated_at": row["outdated_at"] or at}
            mine = t.sending.c.key == row["key"]
            connection.execute(update(t.sending).where(mine).values(values))
            if row["status"] != FAILED:  # what surely was not taken quotes nobody
                told.append(place(row))
    return told


def outdated(connection: Connection) -> list[dict[str, Any]]:
    """Return what stands somewhere, or may, with words that are gone, oldest first."""
    c = t.sending.c
    query = select(t.sending).where(c.outdated_at.is_not(None), c.status != FAILED)
    return dicts(connection, query.order_by(c.outdated_at, c.key))


def cleaned(connection: Connection, key: str) -> None:
    """Write down that the words that are gone were taken out there."""
    connection.execute(update(t.sending).where(t.sending.c.key == key).values(outdated_at=None))


def place(row: Mapping[str, Any]) -> str:
    """Say where a sending stands."""
    return str(row["url"] or f"an issue in {row['source']}")
