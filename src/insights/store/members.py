"""What the page of a topic shows: who spoke of it when, and the newest that counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, String, cast, func, select

from insights.store import tables as t
from insights.store.rows import dicts

NOISE = 0.5
"""From this score of any kind of noise on, a passage is not counted."""


def of_topic(connection: Connection, topic_id: str) -> list[dict[str, Any]]:
    """Return the passages of a topic that count, oldest first.

    Each with `post_id`, `created_at`, `person` (accounts of one person alike), `source`, `text`.
    """
    p = t.post.c
    alone = "post " + cast(p.id, String)
    query = (
        select(
            (p.source + ":" + p.native_id).label("post_id"),
            p.created_at,
            p.source,
            func.coalesce(t.account.c.person, p.author, alone).label("person"),
            t.passage.c.text,
            t.passage.c.noise,
        )
        .join(t.passage, t.passage.c.post_id == p.id)
        .join(t.assignment, t.assignment.c.passage_id == t.passage.c.id)
        .outerjoin(t.account, t.account.c.author == p.author)
        .where(t.assignment.c.topic_id == topic_id)
        .order_by(p.created_at, p.source, p.native_id, t.passage.c.position)
    )
    rows = dicts(connection, query)
    return [row for row in rows if all(score < NOISE for score in row["noise"].values())]
