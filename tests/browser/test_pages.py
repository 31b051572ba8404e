"""Pages in Chromium: nothing sticks out, nothing is refused, and every link leads somewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from insights.digest import palette
from tests.browser.chromium import Browser, chromium
from tests.pipeline.conftest import two_nights
from tests.web.conftest import app

__all__ = ["app", "two_nights"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

START = (
    "/",
    "/digests/2026-07-13.mail",
    "/digests/D-20260331-020000.html",
    "/digests.html",
    "/topics.html",
    "/signals.html",
    "/community.html",
    "/sources.html",
)
OVERFLOW = "return document.documentElement.scrollWidth - window.innerWidth"
LINKS = "return [...document.querySelectorAll('a[href], link[href]')].map(e => e.href)"
ANCHORS = "return [...document.querySelectorAll('[id]')].map(e => e.id)"
HEADINGS = "return [...document.querySelectorAll('h1, h2, h3, h4, h5')].map(e => +e.tagName[1])"
CONTRASTS = """
const seen = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const hex = colour => '#' + colour.match(/[0-9.]+/g).slice(0, 3)
  .map(part => Number(part).toString(16).padStart(2, '0')).join('');
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  const own = text.parentElement;
  if (!text.data.trim() || !own.checkVisibility() || own.closest('svg, title')) continue;
  let ground = own;
  while (ground && getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)')
    ground = ground.parentElement;
  if (ground) seen.add(hex(getComputedStyle(own).color) + ' '
    + hex(getComputedStyle(ground).backgroundColor));
}
return [...seen]"""


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """Where the site is served, on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def paths(address: str) -> tuple[str, ...]:
    """The pages of the site: those of the navigation, and a topic."""
    topics = httpx.get(f"{address}/topics.json").json()
    return (*START, f"/topics/{topics[0]['id']}.html")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_are_readable_and_break_no_rule(
    browser: Browser, address: str, paths: tuple[str, ...], width: int, dark: bool
) -> None:
    """No page is wider than the window, and all text that is seen has a contrast of 4.5 or more."""
    for path in paths:
        browser.open(address + path, width=width, dark=dark)
        assert browser.run(OVERFLOW) <= 0, path
        assert [said for said in browser.complaints() if "favicon" not in said] == [], path
        pairs = [pair.split() for pair in browser.run(CONTRASTS)]
        assert pairs, path
        poor = [pair for pair in pairs if palette.contrast(*pair) < 4.5]
        assert poor == [], path


def test_headings_are_in_order(browser: Browser, address: str, paths: tuple[str, ...]) -> None:
    """One title, and no level left out."""
    for path in paths:
        browser.open(address + path)
        levels = browser.run(HEADINGS)
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_every_link_leads_somewhere(browser: Browser, address: str, paths: tuple[str, ...]) -> None:
    """To a page of ours that answers, to an anchor that is there, or out by http."""
    asked: dict[str, int] = {}
    for path in paths:
        browser.open(address + path)
        anchors, here = set(browser.run(ANCHORS)), browser.run("return location.href")
        for link in browser.run(LINKS):
            target, anchor = urldefrag(urljoin(here, link))
            assert urlsplit(target).scheme in ("http", "https", "data"), link
            if target == urldefrag(here)[0]:
                assert not anchor or anchor in anchors, link
            elif target.startswith(address):
                if target not in asked:
                    asked[target] = httpx.get(target, follow_redirects=True).status_code
                assert asked[target] == 200, (path, link)
    assert len(asked) > 10


def test_a_whole_page_can_be_kept_as_a_picture(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    """What people look at before they change the look."""
    browser.open(address + "/", width=360)
    browser.picture(tmp_path / "digest.png")
    assert (tmp_path / "digest.png").read_bytes().startswith(b"\x89PNG")
