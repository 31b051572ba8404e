"""What is known of accounts: their plan, revenue and the like, under their keyed hash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from insights.store import tables as t
from insights.store.rows import pieces, upsert

Known = Mapping[str, str]


def save(connection: Connection, known: Mapping[str, Known], at: datetime) -> None:
    """Note what accounts are, by author key; an empty value forgets what was noted."""
    rows = [
        {"author": author, "name": name, "value": value, "at": at}
        for author, values in known.items()
        for name, value in values.items()
    ]
    upsert(connection, t.segment, [row for row in rows if row["value"]])
    for row in rows:
        if not row["value"]:
            held = t.segment.c
            mine = (held.author == row["author"]) & (held.name == row["name"])
            connection.execute(delete(t.segment).where(mine))


def forget(connection: Connection, authors: Iterable[str]) -> int:
    """Forget all that is known of accounts; return how many notes there were."""
    gone = 0
    for piece in pieces(dict.fromkeys(authors)):
        gone += connection.execute(delete(t.segment).where(t.segment.c.author.in_(piece))).rowcount
    return gone


def count(connection: Connection) -> int:
    """Count the accounts of which something is known."""
    return int(connection.execute(select(func.count(t.segment.c.author.distinct()))).scalar_one())


def of_posts(
    connection: Connection, names: Sequence[str], start: datetime, end: datetime
) -> dict[str, dict[str, str]]:
    """Return what posts of a period say of their authors, by post; what is known of accounts wins.

    `names` are the attributes to look for.
    """
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(_query(names, start, end)).mappings():
        values = {name: row[f"said {name}"] for name in names if row[f"said {name}"]}
        if values:
            found[f"{row['source']}:{row['native_id']}"] = {n: str(v) for n, v in values.items()}
    stated = (
        select(*t.post.c["source", "native_id"], *t.segment.c["name", "value"])
        .join(t.segment, t.segment.c.author == t.post.c.author)
        .where(t.post.c.created_at >= start, t.post.c.created_at < end)
        .where(t.segment.c.name.in_(names))
    )
    for row in connection.execute(stated).mappings():
        found.setdefault(f"{row['source']}:{row['native_id']}", {})[row["name"]] = row["value"]
    return found


def _query(names: Sequence[str], start: datetime, end: datetime) -> Any:
    p = t.post.c
    columns: list[Any] = [p.source, p.native_id]
    columns += [p.attributes[name].as_string().label(f"said {name}") for name in names]
    return select(*columns).where(p.created_at >= start, p.created_at < end)
