"""Where passages lie on the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from insights.store import tables as t
from insights.store.rows import dicts, pieces, upsert


def every(connection: Connection, model: str) -> list[dict[str, Any]]:
    """Return the places that were made from the vectors of `model`, by passage.

    `fitted` tells those that shaped the layout from those that were let in later.
    """
    query = select(t.place).where(t.place.c.model == model).order_by(t.place.c.passage_id)
    return dicts(connection, query)


def save(connection: Connection, model: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write `passage_id`, `x`, `y`, `fitted`; other models' places and erased passages go."""
    connection.execute(delete(t.place).where(t.place.c.model != model))
    here: set[int] = set()
    for piece in pieces(row["passage_id"] for row in rows):
        query = select(t.passage.c.id).where(t.passage.c.id.in_(piece))
        here.update(connection.execute(query).scalars())
    kept = [{**row, "model": model} for row in rows if row["passage_id"] in here]
    upsert(connection, t.place, kept)
