"""A webhook gets the JSON of a digest, signed as we ask others to sign."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from connectors.webhook import Webhook as Source
from connectors.webhook import WebhookOptions as SourceOptions
from insights import plugins
from insights.digest.render import render
from insights.errors import PublishError, Undecided
from insights.http import Http
from insights.publishers.webhook import Webhook, WebhookOptions
from tests.connectors.test_http import server
from tests.connectors.test_http_send import hearing
from tests.digest import example

SECRET = "canary-secret-of-thirty-two-char"
URL = "https://hooks.example/in/9f8e7d6c5b4a39281706"
NOW = datetime(2026, 7, 13, 4, 5, tzinfo=UTC)
KEY = "2026-07-13/board"


def options(**changed) -> WebhookOptions:
    return WebhookOptions.model_validate({"url": URL, "secret": SECRET, **changed})


def webhook(*replies, **changed) -> tuple[Webhook, list[httpx.Request]]:
    http, asked = server(*replies)
    return Webhook("board", options(**changed), http=http, now=lambda: NOW), asked


def test_it_comes_in_by_the_plugin_door():
    """The entry point leads here."""
    assert plugins.publisher("webhook") is Webhook


def test_our_own_intake_would_let_it_pass():
    """The signature is the one that `/ingest/SOURCE` checks: one scheme for both directions."""
    publisher, asked = webhook(httpx.Response(202))
    documents = render(example.small())
    letter = publisher.write("2026-07-13", documents, to="", key=KEY)
    assert letter == documents["json"]
    assert publisher.deliver(letter, to="", key=KEY) == "hooks.example answered 202"
    (request,) = asked
    assert request.content == letter
    receiver = Source("desk", SourceOptions(secret=SecretStr(SECRET)), http=Http())
    headers = request.headers
    receiver.verify(
        letter, headers["x-insights-timestamp"], headers["x-insights-signature"], NOW
    )  # fmt: skip
    assert headers["content-type"] == "application/json"


def test_a_delivery_has_one_key_for_ever():
    """However often somebody has it sent again, the receiver can tell that it is the same."""
    publisher, asked = webhook(httpx.Response(200))
    for _ in range(2):
        publisher.deliver(b"{}", to="", key=KEY)
    assert [request.headers["idempotency-key"] for request in asked] == [KEY, KEY]


SURE = {
    "refused": httpx.ConnectError("refused"), "400": httpx.Response(400),
    "401": httpx.Response(401), "429": httpx.Response(429, headers={"Retry-After": "9999"}),
    "503-with-time": httpx.Response(503, headers={"Retry-After": "9999"}),
    "elsewhere": httpx.Response(308, headers={"Location": "https://evil.example/"}),
}  # fmt: skip
OPEN = {
    "timeout": httpx.ReadTimeout("late"), "reset": httpx.ReadError("reset"),
    "500": httpx.Response(500), "502": httpx.Response(502), "503": httpx.Response(503),
}  # fmt: skip


@pytest.mark.parametrize("failure", [*SURE.values(), *OPEN.values()], ids=[*SURE, *OPEN])
def test_sure_and_open_failures_are_told_apart(failure, caplog):
    """And neither the secret nor the address, which may be one, stands in any of them."""
    caplog.set_level("DEBUG")
    publisher, asked = webhook(failure)
    with pytest.raises(PublishError) as caught:
        publisher.deliver(b"{}", to="", key=KEY)
    assert isinstance(caught.value, Undecided) == (failure in OPEN.values())
    assert {request.url.host for request in asked} == {"hooks.example"}
    told = f"{caught.value!r} {caplog.text}"
    assert SECRET not in told and "9f8e7d6c5b4a39281706" not in told


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"secret": "short"}, "openssl rand"), ({"secret": "$NOT_SET"}, "NOT_SET"),
     ({"url": "$NOT_SET"}, "NOT_SET"), ({"url": "https://a.example:port/"}, "malformed")],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_says_what_to_do(changed, says):
    """Nothing leaves, and the next run tries again."""
    publisher, asked = webhook(httpx.Response(200), **changed)
    with pytest.raises(PublishError, match=says):
        publisher.deliver(b"{}", to="", key=KEY)
    assert not asked


def test_an_inner_address_is_reached_only_where_that_is_said():
    """By default a setting cannot be used to reach what only this machine can."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with hearing(lambda client: client.sendall(answer)) as (url, heard):
        with pytest.raises(PublishError, match="allow_private = true"):
            Webhook("board", options(url=url)).deliver(b"a letter", to="", key=KEY)
        assert not heard
        meant = Webhook("board", options(url=url, allow_private=True))
        assert meant.deliver(b"a letter", to="", key=KEY) == "127.0.0.1 answered 200"
    assert len(heard) == 1
