"""How connectors ask: politely, within bounds, and without telling secrets."""

import gzip
import logging
from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr

from insights.errors import (
    CredentialsError,
    InsightsError,
    RateLimited,
    SourceError,
    TooLarge,
)
from insights.http import Http, reveal
from insights.testing import Clock

URL = "https://api.example/items"
OK = httpx.Response(200, json={"fine": True})


class Stream(httpx.SyncByteStream):
    """A body that comes in pieces, `slow` seconds apart."""

    def __init__(self, *pieces: bytes, tick: Callable[[], None] = lambda: None) -> None:
        self.pieces, self.tick = pieces, tick

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.tick()
            yield piece


def server(*replies, clock: Clock | None = None, **limits) -> tuple[Http, list[httpx.Request]]:
    """An `Http` that gets one reply after the other, the last one for ever."""
    clock, asked = clock or Clock(), []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        reply = replies[min(len(asked), len(replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        return reply() if callable(reply) else reply

    transport = httpx.MockTransport(handler)
    return Http(transport=transport, sleep=clock.sleep, now=clock.now, **limits), asked


def test_it_says_who_asks():
    """A server's keeper can tell us apart."""
    http, asked = server(OK)
    http.get(URL)
    assert "community-insights" in asked[0].headers["user-agent"]


PASSING = {
    "500": httpx.Response(500),
    "502": httpx.Response(502),
    "503": httpx.Response(503, headers={"Retry-After": "2"}),
    "429": httpx.Response(429),
    "429-date": httpx.Response(429, headers={"Retry-After": "Sun, 01 Mar 2026 00:00:09 GMT"}),
    "403-limit": httpx.Response(403, headers={"Retry-After": "2"}),
    "reset": httpx.ReadError("reset by peer"),
    "timeout": httpx.ReadTimeout("late"),
    "cut-off": lambda: httpx.Response(200, headers={"Content-Length": "99"}, stream=Stream(b"{")),
    "cut-off-gzip": lambda: httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=Stream(gzip.compress(b"{}")[:-9])
    ),
}


@pytest.mark.parametrize("problem", PASSING.values(), ids=PASSING)
def test_what_passes_is_asked_again_after_a_pause(problem):
    """Once, and with the patience that was asked for."""
    clock = Clock()
    http, asked = server(problem, OK, clock=clock)
    assert http.get(URL).json() == {"fine": True}
    assert len(asked) == 2 and len(clock.slept) == 1 and clock.slept[0] >= 1


def test_back_off_grows_and_ends():
    """Five tries within the budget, then one sentence."""
    clock = Clock()
    http, asked = server(httpx.Response(500), clock=clock)
    with pytest.raises(SourceError, match=r"api\.example: it failed with status 500"):
        http.get(URL)
    assert len(asked) == 5 and clock.slept == sorted(clock.slept) and sum(clock.slept) <= 60


@pytest.mark.parametrize("status", [429, 403, 503])
def test_a_long_wait_is_left_to_the_scheduler(status):
    """Nothing is slept; the error names when to come back."""
    clock = Clock()
    http, asked = server(httpx.Response(status, headers={"Retry-After": "3600"}), clock=clock)
    with pytest.raises(RateLimited, match="01:00 UTC") as caught:
        http.get(URL)
    assert (caught.value.resume_at - clock.now()).total_seconds() == 3600
    assert len(asked) == 1 and not clock.slept


def test_many_short_waits_are_bounded_together():
    """A server cannot hold us by saying 25 seconds again and again."""
    clock = Clock()
    http, _ = server(httpx.Response(429, headers={"Retry-After": "25"}), clock=clock)
    with pytest.raises(RateLimited):
        http.get(URL)
    assert clock.slept == [25.0, 25.0]


BODIES = {
    "html": (b"<!doctype html><p>Log in", "web page instead of JSON"),
    "cut": (b'{"items": [1, 2', "broken or truncated JSON"),
    "empty": (b"", "broken or truncated JSON"),
    "nan": (b'{"score": NaN}', "broken or truncated JSON"),
    "infinity": (b"[-Infinity]", "broken or truncated JSON"),
    "deep": (b"[" * 200_000, "nested too deep"),
    "latin-1": (b'{"a": "\xe9"}', "broken or truncated JSON"),
    "endless-number": (b"9" * 10_000, "broken or truncated JSON"),
}


@pytest.mark.parametrize(("body", "problem"), BODIES.values(), ids=BODIES)
def test_what_is_not_json_is_said_in_one_sentence(body, problem):
    """The address is named, so that it can be tried."""
    http, _ = server(httpx.Response(200, content=body))
    with pytest.raises(SourceError, match=problem) as caught:
        http.get(URL).json()
    assert URL in str(caught.value) and "\n" not in str(caught.value)


def test_strings_can_be_stored():
    """Half surrogate pairs and NUL are legal in JSON and refused by databases."""
    http, _ = server(httpx.Response(200, content=rb'{"a": ["\ud83d!", "\u0000", "\ud83d\ude00"]}'))
    assert http.get(URL).json() == {"a": ["\ufffd!", "\ufffd", "😀"]}


def test_a_body_has_a_largest_size():
    """Plain or packed, it is cut off at the limit and not held."""
    bomb = gzip.compress(b"0" * 50 * 2**20)
    for reply in (
        httpx.Response(200, stream=Stream(*[b"0" * 2**20] * 40)),
        httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Stream(bomb)),
    ):
        http, _ = server(reply)
        with pytest.raises(SourceError, match="more than 32 MiB"):
            http.get(URL)


def test_a_body_has_a_longest_time():
    """A byte now and then does not hold us for ever."""
    clock = Clock()
    slow = Stream(*[b" "] * 1000, tick=lambda: clock.sleep(10))
    http, _ = server(httpx.Response(200, stream=slow), clock=clock)
    with pytest.raises(SourceError, match="too slowly"):
        http.get(URL)
    assert sum(clock.slept) <= 130


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding):
    """We offer gzip and nothing else."""
    reply = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Stream(b"x"))
    http, asked = server(reply)
    with pytest.raises(SourceError, match="encoding"):
        http.get(URL)
    assert asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("place", ["/there?b=2", URL + "/2", "//api.example/3"])
def test_a_redirect_on_the_same_host_is_followed(place):
    """Renamed repositories and topics answer so."""
    http, asked = server(httpx.Response(301, headers={"Location": place}), OK)
    assert http.get(URL, params=[("a", 1)]).json() == {"fine": True}
    assert asked[1].url.host == "api.example" and "a=1" not in str(asked[1].url)


@pytest.mark.parametrize(
    "place",
    ["https://evil.example/", "http://api.example/", "https://127.0.0.1/", "http://[::1]/",
     "https://169.254.169.254/latest", "https://api.example:8443/", "file:///etc/passwd",
     "https://api.example@evil.example/", "//evil.example", "https://[bad"],
)  # fmt: skip
def test_a_redirect_elsewhere_is_not_followed(place):
    """Neither to others, who would get the key, nor to addresses inside, nor without TLS."""
    http, asked = server(httpx.Response(302, headers={"Location": place}), OK)
    with pytest.raises(SourceError):
        http.get(URL, headers={"Api-Key": "secret-key-1"})
    assert {request.url.host for request in asked} == {"api.example"}


def test_redirects_in_a_circle_end():
    """They are counted."""
    http, asked = server(httpx.Response(302, headers={"Location": "/items"}))
    with pytest.raises(SourceError, match="without end"):
        http.get(URL)
    assert len(asked) == 6


def test_pages_are_followed_verbatim():
    """The next page may be at another path with words of the server's own."""
    there = "https://api.example/repositories/1000/items?after=Y3Vy%3D&page=2"
    http, asked = server(
        httpx.Response(200, json=[1], headers={"Link": f'<{there}>; rel="next"'}), OK
    )
    assert len(list(http.pages(URL, params=[("page", 1)]))) == 2
    assert str(asked[1].url) == there


@pytest.mark.parametrize("link", [URL, "https://evil.example/2", "https://[bad"])
def test_pages_that_repeat_or_lead_away_are_an_error(link):
    """Else a walk would never end, or hand the key to a stranger."""
    http, asked = server(httpx.Response(200, json=[1], headers={"Link": f'<{link}>; rel="next"'}))
    with pytest.raises(SourceError):
        list(http.pages(URL))
    assert len(asked) == 1


SECRETS = {
    "header": (URL, {"Authorization": "Bearer tok-1234567"}, "tok-1234567"),
    "api-key": (URL, {"Api-Key": "key-1234567"}, "key-1234567"),
    "password": ("https://ann:pass-1234567@api.example/items", {}, "pass-1234567"),
}
FAILURES = [
    httpx.Response(401, json={"message": "no tok-1234567 key-1234567 pass-1234567"}),
    httpx.Response(403, json={"errors": ["tok-1234567 key-1234567 pass-1234567"]}),
    httpx.Response(422, json={"message": "tok-1234567 key-1234567 pass-1234567"}),
    httpx.Response(200, text="<html>"), httpx.Response(500),
    httpx.ConnectError("to https://ann:pass-1234567@api.example tok-1234567 key-1234567"),
    httpx.LocalProtocolError("Illegal header value b'tok-1234567 key-1234567'"),
]  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: str(getattr(f, "status_code", type(f))))
@pytest.mark.parametrize(("url", "headers", "secret"), SECRETS.values(), ids=SECRETS)
def test_no_secret_is_told(url, headers, secret, failure, caplog):
    """Neither by an error nor by a log line of ours or of the library beneath."""
    caplog.set_level(logging.DEBUG)
    http, asked = server(failure)
    with pytest.raises(InsightsError) as caught:
        http.get(url, headers=headers).json()
    assert asked and secret not in f"{caught.value!r} {caplog.text}"


def test_a_password_in_the_address_is_used():
    """It goes where it belongs, into a header."""
    http, asked = server(OK)
    http.get("https://ann:secret@api.example/items")
    assert asked[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_what_to_do(status):
    """It is a matter of settings, and asking again would not help."""
    http, asked = server(httpx.Response(status))
    with pytest.raises(CredentialsError, match="check the key or token in the settings"):
        http.get(URL)
    assert len(asked) == 1


def test_a_status_may_be_an_answer():
    """What is allowed comes back, though a limit under that status does not."""
    http, _ = server(httpx.Response(404))
    assert http.get(URL, allow=(404,)).status == 404
    http, _ = server(httpx.Response(403, headers={"Retry-After": "3600"}))
    with pytest.raises(RateLimited):
        http.get(URL, allow=(403,))


@pytest.mark.parametrize("key", ["line\nbreak", "naïve", "nul\0"])
def test_a_key_that_cannot_be_one_is_refused_early(key):
    """A slip of copying is said before anything is sent."""
    with pytest.raises(CredentialsError, match="api_key"):
        reveal(SecretStr(key), "api_key")


def test_a_key_may_be_named_by_its_variable():
    """So settings can be shown to anyone."""
    assert reveal(SecretStr("$HOME"), "api_key").startswith("/")
    assert reveal(None, "api_key") == ""
    with pytest.raises(CredentialsError, match="NO_SUCH_VARIABLE"):
        reveal(SecretStr("${NO_SUCH_VARIABLE}"), "api_key")


def test_it_counts_what_it_asked_and_waited():
    """A summary of a pull can say how much of its time was somebody else's wish."""
    clock = Clock()
    http, asked = server(httpx.Response(429, headers={"Retry-After": "7"}), OK, clock=clock)
    http.get(URL)
    assert (http.requests, http.waited_s) == (len(asked), 7.0)
    assert clock.slept == [7.0]


@pytest.mark.parametrize(
    ("link", "page"),
    [
        (f'<{URL}?page=2>; rel="next", <{URL}?page=34>; rel="last"', 34),
        (f'<{URL}?page=2>; rel="next"', None),
        (f'<{URL}?after=x>; rel="last"', None),
        (f'<{URL}?page={"9" * 5000}>; rel="last"', None),
        ('<http://[>; rel="last"', None),
    ],
    ids=["named", "absent", "no-number", "absurd", "no-address"],
)
def test_the_last_page_is_known_where_it_is_named(link, page):
    """How many there are can be told without walking there."""
    http, _ = server(httpx.Response(200, json=[], headers={"Link": link}))
    assert http.get(URL).last_page == page


def test_a_question_without_a_body_may_be_answered_by_no():
    """Some searches are posts; that they find nothing is an answer, and nothing is sent along."""
    http, asked = server(httpx.Response(404, text="No results found"))
    assert http.post(URL + "?q=x", allow=(404,)).status == 404
    assert asked[0].content == b"" and asked[0].url.query == b"q=x"


def test_what_is_too_large_can_be_told_from_what_is_wrong():
    """So that who asked can ask for less."""
    http, _ = server(httpx.Response(200, content=b"x" * 2000), max_bytes=1000)
    with pytest.raises(TooLarge):
        http.get(URL)


@pytest.mark.parametrize("status", [200, 400, 502])
def test_a_throttle_in_a_body_is_waited_for(status):
    """Some platforms say it with any status; how long, only their connector can read."""
    clock = Clock()
    later = httpx.Response(status, json={"wait": 17})
    http, asked = server(later, OK, clock=clock)
    reply = http.get(URL, throttled=lambda reply: reply.json().get("wait"))
    assert reply.json() == {"fine": True}
    assert (len(asked), clock.slept) == (2, [17.0])


def test_what_is_held_until_later_waits():
    """A connector that was told to rest counts by the client's own clock."""
    clock = Clock()
    http, _ = server(OK, clock=clock)
    http.hold(http.later(9))
    http.get(URL)
    assert clock.slept == [9.0]


def test_messages_of_a_tracker_are_passed_on():
    """Jira keeps what went wrong under a name of its own, beside an empty `errors`."""
    said = {"errorMessages": ["The value 'APP' does not exist."], "errors": {}}
    http, _ = server(httpx.Response(400, json=said))
    with pytest.raises(SourceError, match="'APP' does not exist"):
        http.get(URL)
