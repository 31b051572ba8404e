"""The site: every page answers without JavaScript, every list has its twins, the floor holds."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser

from insights.digest import palette
from insights.store import Database
from insights.web.app import create_app
from insights.web.digests import shown
from insights.web.signals import life
from tests.digest import example, hostile
from tests.pipeline import village

PAGES = ("/", "/digests.html", "/topics.html", "/signals.html", "/community.html", "/sources.html")


def read(site: TestClient, path: str) -> LexborHTMLParser:
    reply = site.get(path)
    assert reply.status_code == 200, path
    return LexborHTMLParser(reply.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_title_headings_in_order_and_no_script(site, path: str) -> None:
    """And a language, a way past the navigation, and pictures that are described."""
    page = read(site, path)
    assert page.css_first("html").attributes["lang"] == "en"
    levels = [int(node.tag[1]) for node in page.css("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert not page.css("script, iframe, object, style, [onclick]")
    assert page.css_first("a.skip").attributes["href"] == "#content"
    for picture in page.css("svg"):
        assert "aria-hidden" in picture.attributes or picture.attributes.get("aria-label")


@pytest.mark.parametrize("path", PAGES[1:])
def test_every_page_of_the_head_is_marked_there(site, path: str) -> None:
    """So that whoever is on it knows."""
    here = read(site, path).css("nav [aria-current]")
    assert [link.attributes["href"] for link in here] == [path]


def test_only_a_mail_has_styles_inline(site) -> None:
    """What slipped into a page could not even change how it looks."""
    digest = "/digests/D-20260331-020000"
    item = site.get(f"{digest}.json").json()["decisions"][0]["id"]
    feedback = f"/feedback/D-20260331-020000/{item}"
    for path in (*PAGES, f"{digest}/claims/people", "/topics/T1.html", feedback):
        policy = site.get(path).headers["Content-Security-Policy"]
        assert "style-src 'self';" in policy, path
        assert not read(site, path).css("style, [style]"), path
    policy = site.get(f"{digest}.mail").headers["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'unsafe-inline';" in policy


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_archive_says_why_it_is_empty(path: str, tmp_path) -> None:
    """And what fills it."""
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    database.migrate()
    page = read(TestClient(create_app(database, min_people=3)), path)
    assert " yet" in page.css_first("main").text()
    database.close()


def test_the_page_of_a_digest_shows_what_a_mail_folds(site) -> None:
    """All items with all quotes, their anchors, and weeks with dates."""
    page = read(site, "/digests/2026-07-13.html")
    full = example.full()
    sections = (full.decisions, full.problems, full.requests, full.slow_burners, full.praise,
                full.questions)  # fmt: skip
    items = [item for section in sections for item in section]
    assert len(page.css("li.item")) == len(items)
    assert len(page.css("li.item[id^='i-']")) == len(items)
    assert len(page.css(".quote q")) == sum(len(item.quotes) for item in items)
    assert page.css_first("li.item svg text").text() != ""
    assert "12 Jul" in page.css_first("li.item svg").text()


def test_each_list_has_twins_that_say_the_same(site) -> None:
    """JSON and CSV of topics, signals, digests and sources have equal rows."""
    for name in ("topics", "signals", "digests", "health"):
        data = site.get(f"/{name}.json").json()
        rows = list(csv.DictReader(io.StringIO(site.get(f"/{name}.csv").text)))
        assert len(rows) == len(data), name
        key = "name" if name == "health" else "id"
        assert [row[key] for row in rows] == [row[key] for row in data]


def test_no_list_names_what_is_below_the_floor(app, site) -> None:
    """Neither a page nor JSON nor CSV, nor its own address."""
    every = site.get("/topics.json").json()
    assert every
    people = sorted(row["people"] for row in every)
    floor = people[len(people) // 2] + 1
    below = [row for row in every if row["people"] < floor]
    database = app.state.site.database
    strict = TestClient(create_app(database, min_people=floor))
    for path in ("/topics.html", "/topics.json", "/topics.csv", "/areas.json"):
        text = strict.get(path).text
        assert not [row["title"] for row in below if row["title"] in text], path
    assert strict.get(f"/topics/{below[0]['id']}.html").status_code == 404
    assert strict.get(f"/topics/{below[0]['id']}.json").status_code == 404
    assert all(row["people"] >= floor for row in strict.get("/signals.json").json())


def test_the_page_of_a_topic_quotes_word_for_word(site) -> None:
    """Different people, from posts that exist; with its weeks and its past."""
    largest = max(site.get("/topics.json").json(), key=lambda row: row["people"])
    told = site.get(f"/topics/{largest['id']}.json").json()
    said = {record[2].get("text", "") for record in village.records()}
    assert len(told["quotes"]) >= 3
    assert all(any(quote["text"] in text for text in said) for quote in told["quotes"])
    assert sum(told["weeks"]) >= largest["people"] > 0
    page = read(site, f"/topics/{largest['id']}.html")
    assert page.css_first("svg").attributes["aria-label"].startswith("People a week: ")
    assert "born" in page.css_first("ul.changes").text()


def test_foreign_text_stays_text_on_the_page_of_a_digest() -> None:
    """The strings of attackers in every field make no element and no link."""
    usual = LexborHTMLParser(shown(example.full(), frozenset()))
    hurt = hostile.told(example.full(), lambda: '"><script>x</script><img src=y onerror=z>\u202e')
    page = LexborHTMLParser(shown(hurt, frozenset()))
    assert not page.css("script, img, [onerror]")
    assert "\u202e" not in page.html
    assert {node.tag for node in page.css("*")} == {node.tag for node in usual.css("*")}
    for link in page.css("a"):
        assert link.attributes["href"].startswith(("/", "#", "https://", "http://"))


def test_styles_are_our_own_small_and_hold_every_colour(site) -> None:
    """One sheet of ours, with both modes; pages need nothing else."""
    sheet = site.get("/static/insights.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert len(sheet.content) < 20_000
    for colour in palette.COLOURS.values():
        assert colour.light in sheet.text
        assert colour.dark in sheet.text
    assert "url(" not in sheet.text


def test_a_life_is_drawn_from_raised_over_peak_to_last() -> None:
    """Left to right, the peak at the top; a signal of one night is one point."""
    at = example.AS_OF
    signal = {"raised_at": at, "observed": 4.0, "peak_at": at + timedelta(days=2), "peak": 8.0,
              "last_at": at + timedelta(days=4), "latest": 2.0}  # fmt: skip
    (x0, y0), (x1, y1), (x2, y2) = life(signal)
    assert x0 < x1 < x2
    assert y1 < y0 < y2
    once = {**signal, "peak_at": at, "last_at": at, "peak": 4.0, "latest": 4.0}
    assert len(life(once)) == 1
