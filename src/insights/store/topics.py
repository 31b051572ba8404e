"""Topics, their members and the ledger of what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, cast, func, insert, select, update

from insights.store import tables as t
from insights.store.rows import dicts, pieces, upsert


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all topics in order of birth."""
    return dicts(connection, select(t.topic).order_by(t.topic.c.number))


def exported(connection: Connection) -> list[dict[str, Any]]:
    """Return all topics with the posts and distinct people that belong to them."""
    author = func.coalesce(t.post.c.author, "post " + cast(t.post.c.id, String))
    members = (
        select(
            t.assignment.c.topic_id,
            func.count(t.post.c.id.distinct()).label("posts"),
            func.count(author.distinct()).label("people"),
        )
        .join(t.passage, t.passage.c.id == t.assignment.c.passage_id)
        .join(t.post, t.post.c.id == t.passage.c.post_id)
        .group_by(t.assignment.c.topic_id)
        .subquery()
    )
    posts, people = (func.coalesce(members.c[name], 0).label(name) for name in ("posts", "people"))
    query = (
        select(t.topic, posts, people)
        .outerjoin(members, members.c.topic_id == t.topic.c.id)
        .order_by(t.topic.c.number)
    )
    return dicts(connection, query)


def save(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write topics, new and changed ones alike; all rows carry the same columns."""
    upsert(connection, t.topic, rows)


def titles(connection: Connection) -> dict[str, str]:
    """Return every title of a topic or signal, with what can stand in its place: keywords."""
    rows = connection.execute(select(t.topic.c.id, t.topic.c.title, t.topic.c.keywords))
    plain = {row.title: ", ".join(row.keywords[:4]) or row.id for row in rows}
    for row in connection.execute(select(t.signal.c.id, t.signal.c.title)):
        plain.setdefault(row.title, f"{row.id} (its title was erased)")
    return plain


def retitle(connection: Connection, changed: Mapping[str, str]) -> None:
    """Put other titles in the place of these."""
    for table in (t.topic, t.signal):
        for old, new in changed.items():
            connection.execute(update(table).where(table.c.title == old).values(title=new))


def assign(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what topic a passage belongs to (None: the novelty pool), with its score 0..1.

    Passages that were erased or edited since they were read are left out.
    """
    here: set[int] = set()
    for piece in pieces(row["passage_id"] for row in rows):
        query = select(t.passage.c.id).where(t.passage.c.id.in_(piece))
        here.update(connection.execute(query).scalars())
    upsert(connection, t.assignment, [row for row in rows if row["passage_id"] in here])


def record(
    connection: Connection, run_id: str, at: datetime, events: Sequence[dict[str, Any]]
) -> None:
    """Append events to the ledger: `event`, `topic_id`, `others`, `share`, `detail`."""
    if events:
        connection.execute(
            insert(t.ledger), [{"run_id": run_id, "at": at, **event} for event in events]
        )


def history(connection: Connection, topic_id: str | None = None) -> list[dict[str, Any]]:
    """Return the ledger, oldest first; of one topic, also where it is among the others."""
    columns = t.ledger.c["run_id", "at", "event", "topic_id", "others", "share", "detail"]
    rows = dicts(connection, select(*columns).order_by(t.ledger.c.id))
    if topic_id is None:
        return rows
    return [row for row in rows if row["topic_id"] == topic_id or topic_id in row["others"]]
