"""Nothing can be asked of the site but what stands here: what is new has to be let in."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Route

from insights.store import Database
from insights.web.app import create_app

READER, SENDER = "whoever reaches the site", "who signs with the secret of the source"
JUDGE = "who was given the token of the form by the page before"
ALLOWED: dict[str, dict[str, str]] = {
    "/": {"GET": READER},
    "/digests.html": {"GET": READER},
    "/digests.json": {"GET": READER},
    "/digests.csv": {"GET": READER},
    "/digests/{name}.{form}": {"GET": READER},
    "/digests/{name}/claims.json": {"GET": READER},
    "/digests/{name}/claims/{path:path}": {"GET": READER},
    "/insights.atom": {"GET": READER},
    "/digest.schema.json": {"GET": READER},
    "/feedback/{digest_id}/{item_id}": {"GET": READER, "POST": JUDGE},
    "/community.html": {"GET": READER},
    "/community.json": {"GET": READER},
    "/topics.html": {"GET": READER},
    "/topics.json": {"GET": READER},
    "/topics.csv": {"GET": READER},
    "/topics/{topic_id}.html": {"GET": READER},
    "/topics/{topic_id}.json": {"GET": READER},
    "/areas.json": {"GET": READER},
    "/signals.html": {"GET": READER},
    "/signals.json": {"GET": READER},
    "/signals.csv": {"GET": READER},
    "/sources.html": {"GET": READER},
    "/health.json": {"GET": READER},
    "/health.csv": {"GET": READER},
    "/pulls.json": {"GET": READER},
    "/static/insights.css": {"GET": READER},
    "/openapi.json": {"GET": READER},
    "/ingest/{source}": {"POST": SENDER},
}
"""By path: who may use which method. Whoever may GET may ask for the HEAD of it."""


def test_every_route_is_one_that_was_allowed() -> None:
    """A route without a row, or with a method more, fails; so does a row without a route."""
    database = Database("sqlite://")
    app = create_app(
        database, min_people=3, receivers={"hook": object()}, save=lambda source, batch: None
    )  # type: ignore[dict-item, arg-type, return-value] # neither is called
    found: dict[str, set[str]] = {}
    for route in app.routes:
        assert isinstance(route, APIRoute | Route), f"{route} is let in by no row"
        found.setdefault(route.path, set()).update(route.methods or ())
    heads = {path: {"HEAD"} for path, methods in ALLOWED.items() if "GET" in methods}
    assert found == {path: {*by, *heads.get(path, ())} for path, by in ALLOWED.items()}


@pytest.mark.parametrize("path", [
    "/", "/digests.html", "/digests.csv", "/topics.json", "/static/insights.css", "/openapi.json",
    "/digests/D-1.html", "/topics/T1.json", "/ingest/forum", "/feedback/D-1/problem-T1",
])  # fmt: skip
def test_head_answers_as_get_does(database: Database, path: str) -> None:
    """What checks a link asks for its HEAD; the server leaves out the text."""
    site = TestClient(create_app(database, min_people=3))
    head, got = site.head(path), site.get(path)
    assert head.status_code == got.status_code
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


def test_heads_are_no_operations_of_their_own(database: Database) -> None:
    """The description of the site names each page once."""
    described = create_app(database, min_people=3).openapi()["paths"]
    assert {method for each in described.values() for method in each} == {"get", "post"}


def test_reading_changes_nothing() -> None:
    """Whoever only reaches the site can only read."""
    readers = {method for who in ALLOWED.values() for method, by in who.items() if by == READER}
    assert readers == {"GET"}


@pytest.mark.parametrize("path", [
    "/%00", "/digests/a%00.html", "/digests/a%00/claims.json", "/digests/a%00/claims/people",
    "/topics/%00.json", "/feedback/%00/%00", "/pulls.json?source=%00",
])  # fmt: skip
def test_a_nul_names_nothing(database: Database, path: str) -> None:
    """PostgreSQL refuses to look for one; the site says that there is no such page."""
    site = TestClient(create_app(database, min_people=3))
    assert site.get(path).status_code == 404
