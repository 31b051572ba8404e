"""What all pages share: their frame, how foreign text is written, and what the site is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from insights.digest import escape, figures, moving, palette, sections, vital
from insights.pulse.options import Roles
from insights.store import Database

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

LONGEST = 160
"""Characters of a foreign text that is one line of a page."""
NAV = (
    ("/", "Latest digest"),
    ("/digests.html", "Digests"),
    ("/topics.html", "Topics"),
    ("/signals.html", "Signals"),
    ("/community.html", "Community"),
    ("/sources.html", "Sources"),
)
"""What the head of every page leads to: one more page is one more line here."""
STYLES = Path(__file__).parent / "static" / "insights.css"


@dataclass(frozen=True, kw_only=True)
class Site:
    """What pages are made from: topics of fewer than `min_people` are not named.

    `key` signs forms; `base_url` is where readers reach the site, where that is known.
    `period_days` are those of digests; `roles` tells who is staff, and who must not be listed.
    """

    database: Database
    min_people: int
    key: bytes = field(repr=False)
    base_url: str | None = None
    period_days: float = 7.0
    roles: Roles = field(default_factory=Roles)


def page(name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Answer with a template of `web/templates`; foreign text in it passes the filter `told`.

    `here` is the address of the page as `NAV` has it, if it is there.
    """
    return HTMLResponse(write(name, **values), status_code=status)


def write(name: str, **values: Any) -> str:
    """Return a page as text."""
    return _environment().get_template(name).render({"here": None, **values})


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> Response:
    """Answer with rows as CSV; no cell can be taken for a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    names = list(columns)
    writer.writerow(names)
    writer.writerows([escape.cell(row.get(name)) for name in names] for row in rows)
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8")


def add_styles(app: FastAPI, site: Site) -> None:
    """Serve the style sheet: the colours of digests as tokens, and what is made of them."""
    sheet = f"{palette.tokens()}\n{STYLES.read_text(encoding='utf-8')}"

    @app.get("/static/insights.css")
    def styles() -> Response:
        return Response(sheet, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@lru_cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("insights.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def told(text: str, longest: int = LONGEST) -> Markup:
        return Markup(escape.html(escape.clip(text, longest)))  # noqa: S704 - escaped here

    environment.filters.update(told=told, link=escape.link)
    environment.globals.update(
        figures=figures, moving=moving, sections=sections, vital=vital, tones=palette.TONES, nav=NAV
    )
    return environment
