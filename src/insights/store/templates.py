"""Lines of templates that were recognised, a source; of each line only its fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from insights.store import tables as t

_MULTI_LINE = t.post.c.text.like("%\n%\n%")


def known(connection: Connection) -> dict[str, set[str]]:
    """Return the fingerprints of template lines, by source."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(*t.template_line.c["source", "line"])):
        found.setdefault(row.source, set()).add(row.line)
    return found


def add(connection: Connection, source: str, lines: Iterable[str]) -> None:
    """Remember more lines of a source; its posts of several lines are to be prepared again."""
    rows = [{"source": source, "line": line} for line in sorted(lines)]
    if rows:
        connection.execute(insert(t.template_line), rows)
        of_source = (t.post.c.source == source) & _MULTI_LINE
        connection.execute(update(t.post).where(of_source).values(prepared=0))


def waiting(connection: Connection, version: int) -> dict[str, int]:
    """Count the posts of several lines that this version of prepare has not seen, by source."""
    query = (
        select(t.post.c.source, func.count().label("posts"))
        .where(t.post.c.prepared != version, _MULTI_LINE)
        .group_by(t.post.c.source)
        .order_by(t.post.c.source)
    )
    return {row.source: row.posts for row in connection.execute(query)}


def windows(
    connection: Connection, source: str, size: int, read: int
) -> Iterator[Sequence[Row[Any]]]:
    """Yield (space, author, text, markup) of a source's posts of several lines, the latest first.

    They come in windows of `size`, `read` characters of each text at most, so that memory does
    not grow with the archive.
    """
    query: Select[Any] = (
        select(
            *t.post.c["space", "author"],
            func.substr(t.post.c.text, 1, read).label("text"),
            t.post.c.markup,
        )
        .where(t.post.c.source == source, _MULTI_LINE)
        .order_by(t.post.c.created_at.desc(), t.post.c.native_id.desc())
    )
    yield from connection.execution_options(yield_per=size).execute(query).partitions(size)
