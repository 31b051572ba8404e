"""Purges what is kept no longer: posts older than their source keeps them, or lost sight of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from insights.pipeline.engine import Engine, Source
from insights.pipeline.erase import purge
from insights.pipeline.lease import Lease
from insights.pipeline.visit import Visit
from insights.store import checks, pulls
from insights.store.posts import Tally

BATCH = 500


def purge_expired(engine: Engine, lease: Lease, at: datetime) -> int:
    """Purge posts as a tombstone does, without leaving one; return how many.

    Age is held against the night, `at`; when a source last confirmed a post, against the clock.
    """
    return sum(_purge(engine, lease, source, at) for source in engine.sources)


def _purge(engine: Engine, lease: Lease, source: Source, at: datetime) -> int:
    visit = Visit(engine, source, at, pulls.PURGE)
    refresh = source.terms.refresh_days
    seen = datetime.now(UTC) - timedelta(days=refresh) if refresh else None
    count = 0
    while visit.oldest or seen:
        with engine.database.read() as tx:
            due = checks.expired(tx, source.name, written=visit.oldest, seen=seen, limit=BATCH)
        if not due:
            break
        with lease.write() as tx:
            visit.begin(tx)
            removed = purge(tx, source.name, due, expired=True)
            visit.count(tx, Tally(deleted=removed))
            visit.end(tx, "ok")
        count += removed
        engine.progress(f"purge {source.name}", count, 0)
    return count
