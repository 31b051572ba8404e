"""How a page is asked for again, and where its links may lead."""

import httpx
import pytest

from insights.errors import SourceError
from insights.http import Http, beside
from insights.testing import Clock

URL = "https://api.example/items"


def server(*replies: httpx.Response) -> tuple[Http, list[httpx.Request]]:
    """An `Http` that gets one reply after the other."""
    clock, asked = Clock(), []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return replies[len(asked) - 1]

    transport = httpx.MockTransport(handler)
    return Http(transport=transport, sleep=clock.sleep, now=clock.now), asked


def test_a_page_that_did_not_change_is_an_answer_without_a_body():
    """304 announces the length of what it does not send."""
    page = httpx.Response(200, json=[], headers={"ETag": 'W/"7"', "Last-Modified": "Sun"})
    unchanged = httpx.Response(304, headers={"Content-Length": "99", "Content-Encoding": "gzip"})
    http, asked = server(page, unchanged)
    validators = http.get(URL).validators
    assert http.get(URL, headers=validators, allow=(304,)).status == 304
    assert asked[1].headers["if-none-match"] == 'W/"7"'
    assert asked[1].headers["if-modified-since"] == "Sun"


@pytest.mark.parametrize("tag", ["é", "x" * 501, ""])
def test_what_cannot_be_sent_back_is_no_validator(tag):
    """A header that a server made up must not break the next question."""
    http, _ = server(httpx.Response(200, json=[], headers=[("ETag", tag.encode())]))
    assert http.get(URL).validators == {}


def test_a_reply_knows_when_it_was_made():
    """By the server's clock, or else by ours."""
    http, _ = server(
        httpx.Response(200, json=[], headers={"Date": "Sun, 01 Mar 2026 08:00:00 GMT"})
    )
    assert http.get(URL).answered_at.isoformat() == "2026-03-01T08:00:00+00:00"
    http, _ = server(httpx.Response(200, json=[], headers={"Date": "noon"}))
    assert http.get(URL).answered_at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize("link", ["http://api.example/2", "//other.example/", "http://[", "ftp:x"])
def test_a_link_in_a_body_is_followed_on_the_same_host_only(link):
    """Elsewhere nobody asked us to go, and credentials stay at home."""
    assert beside(URL, "?page=2") == f"{URL}?page=2"
    with pytest.raises(SourceError, match=r"api\.example"):
        beside(URL, link)
