"""The page of the community's health says what to do, and names nobody below the floor."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from insights.store import Database, runs, topics
from insights.web.app import create_app
from tests.digest.hostile import OWN
from tests.pulse.town import NIGHT, asks, settle, weeks


class Seen(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def archive() -> Iterator[Database]:
    database = Database("sqlite:///:memory:")
    database.migrate()
    yield database
    database.close()


def client(archive: Database, *, floor: int = 3) -> TestClient:
    return TestClient(create_app(archive, min_people=floor))


def as_of_the_night(archive: Database) -> None:
    with archive.write() as tx:
        runs.finish(tx, runs.start(tx, NIGHT, {}, {}))


def test_the_page_is_of_the_last_run_and_every_figure_says_what_to_do(archive: Database) -> None:
    settle(archive, weeks(16, people=200))
    as_of_the_night(archive)
    page = client(archive, floor=1).get("/community.html").text
    found = client(archive, floor=1).get("/community.json").json()
    assert "29 Jun – 5 Jul 2026" in page
    known = [each for each in found["figures"] if each["value"] is not None]
    assert len(known) >= 8
    for each in known:
        assert each["title"] in page and each["advice"].replace("'", "&#39;") in page
    assert "nobody is known as staff" in page


def test_an_empty_archive_has_a_page(archive: Database) -> None:
    """It says what is not known, instead of zeros."""
    answer = client(archive).get("/community.html")
    assert answer.status_code == 200 and "What is not known" in answer.text


def test_a_hostile_topic_stays_text(archive: Database) -> None:
    said = [asks(f"w{n}", 5.0 - n / 10, f"w-{n}") for n in range(6)]
    settle(archive, [*weeks(16), *said])
    as_of_the_night(archive)
    title = " ".join(OWN)[:140]
    with archive.write() as tx:
        topics.save(tx, [
            {"id": "T1", "number": 1, "title": title, "keywords": [], "parent_id": None,
             "status": "active", "born_at": NIGHT, "run_id": "r", "size": 9, "merged_into": None},
        ])  # fmt: skip
        from sqlalchemy import text

        keys = [row[0] for row in tx.execute(text("SELECT id FROM passage"))]
        topics.assign(
            tx, [{"passage_id": k, "topic_id": "T1", "score": 1.0, "run_id": "r"} for k in keys]
        )
    page = Seen(client(archive).get("/community.html").text)
    assert "T1" in page.words
    assert {"script", "img", "svg", "iframe"}.isdisjoint(page.tags)
    assert client(archive).get("/community.json").json()["waiting"][0]["topic_id"] == "T1"


def test_helpers_stand_only_where_they_may(archive: Database) -> None:
    """Pseudonyms are cut short, and below the floor there are none."""
    settle(archive, weeks(16, people=200))
    as_of_the_night(archive)
    named = client(archive).get("/community.json").json()["helpers"]
    assert named and all(helper["people"] >= 3 for helper in named)
    assert client(archive, floor=500).get("/community.json").json()["helpers"] == []
