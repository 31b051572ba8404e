"""What a language model worded, by the evidence it was shown: asked once, and known as such."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from insights.store import tables as t
from insights.store.rows import dicts, upsert


def get(connection: Connection, key: str) -> dict[str, Any] | None:
    """Return the wording for the evidence and model that `key` names, or None."""
    row = connection.execute(select(t.wording).where(t.wording.c.key == key)).mappings().first()
    return dict(row) if row else None


def save(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a wording; `refused` says why its title is not used, and is empty if it is."""
    upsert(connection, t.wording, [dict(row)])


def in_use(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return, by topic, the latest wordings whose title the topic bears."""
    query = (
        select(t.wording)
        .join(t.topic, (t.topic.c.id == t.wording.c.topic_id) & (t.topic.c.title != ""))
        .where(t.wording.c.title == t.topic.c.title, t.wording.c.refused == "")
        .order_by(t.wording.c.made_at, t.wording.c.key)
    )
    return {row["topic_id"]: row for row in dicts(connection, query)}


def asked_about(connection: Connection) -> set[str]:
    """Return the topics about which a model was asked and answered, well or not."""
    return set(connection.execute(select(t.wording.c.topic_id).distinct()).scalars())


def withdraw(connection: Connection, post_ids: Collection[str]) -> set[str]:
    """Forget what was worded from these posts; return the titles that must go with it."""
    gone = set(post_ids)
    found = [row for row in dicts(connection, select(t.wording)) if gone & set(row["post_ids"])]
    for row in found:
        connection.execute(delete(t.wording).where(t.wording.c.key == row["key"]))
    return {row["title"] for row in found if row["title"]}
