"""Links between lasting findings and the issues of trackers, with what became of each issue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from insights.models import Post
from insights.store import tables as t
from insights.store.post_rows import post_of
from insights.store.rows import dicts


def add(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Keep a link; False if it is there already."""
    if _held(connection, row["subject"], row["url"]):
        return False
    empty = {"state": "unknown", "reason": "", "note": "", "verdict": None}
    connection.execute(insert(t.link).values({**empty, **row}))
    return True


def remove(connection: Connection, subject: str, url: str) -> bool:
    """Forget a link; False if there was none."""
    mine = (t.link.c.subject == subject) & (t.link.c.url == url)
    return bool(connection.execute(delete(t.link).where(mine)).rowcount)


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all links, in the order in which they were made."""
    return dicts(connection, select(t.link).order_by(t.link.c.at, t.link.c.subject, t.link.c.url))


def change(connection: Connection, subject: str, url: str, values: Mapping[str, Any]) -> None:
    """Write what is known of a link's issue now; another `url` says that the issue moved.

    Where the new address is linked already, the old one goes.
    """
    moved = values.get("url", url)
    if moved != url and _held(connection, subject, moved):
        remove(connection, subject, url)
        return
    mine = (t.link.c.subject == subject) & (t.link.c.url == url)
    connection.execute(update(t.link).where(mine).values(dict(values)))


def issues_at(connection: Connection, sources: Iterable[str], tail: str) -> list[Post]:
    """Return the posts of these sources whose address ends like `tail`."""
    query = select(t.post).where(
        t.post.c.source.in_(sorted(sources)), t.post.c.url.endswith(tail, autoescape=True)
    )
    return [post_of(row) for row in connection.execute(query).mappings()]


def _held(connection: Connection, subject: str, url: str) -> bool:
    mine = (t.link.c.subject == subject) & (t.link.c.url == url)
    return connection.execute(select(t.link.c.url).where(mine)).first() is not None
