"""Areas, and which topics are part of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from insights.store import tables as t
from insights.store.rows import dicts, upsert


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all areas in order of birth."""
    return dicts(connection, select(t.area).order_by(t.area.c.number))


def save(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write areas, new and changed ones alike; all rows carry the same columns."""
    upsert(connection, t.area, rows)


def drop_keywords(connection: Connection, words: Set[str]) -> dict[str, str]:
    """Drop these keywords of areas; return the titles that held one, with what stands there now."""
    changed: dict[str, str] = {}
    for row in every(connection):
        kept = [word for word in row["keywords"] if word not in words]
        title = row["title"]
        if words & set(title.split(", ")):
            title = ", ".join(word for word in title.split(", ") if word not in words) or row["id"]
        if (kept, title) != (row["keywords"], row["title"]):
            changed[row["title"]] = title
            mine = update(t.area).where(t.area.c.id == row["id"])
            connection.execute(mine.values(keywords=kept, title=title))
    return {old: new for old, new in changed.items() if old != new}


def parents(connection: Connection) -> dict[str, str | None]:
    """Return the area of every topic."""
    query = select(t.topic.c.id, t.topic.c.parent_id)
    return {row.id: row.parent_id for row in connection.execute(query)}


def adopt(connection: Connection, parents: Mapping[str, str | None]) -> None:
    """Write of which area a topic is a part."""
    statement = update(t.topic).where(t.topic.c.id == bindparam("topic"))
    rows = [{"topic": topic, "area": area} for topic, area in parents.items()]
    if rows:
        connection.execute(statement.values(parent_id=bindparam("area")), rows)
