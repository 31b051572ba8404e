"""The pages of digests: the latest, all of them, and each in every format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from insights.digest import figures, sections
from insights.digest.content import Digest, Item
from insights.digest.render import digest_schema, render
from insights.store import digests, topics
from insights.web import floor
from insights.web.shell import Site, page, table, write

MEDIA = {
    "mail": "text/html",
    "md": "text/markdown",
    "json": "application/json",
    "txt": "text/plain",
    "atom": "application/atom+xml",
    "slack": "application/json",
    "issue": "text/markdown",
    "brief": "application/json",
    "subject": "text/plain",
}
"""What a digest can be read as beside its page, and of what type that is."""
DOCUMENTS = {"mail": "html"}
"""What a format is called among documents, where that is another name."""
COLUMNS = (
    "id", "run_id", "as_of", "headline", "period", "people", "posts", "decisions",
)  # fmt: skip
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""A mail brings its styles along: this alone of all pages may have them inline."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Links:
    """Where the numbers of a digest lead to on this site; None where they lead nowhere."""

    digest: Digest
    topics: frozenset[str]
    proven: bool

    def claim(self, *path: str) -> str | None:
        """Return the page of the posts behind a number, if its evidence was kept."""
        return figures.claim_url(self.digest, *path) if self.proven else None

    def feedback(self, item: Item) -> str | None:
        """Return the page on which people say whether an item was useful."""
        return figures.feedback_url(self.digest, item)

    def topic(self, item: Item) -> str | None:
        """Return the page of the topic of an item."""
        return f"/topics/{item.topic_id}.html" if item.topic_id in self.topics else None


def add_digests(app: FastAPI, site: Site) -> None:
    """Show the latest digest at /, the archive, each in every format, and the latest as a feed."""

    def archive() -> list[dict[str, Any]]:
        with site.database.read() as tx:
            return [
                {
                    **row,
                    "headline": digest.headline,
                    "period": figures.stretch(digest.period),
                    "people": digest.people,
                    "posts": digest.posts,
                    "decisions": len(digest.decisions),
                }
                for row in digests.every(tx)
                for digest in [Digest.model_validate(digests.get(tx, row["id"]))]
            ]

    @app.get("/", response_class=HTMLResponse)
    def latest() -> Response:
        with site.database.read() as tx:
            known = digests.every(tx)
        if not known:
            return page("digests.html", here="/", rows=())
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

    @app.get("/digests.html", response_class=HTMLResponse)
    def show_digests() -> Response:
        return page("digests.html", here="/digests.html", rows=archive())

    @app.get("/digests.json")
    def list_digests() -> list[dict[str, Any]]:
        return archive()

    @app.get("/digests.csv")
    def digests_table() -> Response:
        return table(archive(), COLUMNS)

    @app.get("/digests/{name}.{form}")
    def show_digest(name: str, form: str) -> Response:
        with site.database.read() as tx:
            content = digests.get(tx, name)
            named = floor.topics(topics.exported(tx), site.min_people) if form == "html" else ()
            newest = digests.every(tx)[:1]
            proven = digests.evidence(tx, name) is not None
        if content is None or form not in ("html", *MEDIA):
            raise HTTPException(404, "no such digest")
        if form == "html":
            ids = frozenset(str(row["id"]) for row in named)
            here = "/" if newest[0]["id"] == name else None
            return HTMLResponse(shown(Digest.model_validate(content), ids, here, proven=proven))
        return _document(content, form)


def shown(
    digest: Digest, topics: frozenset[str], here: str | None = None, *, proven: bool = False
) -> str:
    """Return the page of a digest; titles lead to those of `topics`.

    Where it is `proven`, numbers lead to the posts behind them.
    """
    ends = [digest.as_of - back * WEEK for back in range(7, -1, -1)]
    return write(
        "digest.html",
        here=here,
        digest=digest,
        links=Links(digest.model_copy(update={"pages": ""}), topics, proven),
        anchors=sections.anchors(digest),
        weeks=[f"{end - timedelta(days=1):%-d %b}" for end in ends],
    )


def _document(content: dict[str, Any], form: str) -> Response:
    document = render(Digest.model_validate(content))[DOCUMENTS.get(form, form)]
    headers = {"Content-Security-Policy": MAIL_POLICY} if form == "mail" else None
    return Response(document, media_type=f"{MEDIA[form]}; charset=utf-8", headers=headers)
