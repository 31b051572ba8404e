"""The health of sources as a page, JSON and CSV, and their pulls as JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from insights.store import health as healths
from insights.store import pulls
from insights.web.shell import Site, page, table

MOST_DAYS = 3650
HEALTH = (
    "name", "connector", "state", "note", "posts", "newest_at", "newest_lag_s", "last_attempt_at",
    "last_success_at", "success_lag_s", "resume_at",
)  # fmt: skip


def add_data(app: FastAPI, site: Site) -> None:
    """Say how sources are doing."""

    def rows() -> list[dict[str, Any]]:
        with site.database.read() as tx:
            return healths.of_sources(tx, datetime.now(UTC))

    @app.get("/sources.html", response_class=HTMLResponse)
    def show_sources() -> Response:
        return page("sources.html", here="/sources.html", rows=rows())

    @app.get("/health.json")
    def health() -> list[dict[str, Any]]:
        return rows()

    @app.get("/health.csv")
    def health_table() -> Response:
        return table(rows(), HEALTH)

    @app.get("/pulls.json")
    def list_pulls(source: str | None = None, days: int = 30) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        since = now - timedelta(days=min(max(days, 0), MOST_DAYS))
        with site.database.read() as tx:
            return pulls.between(tx, since, now, source)
