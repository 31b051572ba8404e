"""What platforms say about posts beyond their words, such as the plan of their author."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from insights.store import tables as t


def having(connection: Connection, wanted: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the posts that have one of the wanted values of every attribute."""
    c = t.post.c
    rows = connection.execute(select(c.source, c.native_id, c.attributes))
    return {
        f"{row.source}:{row.native_id}"
        for row in rows
        if all(row.attributes.get(name) in values for name, values in wanted.items())
    }
