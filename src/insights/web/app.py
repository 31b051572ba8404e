"""Serves digests as pages, and digests, topics and signals as JSON; GET never changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import HTMLResponse, RedirectResponse

from insights.digest.content import Digest
from insights.digest.render import render
from insights.store import Database, areas, digests, pulls, signals, topics
from insights.store import health as healths
from insights.web import overview
from insights.web.intake import Receiver, Save, add_intake

HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'"
MOST_DAYS = 3650
MEDIA = {
    "html": "text/html",
    "md": "text/markdown",
    "json": "application/json",
    "txt": "text/plain",
}


def create_app(
    database: Database,
    *,
    min_people: int,
    receivers: Mapping[str, Receiver] | None = None,
    save: Save | None = None,
) -> FastAPI:
    """Make the application over one database; topics of fewer than `min_people` are not named.

    What is sent to `receivers`, by source, goes to `save`; without them nothing can be sent.
    """
    app = FastAPI(title="Community insights", docs_url=None, redoc_url=None)
    # A page elsewhere must not be able to read this one through a name that it makes resolve here.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)

    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.get("/", response_class=HTMLResponse)
    def latest() -> Response:
        with database.read() as tx:
            known = digests.every(tx)
        if not known:
            return HTMLResponse("<p>There is no digest yet. Make one with: insights run</p>")
        return RedirectResponse(f"/digests/{known[0]['id']}.html")

    @app.get("/digests.json")
    def list_digests() -> list[dict[str, Any]]:
        with database.read() as tx:
            return digests.every(tx)

    @app.get("/digests/{name}.{form}")
    def show_digest(name: str, form: str) -> Response:
        with database.read() as tx:
            content = digests.get(tx, name)
        if content is None or form not in MEDIA:
            raise HTTPException(404, "no such digest")
        document = render(Digest.model_validate(content))[form]
        return Response(document, media_type=f"{MEDIA[form]}; charset=utf-8")

    @app.get("/topics.html", response_class=HTMLResponse)
    def show_topics() -> str:
        with database.read() as tx:
            return overview.page(topics.exported(tx), areas.every(tx), floor=min_people)

    @app.get("/topics.json")
    def list_topics() -> list[dict[str, Any]]:
        with database.read() as tx:
            return topics.exported(tx)

    @app.get("/areas.json")
    def list_areas() -> list[dict[str, Any]]:
        with database.read() as tx:
            return areas.every(tx)

    @app.get("/signals.json")
    def list_signals() -> list[dict[str, Any]]:
        with database.read() as tx:
            return signals.every(tx)

    @app.get("/health.json")
    def health() -> list[dict[str, Any]]:
        with database.read() as tx:
            return healths.of_sources(tx, datetime.now(UTC))

    @app.get("/pulls.json")
    def list_pulls(source: str | None = None, days: int = 30) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        since = now - timedelta(days=min(max(days, 0), MOST_DAYS))
        with database.read() as tx:
            return pulls.between(tx, since, now, source)

    if receivers and save:
        add_intake(app, database, receivers, save)
    return app
