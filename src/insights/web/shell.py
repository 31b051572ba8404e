"""What all pages share: their frame, how foreign text is written, and what the site is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse

from insights.digest import escape, figures
from insights.pulse.options import Roles
from insights.store import Database

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

LONGEST = 160
"""Characters of a foreign text that is one line of a page."""


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
    """Answer with a template of `web/templates`; foreign text in it passes the filter `told`."""
    return HTMLResponse(write(name, **values), status_code=status)


def write(name: str, **values: Any) -> str:
    """Return a page as text."""
    return _environment().get_template(name).render(values)


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
    environment.globals.update(figures=figures)
    return environment
