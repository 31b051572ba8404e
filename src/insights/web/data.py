"""Signals and the health of sources, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI

from insights.store import health as healths
from insights.store import pulls, signals
from insights.web.shell import Site

MOST_DAYS = 3650


def add_data(app: FastAPI, site: Site) -> None:
    """Answer programs."""

    @app.get("/signals.json")
    def list_signals() -> list[dict[str, Any]]:
        with site.database.read() as tx:
            return signals.every(tx)

    @app.get("/health.json")
    def health() -> list[dict[str, Any]]:
        with site.database.read() as tx:
            return healths.of_sources(tx, datetime.now(UTC))

    @app.get("/pulls.json")
    def list_pulls(source: str | None = None, days: int = 30) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        since = now - timedelta(days=min(max(days, 0), MOST_DAYS))
        with site.database.read() as tx:
            return pulls.between(tx, since, now, source)
