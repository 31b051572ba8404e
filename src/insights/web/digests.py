"""The pages of digests."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from insights.digest.content import Digest
from insights.digest.render import digest_schema, render
from insights.store import digests
from insights.web.shell import Site

MEDIA = {
    "html": "text/html",
    "md": "text/markdown",
    "json": "application/json",
    "txt": "text/plain",
    "atom": "application/atom+xml",
    "slack": "application/json",
    "issue": "text/markdown",
    "brief": "application/json",
    "subject": "text/plain",
}


def add_digests(app: FastAPI, site: Site) -> None:
    """Show the latest digest at /, each in every format, and the latest insights as a feed."""

    @app.get("/", response_class=HTMLResponse)
    def latest() -> Response:
        with site.database.read() as tx:
            known = digests.every(tx)
        if not known:
            return HTMLResponse("<p>There is no digest yet. Make one with: insights run</p>")
        return RedirectResponse(f"/digests/{known[0]['id']}.html")

    @app.get("/insights.atom")
    def feed() -> Response:
        with site.database.read() as tx:
            known = digests.every(tx)
            content = digests.get(tx, known[0]["id"]) if known else None
        if content is None:
            raise HTTPException(404, "there is no digest yet")
        return _document(content, "atom")

    @app.get("/digest.schema.json")
    def schema() -> dict[str, Any]:
        return digest_schema()

    @app.get("/digests.json")
    def list_digests() -> list[dict[str, Any]]:
        with site.database.read() as tx:
            return digests.every(tx)

    @app.get("/digests/{name}.{form}")
    def show_digest(name: str, form: str) -> Response:
        with site.database.read() as tx:
            content = digests.get(tx, name)
        if content is None or form not in MEDIA:
            raise HTTPException(404, "no such digest")
        return _document(content, form)


def _document(content: dict[str, Any], form: str) -> Response:
    document = render(Digest.model_validate(content))[form]
    return Response(document, media_type=f"{MEDIA[form]}; charset=utf-8")
