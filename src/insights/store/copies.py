"""Which passages repeat which: marks that copies share, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select

from insights.store import tables as t
from insights.store.rows import pieces, upsert

LOOKED_AT = 8
"""The earliest passages under one mark that are compared: a template has thousands."""


@dataclass(frozen=True, slots=True)
class Said:
    """A passage and where it was said."""

    id: int
    key: int
    position: int
    text: str
    normal_hash: str
    author: str | None
    source: str
    native_id: str
    space: str | None
    thread_id: str | None
    created_at: datetime

    @property
    def order(self) -> tuple[Any, ...]:
        """What comes first in time; ties are broken by what never changes."""
        return self.created_at, self.source, self.native_id, self.position


@dataclass(frozen=True, slots=True)
class Copy:
    """A passage that repeats an earlier one: how alike they are (0..1; 1 is the same words)."""

    passage_id: int
    original_id: int | None
    likeness: float
    elsewhere: bool


def of_posts(connection: Connection, keys: Iterable[int]) -> list[Said]:
    """Return the passages of posts."""
    return _said(connection, t.passage.c.post_id, keys)


def by_id(connection: Connection, ids: Iterable[int]) -> dict[int, Said]:
    """Return passages by their ids."""
    return {said.id: said for said in _said(connection, t.passage.c.id, ids)}


def save_marks(connection: Connection, said: Sequence[Said], marks: Sequence[list[int]]) -> None:
    """Keep the marks of passages, in place of those that they had."""
    for piece in pieces(one.id for one in said):
        connection.execute(delete(t.mark).where(t.mark.c.passage_id.in_(piece)))
    rows = [
        {"value": value, "at": int(one.created_at.timestamp()), "passage_id": one.id}
        for one, mine in zip(said, marks, strict=True)
        for value in set(mine)
    ]
    if rows:
        connection.execute(insert(t.mark), rows)


def sharing(connection: Connection, ids: Iterable[int]) -> dict[int, set[int]]:
    """Return for each of these passages the earliest others that share a mark with it."""
    mine: dict[int, list[int]] = {}
    for piece in pieces(ids):
        query = select(t.mark.c.value, t.mark.c.passage_id).where(t.mark.c.passage_id.in_(piece))
        for value, passage_id in connection.execute(query):
            mine.setdefault(value, []).append(passage_id)
    found: dict[int, set[int]] = {}
    c = t.mark.c
    place = func.row_number().over(partition_by=c.value, order_by=(c.at, c.passage_id))
    for piece in pieces(mine):
        ranked = select(c.value, c.passage_id, place.label("place")).where(c.value.in_(piece))
        first = ranked.subquery().c
        query = select(first.value, first.passage_id).where(first.place <= LOOKED_AT)
        for value, other in connection.execute(query):
            for passage_id in mine[value]:
                if passage_id != other:
                    found.setdefault(passage_id, set()).add(other)
    return found


def later(connection: Connection, ids: Iterable[int]) -> set[int]:
    """Return passages said later that share a mark with one of these and repeat nothing yet."""
    mine, other = t.mark.alias(), t.mark.alias()
    place = func.row_number().over(
        partition_by=(mine.c.value, mine.c.passage_id), order_by=(other.c.at, other.c.passage_id)
    )
    found: set[int] = set()
    for piece in pieces(ids):
        after = and_(
            other.c.value == mine.c.value,
            other.c.passage_id != mine.c.passage_id,
            other.c.at >= mine.c.at,
        )
        ranked = (
            select(other.c.passage_id, place.label("place"))
            .select_from(mine.join(other, after))
            .outerjoin(t.copy, t.copy.c.passage_id == other.c.passage_id)
            .where(mine.c.passage_id.in_(piece), t.copy.c.passage_id.is_(None))
        ).subquery().c  # fmt: skip
        query = select(ranked.passage_id).where(ranked.place <= LOOKED_AT).distinct()
        found.update(connection.execute(query).scalars())
    return found


def last_marked(connection: Connection) -> int:
    """Return when the latest marked passage was said, in seconds since 1970; 0 if none is."""
    return connection.execute(select(func.max(t.mark.c.at))).scalar_one() or 0


def bereft(connection: Connection, limit: int) -> list[int]:
    """Return copies whose original was edited, deleted or made anew."""
    query = select(t.copy.c.passage_id).where(t.copy.c.original_id.is_(None))
    return list(connection.execute(query.order_by(t.copy.c.passage_id).limit(limit)).scalars())


def held(connection: Connection, ids: Iterable[int]) -> dict[int, Copy]:
    """Return what was decided about these passages; those that repeat nothing are left out."""
    found = {}
    for piece in pieces(ids):
        for row in connection.execute(select(t.copy).where(t.copy.c.passage_id.in_(piece))):
            found[row.passage_id] = Copy(*row)
    return found


def save(connection: Connection, decided: Mapping[int, Copy | None]) -> None:
    """Keep what was decided about passages; None means that one repeats nothing."""
    for piece in pieces(key for key, copy in decided.items() if copy is None):
        connection.execute(delete(t.copy).where(t.copy.c.passage_id.in_(piece)))
    rows = [
        {"passage_id": c.passage_id, "original_id": c.original_id, "likeness": c.likeness,
         "elsewhere": c.elsewhere}
        for c in decided.values() if c is not None
    ]  # fmt: skip
    upsert(connection, t.copy, rows)


def _said(connection: Connection, column: Any, keys: Iterable[int]) -> list[Said]:
    p = t.post.c
    query = select(
        *t.passage.c["id", "post_id", "position", "text", "normal_hash"],
        *p["author", "source", "native_id", "space", "thread_id", "created_at"],
    ).join(t.post, p.id == t.passage.c.post_id)
    rows: list[Any] = []
    for piece in pieces(keys):
        rows += connection.execute(query.where(column.in_(piece))).all()
    return [Said(*values) for values in map(tuple, rows)]
