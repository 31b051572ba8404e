"""Serves digests as pages, and digests, topics and signals as JSON; GET never changes anything."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.routing import APIRoute

from insights.pulse.options import Roles
from insights.store import Database
from insights.web.claims import add_claims
from insights.web.community import add_community
from insights.web.data import add_data
from insights.web.digests import add_digests
from insights.web.feedback import add_feedback
from insights.web.intake import Receiver, Save, add_intake
from insights.web.shell import Site, add_styles
from insights.web.signals import add_signals
from insights.web.topics import add_topics

HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
ROOMS = (
    add_styles, add_claims, add_digests, add_topics, add_signals, add_data, add_feedback,
    add_community,
)  # fmt: skip
"""What adds its pages to the application: one more room is one more name here."""


def create_app(
    database: Database,
    *,
    min_people: int,
    key: bytes | None = None,
    base_url: str | None = None,
    period_days: float = 7.0,
    roles: Roles | None = None,
    receivers: Mapping[str, Receiver] | None = None,
    save: Save | None = None,
) -> FastAPI:
    """Make the application over one database; topics of fewer than `min_people` are not named.

    `key` signs forms, which without one are good until the application ends; `base_url` is where
    readers reach the pages: its host is answered, too. `period_days` are those of digests, `roles`
    tells who is staff. What is sent to `receivers`, by source, goes to `save`; without them
    nothing can be sent.
    """
    app = FastAPI(title="Community insights", docs_url=None, redoc_url=None)
    # A page elsewhere must not be able to read this one through a name that it makes resolve here.
    known = urlsplit(base_url or "").hostname
    hosts = [*HOSTS, known] if known else HOSTS
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)

    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Response:
        response: Response
        # PostgreSQL refuses to look for a NUL; nothing here has a name with one.
        if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
            response = Response("there is no such page", 404, media_type="text/plain")
        else:
            response = await call_next(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Forms say where they come from to ourselves, and nothing says it to others.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    site = Site(
        database=database,
        min_people=min_people,
        key=key or secrets.token_bytes(32),
        base_url=base_url,
        period_days=period_days,
        roles=roles or Roles(),
    )
    app.state.site = site
    for add in ROOMS:
        add(app, site)
    if receivers and save:
        add_intake(app, database, receivers, save)
    _answer_heads(app)
    return app


def _answer_heads(app: FastAPI) -> None:
    """Let HEAD be asked wherever GET can be: FastAPI's routes do not by themselves."""
    for route in list(app.routes):
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            app.add_api_route(
                route.path,
                route.endpoint,
                methods=["HEAD"],
                response_class=route.response_class,
                include_in_schema=False,
            )
