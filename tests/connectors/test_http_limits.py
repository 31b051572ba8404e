"""How limits are kept: where they are told, how long is waited, and what is not one."""

import json
import logging
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from insights.errors import CredentialsError, InsightsError, RateLimited, SourceError
from insights.http import Http, Reply, reveal
from insights.testing import Clock
from tests.connectors.test_http import OK, URL, server


def test_a_hold_is_kept_by_every_question_until_it_is_over():
    """Also by those that are asked after the first was refused."""
    clock = Clock()
    http, asked = server(OK, clock=clock)
    http.hold(clock.now() + timedelta(minutes=10))
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            http.get(URL)
        assert caught.value.resume_at == clock.now() + timedelta(minutes=10)
    assert not asked and not clock.slept
    clock.now_at += timedelta(minutes=10)
    assert http.get(URL).json() == {"fine": True}


def test_a_back_off_beside_an_answer_is_kept_by_the_next_question():
    """As Stack Exchange asks for it in a body that is otherwise good."""
    clock = Clock()
    http, asked = server(httpx.Response(200, json={"items": [], "backoff": 12}), clock=clock)
    seconds = http.get(URL).json()["backoff"]
    http.hold(clock.now() + timedelta(seconds=seconds))
    assert not clock.slept
    http.get(URL)
    assert clock.slept == [12.0] and len(asked) == 2


def is_limited(reply: Reply) -> bool:
    body = reply.json()
    kinds = {error.get("type") for error in body.get("errors", [])}
    return body.get("error") == "ratelimited" or "RATE_LIMITED" in kinds


IN_A_BODY = {
    "slack": {"ok": False, "error": "ratelimited"},
    "graphql": {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]},
}


@pytest.mark.parametrize("body", IN_A_BODY.values(), ids=IN_A_BODY)
@pytest.mark.parametrize(("headers", "waits"), [({"Retry-After": "9"}, 9.0), ({}, 60.0)])
def test_a_limit_inside_a_good_status_is_one(body, headers, waits):
    """Told how long or not, it is waited for and the question asked again."""
    clock = Clock()
    http, asked = server(httpx.Response(200, json=body, headers=headers), OK, clock=clock)
    assert http.post(URL, json={}, limited=is_limited).json() == {"fine": True}
    assert clock.slept == [waits] and len(asked) == 2


def test_a_limit_inside_a_good_status_that_is_too_long_is_handed_back():
    """With its time, and not slept."""
    clock = Clock()
    http, _ = server(
        httpx.Response(200, json=IN_A_BODY["slack"], headers={"Retry-After": "61"}), clock=clock
    )
    with pytest.raises(RateLimited) as caught:
        http.post(URL, json={}, limited=is_limited)
    assert caught.value.resume_at == clock.now() + timedelta(seconds=61) and not clock.slept


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "soon", "", "-3", "0x10", "9 9"])
@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset"])
def test_a_wait_that_is_none_is_no_reason_to_hurry_or_to_sleep_for_ever(header, value):
    """At least a second is waited, and never more than the budget."""
    clock = Clock()
    http, asked = server(httpx.Response(429, headers={header: value}), OK, clock=clock)
    http.get(URL)
    assert len(asked) == 2 and 1 <= sum(clock.slept) <= 60


def test_the_longest_wait_is_a_day():
    """A server cannot send us away for a year by a slip."""
    clock = Clock()
    http, _ = server(httpx.Response(429, headers={"Retry-After": "31536000"}), clock=clock)
    with pytest.raises(RateLimited) as caught:
        http.get(URL)
    assert caught.value.resume_at - clock.now() == timedelta(days=1)


REMAINING = {"0": 1, "0.0": 1, "0.4": 1, "-1": 1, "1": 0, "598.0": 0, "nan": 0, "many": 0, "": 0}


@pytest.mark.parametrize(("remaining", "waits"), REMAINING.items(), ids=REMAINING)
def test_where_nothing_remains_the_next_question_waits(remaining, waits):
    """However the server writes nothing."""
    clock = Clock()
    headers = {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": "17.5"}
    http, _ = server(httpx.Response(200, json={}, headers=headers), clock=clock)
    http.get(URL)
    http.get(URL)
    assert clock.slept == [17.5] * waits


def test_a_refusal_is_not_slept_on_though_limits_are_told():
    """GitHub names what remains in every answer, also in one that says no."""
    headers = {"X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": "9999999999"}
    http, asked = server(httpx.Response(403, headers=headers, json={"message": "Not accessible"}))
    with pytest.raises(CredentialsError, match="Not accessible"):
        http.get(URL)
    assert len(asked) == 1


def test_pages_without_end_are_the_walkers_choice():
    """Each page is handed over before the next is asked for, and none is kept."""
    numbers = iter(range(10**9))

    def page() -> httpx.Response:
        return httpx.Response(
            200, json=[], headers={"Link": f'<{URL}?page={next(numbers)}>; rel="next"'}
        )

    http, asked = server(page)
    walk = http.pages(URL)
    for _ in range(500):
        next(walk)
    assert len(asked) == 500


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_question_with_a_body_is_not_sent_on_as_another(status):
    """It would lose its body; 307 and 308 keep it."""
    http, asked = server(httpx.Response(status, headers={"Location": "/there"}), OK)
    with pytest.raises(SourceError):
        http.post(URL, json={"query": "x"})
    assert len(asked) == 1
    http, asked = server(httpx.Response(307, headers={"Location": "/there"}), OK)
    assert http.post(URL, json={"query": "x"}).json() == {"fine": True}
    assert json.loads(asked[1].content) == {"query": "x"}


PLACES = [
    "http://127.0.0.1:5432/", "http://localhost/", "http://0x7f000001/", "http://2130706433/",
    "http://[::ffff:169.254.169.254]/", "http://10.0.0.1/", "http://api.example.evil.test/",
    "https://api.example.:443/", "gopher://api.example/", "https://api.example%2eevil.test/",
    "\\\\evil.example\\x", "https:///evil.example", "http://metadata.google.internal/",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", ["redirect", "next-page"])
def test_no_server_sends_us_anywhere_else(place, how):
    """Neither by a redirect nor by the address of a next page; nobody else is asked."""
    headers = {"Location": place} if how == "redirect" else {"Link": f'<{place}>; rel="next"'}
    http, asked = server(httpx.Response(302 if how == "redirect" else 200, headers=headers))
    with pytest.raises(SourceError):
        list(http.pages(URL, headers={"Api-Key": "secret-key-1"}))
    assert {(request.url.host, request.url.scheme) for request in asked} == {
        ("api.example", "https")
    }


def test_a_server_of_our_own_may_be_inside():
    """An address inside is refused only where it was not the one in the settings."""
    http, asked = server(httpx.Response(301, headers={"Location": "/forum/items"}), OK)
    assert http.get("http://127.0.0.1:8080/items").json() == {"fine": True}
    assert asked[1].url == "http://127.0.0.1:8080/forum/items"


def test_a_form_is_sent_and_its_values_are_kept_secret(caplog):
    """Lasting tokens travel in forms."""
    caplog.set_level(logging.DEBUG)
    said = httpx.Response(400, json={"error": "no such token: lasting-1234"})
    http, asked = server(said)
    with pytest.raises(InsightsError) as caught:
        http.post(URL, form={"refresh_token": "lasting-1234"})
    assert asked[0].content == b"refresh_token=lasting-1234"
    assert "lasting-1234" not in f"{caught.value!r} {caplog.text}"


@pytest.mark.parametrize("where", ["path", "query"])
@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_secret_in_the_address_is_told_nowhere(where, status, caplog):
    """Some platforms want it there; replies, errors and log lines of the library show stars."""
    caplog.set_level(logging.DEBUG)
    secret = reveal(SecretStr("bot:77/Zk+secret"), "token")
    http, asked = server(httpx.Response(status, json={"message": f"no {secret}"}))
    url = URL + f"/{secret}/updates" if where == "path" else URL
    params = [("key", secret)] if where == "query" else []
    try:
        told = http.get(url, params=params).url
    except InsightsError as error:
        told = repr(error)
    assert asked and "***" in told + caplog.text
    for form in (secret, "bot%3A77%2FZk%2Bsecret", "bot:77/Zk%2Bsecret", "77/Zk", "77%2FZk"):
        assert form not in f"{told} {caplog.text}"


def test_what_goes_wrong_is_counted_from_the_beginning_for_each_question():
    """A budget is one question's: a slow hour does not use up that of the next."""
    clock = Clock()
    limited = httpx.Response(429, headers={"Retry-After": "40"})
    http, _ = server(limited, OK, limited, OK, clock=clock)
    assert http.get(URL).status == http.get(URL).status == 200
    assert clock.slept == [40.0, 40.0]


SAID = {
    "lines": ({"message": "no\n\n  such\tthing"}, ": no such thing"),
    "first-of-several": ({"errors": ["one", "two"]}, ": one"),
    "escapes": ({"error": "a\x1b[2Jb\u202ec\u200bd"}, ": a[2Jbcd"),
    "long": ({"error": "x" * 10**6}, f": {'x' * 200}"),
    "objects": ({"errors": [{"code": 1}]}, ""),
    "list": ([1], ""),
    "page": ("<html>", ""),
}


@pytest.mark.parametrize(("body", "said"), SAID.values(), ids=SAID)
def test_what_a_server_says_is_one_short_line(body, said):
    """It comes from outside and goes to a terminal."""
    http, _ = server(httpx.Response(422, json=body))
    with pytest.raises(SourceError) as caught:
        http.get(URL)
    assert str(caught.value) == f"{URL} answered with status 422{said}"


def test_a_client_can_be_closed_and_used_again():
    """Connections are given back between runs."""
    http, _ = server(OK)
    http.get(URL)
    http.close()
    http.close()
    assert http.get(URL).status == 200
    assert isinstance(http, Http)
