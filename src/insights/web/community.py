"""The page of how the community is doing, as of the last run, and the same as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from insights.digest.content import Period
from insights.pulse.look import look
from insights.store import runs
from insights.web.shell import Site, page


def add_community(app: FastAPI, site: Site) -> None:
    """Show the health of the community at /community.html and /community.json."""

    @app.get("/community.html")
    def show() -> HTMLResponse:
        return page("community.html", here="/community.html", **_measured(site))

    @app.get("/community.json")
    def tell() -> dict[str, Any]:
        found = _measured(site)
        return {
            "period": found["period"].model_dump(mode="json"),
            "min_people": site.min_people,
            **found["pulse"].model_dump(mode="json"),
            "helpers": [helper.model_dump(mode="json") for helper in found["helpers"]],
        }


def _measured(site: Site) -> dict[str, Any]:
    with site.database.read() as tx:
        last = runs.last(tx)
        as_of = last["as_of"] if last else datetime.now(UTC)
        period, found, helpers = look(
            tx, as_of, period_days=site.period_days, min_people=site.min_people, roles=site.roles
        )
    return {
        "period": Period(start=period[0], end=period[1]),
        "pulse": found,
        "helpers": helpers,
        "floor": site.min_people,
    }
