"""Any service of Apprise gets whole lines, as many as it takes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from insights import plugins
from insights.credentials import redact
from insights.digest.render import render
from insights.errors import PublishError, Undecided
from insights.publishers.apprise import Apprise, AppriseOptions
from tests.digest import example

DIGEST = example.full().model_copy(update={"pages": "https://insights.example.org"})
PAGE = "https://insights.example.org/digests/2026-07-13.html"
DISCORD = "discord://417421629812345/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
SMS = f"twilio://AC{'a' * 32}:{'b' * 32}@15555555555/15555555556"


def apprise(url: str) -> Apprise:
    return Apprise("phone", AppriseOptions(url=SecretStr(url)))


def letter(publisher: Apprise, digest=DIGEST) -> dict[str, str]:
    return json.loads(publisher.write("2026-07-13", render(digest), to="", key="k"))


def test_it_comes_in_by_the_plugin_door():
    """The entry point leads here."""
    assert plugins.publisher("apprise") is Apprise


@pytest.mark.parametrize(
    ("url", "limit", "titled"),
    [(DISCORD, 2000, True), (TELEGRAM, 4096, False), (SMS, 160, False)],
    ids=["discord", "telegram", "sms"],
)
def test_only_whole_lines_are_sent_and_the_rest_is_counted(url, limit, titled):
    """No service gets more than it takes; what is left out has a number and an address."""
    told = letter(apprise(url))
    outline = json.loads(render(DIGEST)["brief"])
    assert bool(told["title"]) == titled and len(told["title"] + told["body"]) <= limit
    *lines, last = told["body"].split("\n")
    assert set(lines) <= {outline["title"], *outline["lines"], *outline["items"]}
    shown = sum(line in outline["items"] for line in lines)
    hidden = len(outline["items"]) - shown
    assert last == (f"… +{hidden} more: {PAGE}" if hidden else PAGE)


def test_everything_is_said_where_there_is_room():
    """And then nothing is counted."""
    body = letter(apprise("json://localhost"), DIGEST.model_copy(update={"pages": None}))["body"]
    assert "more" not in body.split("\n")[-1] and "Is there a Linux build" in body


@pytest.fixture
def service() -> Iterator[tuple[str, list[dict[str, str]], list[int]]]:
    """A service of this machine: (address, what it got, the status that it answers)."""
    got: list[dict[str, str]] = []
    status = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"json://ann:canary-password@127.0.0.1:{server.server_port}/", got, status
        server.shutdown()
        thread.join()


def test_a_yes_is_a_delivery(service):
    """What was written arrives."""
    url, got, _ = service
    publisher = apprise(url)
    written = letter(publisher)
    assert publisher.deliver(json.dumps(written).encode(), to="", key="k") == "JSON"
    assert [(each["title"], each["message"]) for each in got] == [
        (written["title"], written["body"])
    ]


@pytest.mark.parametrize("status", [401, 500])
def test_a_no_is_left_open(service, status, caplog):
    """Apprise does not tell a refusal from a lost answer; what it complains of is passed on."""
    caplog.set_level("DEBUG")
    url, _, answers = service
    answers[0] = status
    with pytest.raises(Undecided, match=str(status)) as caught:
        apprise(url).deliver(b'{"title": "t", "body": "b"}', to="", key="k")
    assert "canary-password" not in f"{caught.value!r} {caplog.text}"


def test_a_host_is_no_secret(service):
    """Else it would be starred in whatever is said of it afterwards; keys in its place are."""
    url, _, _ = service
    apprise(url).deliver(b'{"title": "t", "body": "b"}', to="", key="k")
    assert redact("127.0.0.1 refused us", {}, None) == "127.0.0.1 refused us"
    letter(apprise(TELEGRAM))
    assert "123456789" not in redact("POST /bot123456789:abcdefg_hijklmnop/", {}, None)


def test_nobody_there_is_left_open_too(caplog):
    """Even that is not told apart by Apprise; the reason is."""
    caplog.set_level("DEBUG")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"json://ann:canary-password@127.0.0.1:{port}/"
    with pytest.raises(Undecided, match="did not confirm") as caught:
        apprise(url).deliver(b'{"title": "t", "body": "b"}', to="", key="k")
    assert "canary-password" not in f"{caught.value!r} {caplog.text}"


@pytest.mark.parametrize("url", ["nonsense://somewhere", "discord://", "$NO_SUCH_VARIABLE"])
def test_an_address_that_is_none_is_sure(url):
    """Nothing left, and the sentence names the setting."""
    with pytest.raises(PublishError) as caught:
        letter(apprise(url))
    assert not isinstance(caught.value, Undecided)
    assert "publishers.phone.url" in str(caught.value)
