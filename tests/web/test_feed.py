"""Feed readers and programs find the latest insights and the schema where they look for them."""

from __future__ import annotations

from datetime import UTC, datetime

import feedparser
import pytest
from fastapi.testclient import TestClient

from insights.digest.render import FORMATS, digest_schema
from insights.pipeline.engine import Engine
from insights.store import digests
from insights.web.app import create_app
from tests.digest import example


@pytest.fixture
def client(engine: Engine) -> TestClient:
    return TestClient(create_app(engine.database, min_people=3))


def keep(engine: Engine, digest) -> None:
    with engine.database.write() as tx:
        digests.save(
            tx, digest.id, f"run-{digest.id}", digest.as_of, digest.model_dump(mode="json")
        )


def test_the_feed_is_that_of_the_latest_digest(client: TestClient, engine: Engine):
    """As the digests come, under one address."""
    assert client.get("/insights.atom").status_code == 404
    keep(engine, example.quiet(id="D-1", as_of=datetime(2026, 7, 6, 4, tzinfo=UTC)))
    keep(engine, example.full())
    answer = client.get("/insights.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert feed.entries[0].title == example.full().decisions[0].title


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_digest_can_be_looked_at_in_every_format(client: TestClient, engine: Engine, form: str):
    """What a channel would get is seen before it goes there."""
    keep(engine, example.small())
    answer = client.get(f"/digests/{example.small().id}.{form}")
    assert answer.status_code == 200 and answer.content


def test_the_schema_is_served(client: TestClient):
    """The one that is published."""
    assert client.get("/digest.schema.json").json() == digest_schema()
