"""Serves digests as pages, and digests, topics and signals as JSON; GET never changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.middleware.trustedhost import TrustedHostMiddleware

from insights.store import Database
from insights.web.claims import add_claims
from insights.web.data import add_data
from insights.web.digests import add_digests
from insights.web.intake import Receiver, Save, add_intake
from insights.web.shell import Site
from insights.web.topics import add_topics

HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
ROOMS = (add_claims, add_digests, add_topics, add_data)
"""What adds its pages to the application: one more room is one more name here."""


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

    site = Site(database=database, min_people=min_people)
    for add in ROOMS:
        add(app, site)
    if receivers and save:
        add_intake(app, database, receivers, save)
    return app
