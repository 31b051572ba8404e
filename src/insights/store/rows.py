"""How the store's modules ask: rows come as dictionaries, long lists go in pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
PIECE = 900  # SQLite allowed 999 variables in a statement for most of its life


def dicts(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    """Run a query and return its rows as dictionaries."""
    return [dict(row) for row in connection.execute(query).mappings()]


def pieces(values: Iterable[T], size: int = PIECE) -> Iterator[list[T]]:
    """Cut an iterable into lists of at most `size`."""
    iterator = iter(values)
    while piece := list(islice(iterator, size)):
        yield piece


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or overwrite the given columns of those whose primary key is there."""
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement: Any = make(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changed)
        if changed
        else statement.on_conflict_do_nothing(index_elements=keys),
        list(rows),
    )


def hash_text(*parts: str) -> str:
    """Return 32 hexadecimal digits that name a text."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
