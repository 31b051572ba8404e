"""What was sent to trackers and threads: written down before it leaves, so that it leaves once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    whole = {"url": None, "detail": "", "quoted": [], **row, "status": SENDING}
    mine = t.sending.c.key == row["key"]
    statement = insert(t.sending) if held is None else update(t.sending).where(mine)
    connection.execute(statement.values(whole))
    return True


def end(connection: Connection, key: str, status: str, *, url: str | None, detail: str) -> None:
    """Write down how it ended."""
    values = {"status": status, "url": url, "detail": detail}
    connection.execute(update(t.sending).where(t.sending.c.key == key).values(values))


def forget(connection: Connection, post_ids: Collection[str]) -> list[str]:
    """Forget that posts were quoted; return where what quotes them was, or may have been, sent."""
    told = []
    gone = set(post_ids)
    for row in dicts(connection, select(t.sending)):
        left = [post_id for post_id in row["quoted"] if post_id not in gone]
        if len(left) < len(row["quoted"]):
            mine = t.sending.c.key == row["key"]
            connection.execute(update(t.sending).where(mine).values(quoted=left))
            if row["status"] != FAILED:  # what surely was not taken quotes nobody
                told.append(row["url"] or f"an issue in {row['source']}")
    return told
