"""How each source is doing: where it stands, how far behind it is, what its last pull came to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from insights.store import posts, pulls, sources


def of_sources(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Return all sources by name, as `sources.every` does, with what is known of their health.

    `newest_lag_s` and `success_lag_s` are seconds since the newest post was written and since the
    source was last read to its end. `last_pull`, `last_recheck` and `last_purge` are rows of the
    table of pulls or None. `skip_reasons` counts by reason what the last pull could not read.
    """
    last = pulls.latest(connection)
    found = []
    for row in sources.every(connection):
        kinds = {f"last_{k}": last.get((row["name"], k)) for k in pulls.KINDS}
        pull = kinds[f"last_{pulls.PULL}"]
        since = pull["started_at"] if pull else None
        found.append(
            {
                **row,
                "newest_lag_s": _seconds(now, row["newest_at"]),
                "success_lag_s": _seconds(now, row["last_success_at"]),
                "skip_reasons": posts.skip_reasons(connection, row["name"], since) if since else {},
                **kinds,
            }
        )
    return found


def _seconds(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else round((now - then).total_seconds(), 1)
