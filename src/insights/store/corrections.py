"""What people corrected: an append-only list of who said what, when, and what was taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from insights.store import tables as t
from insights.store.rows import dicts

TOPIC, FEEDBACK = "topic", "feedback"
WORDS = ("title", "reason", "like_texts", "unlike_texts")
OTHERS = ("into", "of")
"""The parts of a topic's correction that hold a person's own words, and that name other topics."""

ERASED = "(it quoted what was erased)"
"""What stands in the place of a reason that holds erased words."""


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

    `kind` says what is corrected (`noise`, `intent`, `topic`, `feedback`), `subject` names the
    post, the topic or the item of a digest, `body` is what the kind needs to be replayed: plain
    JSON.
    """
    row = {"at": at, "by": by, "kind": kind, "subject": subject, "body": dict(body)}
    return _insert(connection, row)


def undo(
    connection: Connection,
    number: int,
    *,
    at: datetime,
    by: str,
    body: Mapping[str, Any] | None = None,
) -> int:
    """Append that a correction is taken back, and return the number of that entry.

    The caller makes sure that `number` is in force.
    """
    kept = connection.execute(select(t.correction).where(t.correction.c.id == number)).one()
    row = {"at": at, "by": by, "kind": kept.kind, "subject": kept.subject, "body": dict(body or {})}
    return _insert(connection, {**row, "undoes": number})


def history(connection: Connection, kind: str | None = None) -> list[dict[str, Any]]:
    """Return every entry, oldest first: `id`, `at`, `by`, `kind`, `subject`, `body`, `undoes`."""
    query = select(t.correction).order_by(t.correction.c.id)
    if kind is not None:
        query = query.where(t.correction.c.kind == kind)
    return dicts(connection, query)


def in_force(
    connection: Connection, kind: str, *, by: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the corrections of a kind that nobody took back, oldest first; as it was `by` then."""
    entries = [e for e in history(connection, kind) if by is None or e["at"] <= by]
    undone = {entry["undoes"] for entry in entries}
    return [e for e in entries if e["undoes"] is None and e["id"] not in undone]


def told(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a topic's correction as an entry of the ledger; `run_id` is the caller's."""
    body = dict(entry["body"])
    action = "undo" if entry["undoes"] else body.pop("action")
    others = [name for part in OTHERS for name in _listed(body.pop(part, []))]
    detail = {"correction": entry["id"], **body}
    if entry["undoes"]:
        detail["undoes"] = entry["undoes"]
    for name in ("after", "topic"):
        detail.pop(name, None)
    return {
        "at": entry["at"], "event": action, "topic_id": entry["subject"], "others": others,
        "share": None, "detail": detail, "by": entry["by"],
    }  # fmt: skip


def words(body: Mapping[str, Any]) -> list[str]:
    """Return what a person typed into a topic's correction."""
    return [text for part in WORDS for text in _listed(body.get(part, []))]


def reword(connection: Connection, changed: Mapping[str, str]) -> None:
    """Put other words in the place of erased ones; examples that were erased are left out.

    The list is append-only but for this: erasing reaches everywhere.
    """
    for entry in history(connection, TOPIC):
        body = {
            name: [text for text in value if text not in changed]
            if isinstance(value, list)
            else changed.get(value, value)
            if isinstance(value, str)
            else value
            for name, value in entry["body"].items()
        }
        if body != entry["body"]:
            mine = t.correction.c.id == entry["id"]
            connection.execute(update(t.correction).where(mine).values(body=body))


def forget_reasons(connection: Connection, holds: Callable[[str], bool]) -> None:
    """Take the reasons out of feedback in which erased words stand, as `holds` says."""
    for entry in history(connection, FEEDBACK):
        if entry["body"].get("reason") and holds(entry["body"]["reason"]):
            mine = t.correction.c.id == entry["id"]
            body = {**entry["body"], "reason": ERASED}
            connection.execute(update(t.correction).where(mine).values(body=body))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _insert(connection: Connection, row: Mapping[str, Any]) -> int:
    return int(
        connection.execute(
            insert(t.correction).values(**row).returning(t.correction.c.id)
        ).scalar_one()
    )
