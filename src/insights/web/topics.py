"""The pages of topics and areas."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from insights.store import areas, topics
from insights.web import overview
from insights.web.shell import Site


def add_topics(app: FastAPI, site: Site) -> None:
    """Show topics by area, and both as JSON."""

    @app.get("/topics.html", response_class=HTMLResponse)
    def show_topics() -> str:
        with site.database.read() as tx:
            return overview.page(topics.exported(tx), areas.every(tx), floor=site.min_people)

    @app.get("/topics.json")
    def list_topics() -> list[dict[str, Any]]:
        with site.database.read() as tx:
            return topics.exported(tx)

    @app.get("/areas.json")
    def list_areas() -> list[dict[str, Any]]:
        with site.database.read() as tx:
            return areas.every(tx)
