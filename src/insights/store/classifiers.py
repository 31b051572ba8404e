"""Trained classifiers by name, with the figures that a better one has to beat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from insights.store import tables as t
from insights.store.rows import upsert


def save(connection: Connection, name: str, body: bytes, figures: dict[str, Any]) -> None:
    """Keep a trained classifier under its name."""
    row = {"name": name, "body": body, "figures": figures, "trained_at": datetime.now(UTC)}
    upsert(connection, t.classifier, [row])


def get(connection: Connection, name: str) -> tuple[bytes, dict[str, Any]] | None:
    """Return a classifier and its figures, or None."""
    row = connection.execute(select(t.classifier).where(t.classifier.c.name == name)).first()
    return None if row is None else (row.body, row.figures)


def names(connection: Connection) -> list[str]:
    """Return the names of all trained classifiers."""
    query = select(t.classifier.c.name).order_by(t.classifier.c.name)
    return list(connection.execute(query).scalars())
