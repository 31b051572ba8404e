"""Asks sources again about posts that are stored: edits and deletions that no listing shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from insights.pipeline.engine import Engine, Source
from insights.pipeline.ingest import save_batch
from insights.pipeline.visit import Visit
from insights.store import checks, pulls, tombstones
from insights.store.posts import Tally

TOGETHER = 200
"""Posts that are asked for together, and again at most after a kill."""
HIDDEN = 0.1
"""The share of them that were deleted or hidden: a source may show one again."""
RECENTLY = timedelta(hours=12)
"""What a source told of this lately, in a pull or when it was asked, it is not asked again."""


def recheck(engine: Engine, source: Source, at: datetime) -> Tally:
    """Ask for the night's share of a source's posts, those not checked for the longest first.

    Edits and deletions are saved as those of a pull. Whatever goes wrong is written down and not
    raised: the pull has succeeded. After a kill it goes on with what was not asked yet.
    """
    visit = Visit(engine, source, at, pulls.RECHECK)
    with engine.database.write() as tx:
        row = visit.begin(tx)
        left = _share(source, checks.held(tx, source.name)) - row["asked"]
    tally = Tally()
    state, note, resume_at = "ok", "", None
    try:
        connector = source.make() if left > 0 else None
        while connector is not None and left > 0:
            with engine.database.read() as tx:
                ids = _due(tx, source.name, row["started_at"] - RECENTLY, min(left, TOGETHER))
            if not ids:
                break
            for batch in connector.recheck(ids):
                tally += save_batch(engine, source.name, batch, visit, asked=True)
            with engine.database.write() as tx:
                checks.mark(tx, source.name, ids, datetime.now(UTC))
                visit.count(tx, Tally(), asked=len(ids))
            left -= len(ids)
            engine.progress(f"recheck {source.name}", row["asked"], 0)
    except Exception as error:
        state, note, resume_at = visit.trouble(error)
    with engine.database.write() as tx:
        visit.end(tx, state, note, resume_at)
    return tally


def recheck_all(engine: Engine, pulled: Mapping[str, Tally | str], at: datetime) -> None:
    """Recheck the sources that were pulled to their end."""
    for source in engine.sources:
        if isinstance(pulled.get(source.name), Tally):
            recheck(engine, source, at)


def _share(source: Source, held: int) -> int:
    """Return how many posts are due this night: the budget, or more where the terms ask for it.

    Where posts must be confirmed within a time, each is asked for twice in it: a source may be
    out of reach for a while.
    """
    terms = source.terms
    days = terms.recheck_days or (terms.refresh_days and max(1, terms.refresh_days // 2))
    return max(source.options.recheck_posts, ceil(held / days) if days else 0)


def _due(tx: Any, source: str, before: datetime, limit: int) -> list[str]:
    hidden = tombstones.due(tx, source, before, int(limit * HIDDEN))
    return [*hidden, *checks.due(tx, source, before, limit - len(hidden))]
