"""Releases: which version came out when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select

from insights.models import Release
from insights.store import tables as t
from insights.store.rows import dicts, upsert


def save(connection: Connection, source: str, releases: Iterable[Release]) -> None:
    """Write the releases of a source; one that is known by its version is overwritten."""
    upsert(connection, t.release, [{**asdict(r), "source": source} for r in releases])


def every(connection: Connection, until: datetime | None = None) -> list[Release]:
    """Return the releases that came out before `until`, oldest first."""
    query = select(t.release).order_by(
        t.release.c.released_at, t.release.c.source, t.release.c.version
    )
    if until is not None:
        query = query.where(t.release.c.released_at < until)
    return [Release(**row) for row in dicts(connection, query)]
