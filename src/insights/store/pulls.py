"""What became of each pull: a row for a source, a night and a kind, with what it brought.

Kinds are `pull`, `recheck` (posts asked for again) and `purge` (what is kept no longer). States
are `running`, `ok`, `failed`, `waiting` (for a rate limit) and `interrupted`. A row with the state
`ok` covers the time from its `since_at` to its `at`: what was written then has come, as far as the
source showed it. A night without such a row is one that nothing is known of.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from insights.store import tables as t
from insights.store.rows import dicts

COUNTS = ("new", "changed", "same", "deleted", "skipped", "expired", "asked", "requests")
KINDS = PULL, RECHECK, PURGE = "pull", "recheck", "purge"


def begin(
    connection: Connection, source: str, at: datetime, kind: str, now: datetime
) -> dict[str, Any]:
    """Open the row of a night, or go on with it after a kill; return it."""
    c = t.pull.c
    others = (c.source == source) & (c.kind == kind) & (c.at != at)
    connection.execute(
        update(t.pull).where(others, c.state == "running").values(state="interrupted")
    )
    mine = (c.source == source) & (c.kind == kind) & (c.at == at)
    if connection.execute(update(t.pull).where(mine).values(state="running")).rowcount == 0:
        last = select(func.max(c.at)).where(others, c.state == "ok", c.at < at)
        connection.execute(
            insert(t.pull).values(
                source=source,
                at=at,
                kind=kind,
                state="running",
                started_at=now,
                since_at=connection.execute(last).scalar_one(),
            )
        )
    return dicts(connection, select(t.pull).where(mine))[0]


def add(
    connection: Connection, source: str, at: datetime, kind: str,
    *, written: list[datetime], waited_s: float, **counts: int,
) -> None:  # fmt: skip
    """Add what a batch brought: `written` are the times of its posts, `counts` are of COUNTS."""
    mine = (t.pull.c.source == source) & (t.pull.c.kind == kind) & (t.pull.c.at == at)
    row = connection.execute(select(t.pull).where(mine)).one()
    values: dict[str, Any] = {name: getattr(row, name) + more for name, more in counts.items()}
    values["waited_s"] = row.waited_s + waited_s
    if written:
        values["oldest_at"] = min([*written, row.oldest_at or written[0]])
        values["newest_at"] = max([*written, row.newest_at or written[0]])
    connection.execute(update(t.pull).where(mine).values(values))


def end(
    connection: Connection, source: str, at: datetime, kind: str, now: datetime,
    *, state: str, note: str = "", resume_at: datetime | None = None,
) -> None:  # fmt: skip
    """Say how it ended."""
    mine = (t.pull.c.source == source) & (t.pull.c.kind == kind) & (t.pull.c.at == at)
    values = {"state": state, "note": note, "resume_at": resume_at, "ended_at": now}
    connection.execute(update(t.pull).where(mine).values(values))


def between(
    connection: Connection, start: datetime, end: datetime, source: str | None = None
) -> list[dict[str, Any]]:
    """Return the rows of the nights after `start`, up to and with `end`, oldest first."""
    c = t.pull.c
    query = select(t.pull).where(c.at > start, c.at <= end).order_by(c.at, c.source, c.kind)
    return dicts(connection, query if source is None else query.where(c.source == source))


def latest(connection: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the last row of each source and kind."""
    c = t.pull.c
    last = select(c.source, c.kind, func.max(c.at).label("at")).group_by(c.source, c.kind)
    newest = last.subquery().c
    same = (c.source == newest.source) & (c.kind == newest.kind) & (c.at == newest.at)
    rows = dicts(connection, select(t.pull).where(same))
    return {(row["source"], row["kind"]): row for row in rows}


def last_success(connection: Connection, until: datetime) -> dict[str, datetime]:
    """Return the last night up to `until` on which each source was read to its end."""
    c = t.pull.c
    query = (
        select(c.source, func.max(c.at).label("at"))
        .where(c.kind == PULL, c.state == "ok", c.at <= until)
        .group_by(c.source)
    )
    return {row.source: row.at for row in connection.execute(query)}
