"""What is sent to us is taken in signed, whole, once, and without names."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from pydantic import SecretStr

from connectors.webhook import Webhook, WebhookOptions
from insights.errors import CredentialsError
from insights.http import Http
from insights.pipeline.engine import Engine
from insights.pipeline.ingest import save_batch
from insights.store import posts, sources
from insights.web.app import create_app
from insights.web.intake import MAX_BYTES

SECRET = "a secret of thirty-two characters"
PAGE = Path(__file__).parents[2] / "docs" / "connectors" / "webhook.md"
POST = {"id": "7", "text": "The export stops at page 3", "created_at": "2026-05-04T08:00:00Z"}


def webhook(secret: str = SECRET) -> Webhook:
    return Webhook("desk", WebhookOptions(secret=SecretStr(secret)), http=Http())


@pytest.fixture
def client(engine: Engine) -> TestClient:
    receivers = {"desk": webhook()}
    save = partial(save_batch, engine)
    return TestClient(create_app(engine.database, min_people=3, receivers=receivers, save=save))


def signed(body: bytes, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Insights-Timestamp": timestamp, "X-Insights-Signature": f"sha256={mac}"}


def send(client: TestClient, what: object, ago: float | None = None, **how) -> httpx.Response:
    if ago is not None:  # now is when the test runs, not when it was collected
        how["at"] = time.time() - ago
    body = what if isinstance(what, bytes) else json.dumps(what).encode()
    return client.post("/ingest/desk", content=body, headers=signed(body, **how))


def held(engine: Engine) -> dict[str, str]:
    with engine.database.read() as tx:
        return {post.native_id: post.text for post, _ in posts.exported(tx)}


def test_one_post_and_a_list_go_in(client, engine):
    """As lines of a file do."""
    assert send(client, POST).json()["new"] == 1
    answer = send(client, [POST, POST | {"id": "8", "text": "More"}]).json()
    assert (answer["new"], answer["same"], answer["repeated"]) == (1, 1, False)
    assert held(engine) == {"7": POST["text"], "8": "More"}


def test_names_and_personal_data_stay_out(client, engine):
    """What is sent passes the same step as what is pulled."""
    send(client, POST | {"text": "Write to ada@mail.example", "author": "ada"})
    with engine.database.read() as tx:
        ((post, _),) = posts.exported(tx)
    assert "ada" not in post.text and post.author != "ada"


def test_a_post_that_comes_again_replaces_what_it_was(client, engine):
    """Edits are sent like posts."""
    send(client, POST)
    answer = send(client, POST | {"text": "It was page 4"}).json()
    assert (answer["new"], answer["changed"]) == (0, 1)
    assert held(engine) == {"7": "It was page 4"}


def test_a_deletion_takes_the_words_away(client, engine):
    """Also within one list, where the last word on an id holds."""
    send(client, [POST, POST | {"id": "8"}])
    answer = send(client, [{"id": "7", "deleted": True}, POST | {"id": "9"},
                           {"id": "9", "deleted": True}])  # fmt: skip
    assert answer.json()["deleted"] == 1
    assert held(engine).keys() == {"8"}


def test_a_copy_of_a_delivery_changes_nothing(client, engine):
    """Whoever recorded it cannot bring the old words back, however the signature is written."""
    body = json.dumps(POST).encode()
    headers = signed(body)
    client.post("/ingest/desk", content=body, headers=headers)
    send(client, POST | {"text": "mended"})
    for case in (str, str.upper):
        again = headers | {"X-Insights-Signature": "sha256=" + case(
            headers["X-Insights-Signature"].removeprefix("sha256="))}  # fmt: skip
        answer = client.post("/ingest/desk", content=body, headers=again)
        assert answer.status_code == 200 and answer.json()["repeated"] is True
    bare = headers | {"X-Insights-Signature": headers["X-Insights-Signature"][7:]}
    client.post("/ingest/desk", content=body, headers=bare)
    assert held(engine) == {"7": "mended"}


@pytest.mark.parametrize("how", [
    pytest.param({"secret": "another secret, long enough"}, id="another-secret"),
    pytest.param({"ago": 400}, id="old"),
    pytest.param({"ago": -400}, id="ahead"),
    pytest.param({"at": 99_999_999_999}, id="far-ahead"),
])  # fmt: skip
def test_what_is_not_signed_now_with_the_secret_is_refused(client, engine, how):
    """Nothing of it is stored, and the answer says what is wrong without the secret."""
    answer = send(client, POST, **how)
    assert answer.status_code == 401
    assert SECRET not in answer.text and ("signature" in answer.text or "clock" in answer.text)
    assert held(engine) == {}


@pytest.mark.parametrize("change", [
    {"X-Insights-Signature": ""}, {"X-Insights-Timestamp": ""},
    {"X-Insights-Timestamp": "now"}, {"X-Insights-Timestamp": "-5"},
    {"X-Insights-Signature": "sha256="}, {"X-Insights-Signature": b"sha256=\xff\xfe"},
])  # fmt: skip
def test_headers_that_are_none_are_refused(client, change):
    """Whatever stands in them."""
    body = json.dumps(POST).encode()
    assert (
        client.post("/ingest/desk", content=body, headers=signed(body) | change).status_code == 401
    )


def test_a_changed_body_does_not_fit(client, engine):
    """The signature is of every byte."""
    body = json.dumps(POST).encode()
    answer = client.post("/ingest/desk", content=body + b" ", headers=signed(body))
    assert answer.status_code == 401 and held(engine) == {}


@pytest.mark.parametrize(("body", "status"), [
    pytest.param(b"", 400, id="empty"),
    pytest.param(b"id=7&text=x", 400, id="form"),
    pytest.param(b'"words"', 400, id="string"),
    pytest.param(b'{"id": NaN}', 400, id="nan"),
    pytest.param(b"\xff\xfe{}", 400, id="not-utf-8"),
    pytest.param(b"[" * 100_000, 400, id="deep"),
    pytest.param(b"[" + b"1," * 1_000 + b"1]", 400, id="too-many"),
    pytest.param(b" " * (MAX_BYTES + 1), 413, id="too-large"),
    pytest.param(b'{"id": "7"}', 422, id="no-text"),
    pytest.param(b'[7, null, "x"]', 422, id="no-posts"),
])  # fmt: skip
def test_what_cannot_be_read_is_answered_clearly(client, engine, body, status):
    """With a status that tells whose fault it is, and a reason in words."""
    answer = send(client, body)
    assert answer.status_code == status and answer.json()["detail"]
    assert held(engine) == {}


def test_one_bad_item_costs_itself(client, engine):
    """It is named by its number; its neighbours go in."""
    answer = send(
        client, [POST, {"id": "8", "text": "x", "created_at": "soon"}, POST | {"id": "9"}]
    )
    assert answer.status_code == 200
    assert [each["item"] for each in answer.json()["skipped"]] == ["2"]
    assert held(engine).keys() == {"7", "9"}
    assert send(client, []).json()["new"] == 0


def test_only_sources_that_are_webhooks_take_posts(client, engine):
    """And no page takes any where none is configured."""
    body = b"{}"
    assert client.post("/ingest/forum", content=body, headers=signed(body)).status_code == 404
    assert client.get("/ingest/desk").status_code == 405
    bare = TestClient(create_app(engine.database, min_people=3))
    assert bare.post("/ingest/desk", content=body, headers=signed(body)).status_code == 404


def test_a_delivery_counts_as_a_sign_of_life(client, engine):
    """The source's health is told like that of any other."""
    send(client, POST)
    with engine.database.read() as tx:
        (source,) = sources.every(tx)
    assert (source["name"], source["state"], source["posts"]) == ("desk", "ok", 1)


def test_pulling_brings_nothing_and_a_short_secret_is_refused():
    """It says how to make a better one."""
    hook = webhook()
    assert [*hook.pull(None), *hook.recheck(["7"])] == []
    assert "/ingest/desk" in hook.check().reads
    with pytest.raises(CredentialsError, match="openssl rand"):
        webhook("short")


@pytest.fixture
def served(engine: Engine) -> Iterator[str]:
    """The address of a real server on this machine."""
    receivers, save = {"desk": webhook()}, partial(save_batch, engine)
    app = create_app(engine.database, min_people=3, receivers=receivers, save=save)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield _address(server, thread.is_alive)
    finally:
        server.should_exit = True
        thread.join()


def _address(server: uvicorn.Server, alive: Callable[[], bool]) -> str:
    until = time.monotonic() + 20
    while not server.started and alive() and time.monotonic() < until:
        threading.Event().wait(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_the_example_of_the_docs_sends_a_post(served, engine):
    """With curl and openssl, as it stands there."""
    (example,) = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert "http://127.0.0.1:8420" in example
    script = example.replace("http://127.0.0.1:8420", served)
    done = subprocess.run(
        ["bash", "-euc", script], env={"DESK_SECRET": SECRET, "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["new"] == 1
    assert held(engine) == {"7": "The export stops at page 3"}
