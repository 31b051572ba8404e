"""Slack gets a digest once, and what it says about it is believed no further than it goes."""

from __future__ import annotations

import json

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from insights import plugins
from insights.digest.render import render
from insights.errors import PublishError, Undecided
from insights.publishers.slack import POST, WEBHOOK, Slack, SlackOptions
from insights.testing import Clock
from tests.connectors import described
from tests.connectors.test_http import server
from tests.digest import example

TOKEN = "xoxb-canary-token-1"
HOOK = "https://hooks.slack.com/services/T0CANARY/B0CANARY/secretcanary"
POSTED = httpx.Response(200, json={"ok": True, "ts": "1783915200.000100", "channel": "C1"})


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_WEBHOOK", HOOK)


def slack(*replies, clock: Clock | None = None) -> tuple[Slack, list[httpx.Request]]:
    http, asked = server(*replies, clock=clock)
    options = SlackOptions(
        token=SecretStr("$SLACK_TOKEN"), channels=("#product",), webhook=SecretStr("$SLACK_WEBHOOK")
    )
    return Slack("team", options, http=http), asked


def letter(publisher: Slack, to: str = "#product") -> bytes:
    return publisher.write("2026-07-13", render(example.full()), to=to, key="k")


def test_it_comes_in_by_the_plugin_door():
    """The entry point leads here."""
    assert plugins.publisher("slack") is Slack


def test_a_message_is_posted_as_it_was_stored():
    """Byte for byte, with the token in a header only; where it went is told."""
    publisher, asked = slack(POSTED)
    written = letter(publisher)
    where = publisher.deliver(written, to="#product", key="k")
    (request,) = asked
    assert str(request.url) == POST and request.content == written
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(written)["channel"] == "#product"
    assert where == "#product in Slack, message 1783915200.000100"
    described.check("slack", request)


def test_a_webhook_knows_its_channel():
    """The letter holds neither a channel nor the address, which is the secret."""
    publisher, asked = slack(httpx.Response(200, text="ok"))
    written = letter(publisher, WEBHOOK)
    publisher.deliver(written, to=WEBHOOK, key="k")
    assert str(asked[0].url) == HOOK and asked[0].content == written
    assert "channel" not in json.loads(written) and b"secretcanary" not in written


def test_each_channel_is_a_delivery():
    """So that one that failed does not cost the others."""
    assert slack(POSTED)[0].addresses == ("#product", WEBHOOK)


@pytest.mark.parametrize("missing", [{}, {"token": "x"}, {"channels": ["#a"]}])
def test_half_of_the_settings_is_refused(missing):
    """A token without channels, or channels without a token, reach nobody."""
    with pytest.raises(ValidationError, match="set"):
        SlackOptions.model_validate(missing)


def refused(error: str) -> httpx.Response:
    return httpx.Response(200, json={"ok": False, "error": error})


SURE = {
    "not-in-channel": (refused("not_in_channel"), "/invite"),
    "bad-token": (refused("invalid_auth"), "token again"),
    "scope": (refused("missing_scope"), "chat:write"),
    "new-error": (refused("brand_new"), "brand_new"),
    "refused": (httpx.ConnectError("refused"), "connection failed"),
    "400": (httpx.Response(400, text="invalid_payload"), "400"),
    "404": (httpx.Response(404, text="channel_not_found"), "404"),
    "410": (httpx.Response(410, text="channel_is_archived"), "410"),
    "limit": (httpx.Response(429, headers={"Retry-After": "3600"}), "01:00 UTC"),
    "limit-in-body": (refused("ratelimited"), "limits"),
    "elsewhere": (httpx.Response(307, headers={"Location": "https://evil.example"}), "sends us to"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "says"), SURE.values(), ids=SURE)
def test_what_slack_surely_did_not_post_is_tried_again_by_the_next_run(answer, says, caplog):
    """The sentence says what to do, and no secret stands in it or in a log."""
    caplog.set_level("DEBUG")
    publisher, asked = slack(answer)
    with pytest.raises(PublishError, match=says) as caught:
        publisher.deliver(letter(publisher), to="#product", key="k")
    assert not isinstance(caught.value, Undecided)
    assert {request.url.host for request in asked} == {"slack.com"}
    assert TOKEN not in f"{caught.value!r} {caplog.text}"


OPEN = {
    "timeout": httpx.ReadTimeout("late"),
    "500": httpx.Response(500),
    "fatal": refused("fatal_error"),
    "internal": refused("internal_error"),
    "no-json": httpx.Response(200, text="<html>"),
    "list": httpx.Response(200, json=[]),
    "empty": httpx.Response(200),
}


@pytest.mark.parametrize("answer", OPEN.values(), ids=OPEN)
def test_what_slack_may_have_posted_is_left_open(answer):
    """Slack has no key that would let us ask again without posting twice."""
    publisher, asked = slack(answer)
    with pytest.raises(Undecided, match="cannot be known"):
        publisher.deliver(letter(publisher), to="#product", key="k")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "failure",
    [httpx.Response(404), httpx.Response(500), httpx.ReadTimeout(HOOK), httpx.ConnectError(HOOK)],
    ids=["404", "500", "timeout", "refused"],
)
def test_the_address_of_a_webhook_is_never_told(failure, caplog):
    """It is all that anyone needs to post as us."""
    caplog.set_level("DEBUG")
    publisher, _ = slack(failure)
    with pytest.raises(PublishError) as caught:
        publisher.deliver(letter(publisher, WEBHOOK), to=WEBHOOK, key="k")
    assert "secretcanary" not in f"{caught.value!r} {caplog.text}"


def test_a_limit_within_the_budget_is_waited_for():
    """Then the same message is posted."""
    clock = Clock()
    publisher, asked = slack(httpx.Response(429, headers={"Retry-After": "7"}), POSTED, clock=clock)
    publisher.deliver(letter(publisher), to="#product", key="k")
    assert clock.slept == [7.0] and asked[0].content == asked[1].content


def test_a_token_that_is_not_set_names_its_variable(monkeypatch):
    """One channel less, and the night goes on."""
    publisher, asked = slack(POSTED)
    monkeypatch.delenv("SLACK_TOKEN")
    with pytest.raises(PublishError, match="SLACK_TOKEN"):
        publisher.deliver(letter(publisher), to="#product", key="k")
    assert not asked
