"""Every number of a digest opens a page with the posts behind it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import update

from insights.digest import figures
from insights.digest.content import Digest
from insights.digest.moves import items
from insights.pipeline.engine import Engine
from insights.store import digests, tables
from insights.web.app import create_app

NIGHT = "D-20260331-020000"
ROOM = f"/digests/{NIGHT}/claims"


@pytest.fixture
def client(lived: Engine) -> TestClient:
    return TestClient(create_app(lived.database, min_people=3))


def test_a_page_shows_the_posts_behind_a_number(client: TestClient, lived: Engine) -> None:
    """Each with its time, its source, its id and its words, as text."""
    words = "Since <b>the</b> update </blockquote><script>x</script> the compass spins"
    with lived.database.write() as tx:
        mine = tables.post.c.native_id == "9200"
        tx.execute(update(tables.post).where(mine).values(text=words, url="javascript:alert(1)"))
    read = LexborHTMLParser(client.get(f"{ROOM}/items/emerging-S1/people").text)
    assert "people" in read.css_first("h1").text()
    articles = read.css("article")
    assert len(articles) >= 10
    mine = next(a for a in articles if "forum:9200" in a.text())
    assert "<b>the</b> update </blockquote><script>" in mine.css_first("blockquote").text()
    assert not mine.css("script")
    assert not mine.css("a")
    assert mine.css_first("time").attributes["datetime"].startswith("2026-03-29")
    assert "it holds" in read.text()


def test_every_number_has_its_page(client: TestClient) -> None:
    """Where nobody may be shown, it says so and shows nobody."""
    stated = client.get(f"/digests/{NIGHT}/claims.json").json()
    assert len(stated) > 100
    for claim in stated[:: max(1, len(stated) // 60)]:
        answer = client.get(f"{ROOM}/{claim['path']}")
        assert answer.status_code in (200, 403), claim["path"]
        assert (answer.status_code == 403) == ("<article" not in answer.text), claim["path"]


def test_nothing_of_what_is_watched_is_named(client: TestClient) -> None:
    watched = client.get(f"{ROOM}/watched_people")
    assert watched.status_code == 403
    assert "<article" not in watched.text
    told = {c["path"]: c for c in client.get(f"/digests/{NIGHT}/claims.json").json()}
    assert "of" not in told["watched"]["query"]


def test_a_floor_of_the_site_that_is_higher_holds(lived: Engine) -> None:
    strict = TestClient(create_app(lived.database, min_people=1000))
    assert strict.get(f"{ROOM}/items/emerging-S1/people").status_code == 403


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get(f"{ROOM}/items/none/people").status_code == 404
    assert client.get("/digests/D-1/claims/people").status_code == 404
    assert client.get("/digests/D-1/claims.json").status_code == 404


def test_numbers_link_to_their_pages_where_readers_reach_pages(
    client: TestClient, lived: Engine
) -> None:
    """A path is quoted as an address needs it; without pages there are no links."""
    with lived.database.read() as tx:
        digest = Digest.model_validate(digests.get(tx, NIGHT))
    assert figures.claim_url(digest, "people") is None
    digest = digest.model_copy(update={"pages": "https://pages.example"})
    item = next(iter(items(digest)))
    url = figures.claim_url(digest, "items", item.id, "people")
    assert url == f"https://pages.example{ROOM}/items/{item.id}/people"
    assert client.get(url.removeprefix("https://pages.example")).status_code == 200
    odd = figures.claim_url(digest, "sources", "a forum?", "posts")
    assert odd.endswith("/sources/a%20forum%3F/posts")
