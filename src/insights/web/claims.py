"""The page of the posts behind a number: each with its date, its source, a link and its words."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse

from insights.digest import behind
from insights.digest.behind import WATCHED, shown
from insights.digest.claims import of
from insights.digest.content import Digest
from insights.digest.query import Claim, Evidence
from insights.digest.recount import Archive, evaluate
from insights.proof import archive
from insights.store import digests, memberships, posts, topics
from insights.web.shell import Site, page

A_PAGE = 50


def add_claims(app: FastAPI, site: Site) -> None:
    """Let every number of a digest be opened."""

    @app.get("/digests/{name}/claims.json")
    def list_claims(name: str) -> list[dict[str, Any]]:
        digest, about, _ = _held(site, name)
        return [_told(claim) for claim in of(digest, about)]

    @app.get("/digests/{name}/claims/{path:path}", response_class=HTMLResponse)
    def show_claim(name: str, path: str, start: int = 0) -> HTMLResponse:
        digest, about, archive = _held(site, name)
        claim = next((claim for claim in of(digest, about) if claim.path == path), None)
        if claim is None:
            raise HTTPException(404, "this digest states no such number")
        return _page(site, digest, claim, archive, max(0, start))


def _told(claim: Claim) -> dict[str, Any]:
    """Return a claim for programs: it names posts once an item, those below the floor never."""
    data = claim.model_dump(mode="json", exclude_defaults=True)
    if claim.path in WATCHED:
        data["query"].pop("of", None)
    elif not claim.path.endswith("/people"):
        for scope in data["query"].get("of", ()):
            scope.pop("posts", None)
    return data


def _held(site: Site, name: str) -> tuple[Digest, Evidence, Archive]:
    """Return a digest, what it is about and what the store holds of it; 404 without evidence."""
    with site.database.read() as tx:
        known = digests.evidence(tx, name)
        if known is None:
            raise HTTPException(404, "no such digest, or its evidence was not kept")
        digest, about = Digest.model_validate(digests.get(tx, name)), Evidence(**known[0])
        floor = max(digest.min_people, site.min_people)
        held = archive(tx, digest, about, site.roles, known_by=known[1], min_people=floor)
    return digest, about, held


def _page(site: Site, digest: Digest, claim: Claim, archive: Archive, start: int) -> HTMLResponse:
    with site.database.read() as tx:
        found = shown(claim, archive, topics.dismissed(tx))
        rows = found.rows[start : start + A_PAGE]
        words = memberships.verbatim(tx, rows)
        known = posts.by_id(tx, {row.post for row in rows})
    told = [
        {"row": row, "words": words.get((row.post, row.position)), "url": known[row.post].url}
        for row in rows
    ]
    status = 403 if found.refused else 200
    return page(
        "claim.html",
        status=status,
        digest=digest,
        claim=claim,
        behind=behind,
        counted=evaluate(claim.query, archive),
        found=found,
        told=told,
        posts=len({row.post for row in found.rows}),
        start=start,
        more=start + A_PAGE if start + A_PAGE < len(found.rows) else None,
    )
