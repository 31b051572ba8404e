"""Runs, and the lease that lets one run at a time: a new holder fences off the old one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from insights.errors import StoreError
from insights.store import tables as t
from insights.store.rows import dicts, upsert

LEASE = timedelta(minutes=5)
PROLONGED = timedelta(seconds=10)
"""What a write must add to a lease to be worth writing it down."""
STUCK = timedelta(hours=6)
NIGHT = "night"
NOBODY = "nobody"


def run_id(as_of: datetime) -> str:
    """Name the run of a night: one night, one run, however often it is started."""
    return as_of.astimezone(UTC).strftime("run-%Y%m%dT%H%M%SZ")


def start(
    connection: Connection, as_of: datetime, settings: dict[str, Any], versions: dict[str, str]
) -> str:
    """Begin the run of `as_of`, or go on with it; return its id."""
    name = run_id(as_of)
    found = connection.execute(select(t.run.c.id).where(t.run.c.id == name)).first()
    if found is None:
        connection.execute(
            insert(t.run).values(
                id=name,
                as_of=as_of,
                status="running",
                started_at=datetime.now(UTC),
                steps=[],
                counts={},
                settings=settings,
                versions=versions,
            )
        )
    else:
        connection.execute(
            update(t.run)
            .where(t.run.c.id == name)
            .values(status="running", settings=settings, versions=versions)
        )
    return name


def done(connection: Connection, name: str, step: str, counts: dict[str, Any]) -> None:
    """Record a finished step and what it counted, in the step's own transaction."""
    row = connection.execute(select(t.run.c.steps, t.run.c.counts).where(t.run.c.id == name)).one()
    steps = [*(s for s in row.steps if s != step), step]
    values = {"steps": steps, "counts": {**row.counts, **counts}}
    connection.execute(update(t.run).where(t.run.c.id == name).values(values))


def add_late(connection: Connection, name: str, late: Mapping[str, Any]) -> None:
    """Add to what a run met late: `posts` of each source, written from day `first` to `last`."""
    if not late:
        return
    counts = connection.execute(select(t.run.c.counts).where(t.run.c.id == name)).scalar_one()
    met = {source: dict(before) for source, before in counts.get("late", {}).items()}
    for source, more in late.items():
        before = met.get(source, {"posts": 0, "first": more["first"], "last": more["last"]})
        met[source] = {
            "posts": before["posts"] + more["posts"],
            "first": min(before["first"], more["first"]),
            "last": max(before["last"], more["last"]),
        }
    values = {"counts": {**counts, "late": met}}
    connection.execute(update(t.run).where(t.run.c.id == name).values(values))


def late(connection: Connection, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return what the runs after `start`, up to and with `end`, met late, by source."""
    c = t.run.c
    query = select(c.counts).where(c.as_of > start, c.as_of <= end).order_by(c.as_of)
    rows = connection.execute(query).scalars()
    return [counts["late"] for counts in rows if "late" in counts]


def abandon_older(connection: Connection, as_of: datetime) -> None:
    """Give up runs of earlier nights that never ended: this one takes over what they left."""
    older = (t.run.c.status == "running") & (t.run.c.as_of < as_of)
    connection.execute(update(t.run).where(older).values(status="abandoned"))


def finish(connection: Connection, name: str) -> None:
    """Record that every step of the run is done."""
    connection.execute(
        update(t.run)
        .where(t.run.c.id == name)
        .values(status="finished", finished_at=datetime.now(UTC))
    )


def last(connection: Connection, *, before: datetime | None = None) -> dict[str, Any] | None:
    """Return the latest run (by `as_of`) that finished, or None."""
    query = select(t.run).where(t.run.c.status == "finished").order_by(t.run.c.as_of.desc())
    if before is not None:
        query = query.where(t.run.c.as_of < before)
    rows = dicts(connection, query.limit(1))
    return rows[0] if rows else None


def latest(connection: Connection, *, after: datetime) -> datetime | None:
    """Return the `as_of` of the latest run after a time that did something, or None."""
    c = t.run.c
    query = select(c.as_of, c.steps).where(c.as_of > after).order_by(c.as_of.desc())
    return next((row.as_of for row in connection.execute(query) if row.steps), None)


def looked_before(connection: Connection, as_of: datetime) -> tuple[datetime, datetime] | None:
    """Return `as_of` and `started_at` of the last run before a time that looked for topics."""
    c = t.run.c
    query = select(c.as_of, c.started_at, c.steps).where(c.as_of < as_of).order_by(c.as_of.desc())
    rows = connection.execute(query)
    return next(((r.as_of, r.started_at) for r in rows if "discover" in r.steps), None)


def fineness(connection: Connection, encoder: str) -> dict[str, Any] | None:
    """Return how fine topics were cut by the last run that made them anew with an encoder."""
    c = t.run.c
    query = select(c.counts, c.versions).order_by(c.as_of.desc())
    for row in connection.execute(query):
        if "fineness" in row.counts:
            same = row.versions.get("encoder") == encoder
            return dict(row.counts["fineness"]) if same else None
    return None


def get(connection: Connection, name: str) -> dict[str, Any]:
    """Return one run."""
    return dicts(connection, select(t.run).where(t.run.c.id == name))[0]


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all runs, oldest first."""
    return dicts(connection, select(t.run).order_by(t.run.c.as_of))


def take_lease(connection: Connection, holder: str, *, alive: Callable[[str], bool | None]) -> int:
    """Take the lease of the archive, or raise StoreError naming its holder; return its token.

    `alive` says of a holder whether it is at work, or None if that cannot be known from here. A
    holder that is not, or that let the lease run out, is fenced off: what it still tries to write
    is refused by `hold_lease`.
    """
    now = datetime.now(UTC)
    row = connection.execute(select(t.lease).where(t.lease.c.name == NIGHT)).first()
    # Whoever is at work here is asked, not the clock: a long step must not lose its lease to a
    # short command. A holder that is stopped, stuck or on another machine loses it in time.
    at_work = alive(row.holder) if row is not None else False
    patience = STUCK if at_work else timedelta(0)
    if row is not None and at_work is not False and row.until + patience > now:
        raise StoreError(
            f"another run is working on this database ({row.holder}, until "
            f"{row.until:%H:%M:%S} UTC); wait for it, or try again then if it has died"
        )
    token = 1 if row is None else row.token + 1
    upsert(
        connection,
        t.lease,
        [{"name": NIGHT, "holder": holder, "token": token, "until": now + LEASE}],
    )
    return token


def hold_lease(connection: Connection, token: int) -> None:
    """Prolong the lease inside a step's transaction; a holder that lost it writes nothing."""
    row = connection.execute(select(t.lease).where(t.lease.c.name == NIGHT)).first()
    if row is None or row.token != token:
        raise StoreError("this run was taken over by another one; it stops without writing more")
    until = datetime.now(UTC) + LEASE
    if until - row.until >= PROLONGED:
        connection.execute(update(t.lease).where(t.lease.c.name == NIGHT).values(until=until))


def release_lease(connection: Connection, token: int) -> None:
    """Let the next run start at once."""
    now = datetime.now(UTC)
    connection.execute(
        update(t.lease)
        .where(t.lease.c.name == NIGHT, t.lease.c.token == token)
        .values(until=now, holder=NOBODY)
    )
