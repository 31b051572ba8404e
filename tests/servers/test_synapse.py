"""Reading rooms of a real Synapse: what comes, changes and goes, and its limits."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import SecretStr

from connectors.matrix import Matrix, MatrixOptions
from insights.http import Http
from insights.testing import Shelf

PYTHON = Path(__file__).parents[2] / ".servers" / "synapse" / "bin" / "python"
GENEROUS = {"per_second": 1000, "burst_count": 1000}

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("synapse")]


class Account:
    """A person or program at a homeserver, who does what a client does."""

    def __init__(self, url: str, name: str, shared_secret: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=60)
        register = "/_synapse/admin/v1/register"
        nonce = self.client.get(register).json()["nonce"]
        password = secrets.token_hex(8)
        parts = "\0".join((nonce, name, password, "notadmin")).encode()
        mac = hmac.new(shared_secret.encode(), parts, hashlib.sha1).hexdigest()
        known = self.ask("POST", register, json={
            "nonce": nonce, "username": name, "password": password, "mac": mac, "admin": False,
        })  # fmt: skip
        self.id, self.token = known["user_id"], known["access_token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"
        self.sent = 0

    def ask(self, method: str, path: str, **more: Any) -> Any:
        reply = self.client.request(method, path, **more)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def do(self, path: str, method: str = "POST", **body: Any) -> Any:
        return self.ask(method, f"/_matrix/client/v3/{path}", json=body)

    def say(self, room: str, text: str, **more: Any) -> str:
        self.sent += 1
        content = {"msgtype": "m.text", "body": text, **more}
        path = f"rooms/{room}/send/m.room.message/{self.sent}"
        return self.do(path, "PUT", **content)["event_id"]

    def edit(self, room: str, event: str, text: str) -> str:
        relation = {"rel_type": "m.replace", "event_id": event}
        new = {"msgtype": "m.text", "body": text}
        return self.say(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    def take_back(self, room: str, event: str) -> None:
        self.sent += 1
        self.do(f"rooms/{room}/redact/{event}/{self.sent}", "PUT")


@contextmanager
def synapse(folder: Path, **settings: Any) -> Iterator[tuple[str, str]]:
    """Start a homeserver that only this machine reaches; yield its address and secret."""
    assert PYTHON.exists(), "Synapse is not installed; run: tests/servers/install synapse"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config, log = folder / "homeserver.yaml", folder / "output.log"
    generate = ["--server-name", "localhost", "--generate-config", "--report-stats=no"]
    command = [PYTHON, "-m", "synapse.app.homeserver", "--config-path", config]
    with log.open("wb") as out:
        subprocess.run([*command, *generate], cwd=folder, stdout=out, stderr=out, check=True)
        shared_secret = secrets.token_hex(16)
        made = yaml.safe_load(config.read_text()) | settings | {
            "listeners": [{
                "port": port, "type": "http", "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": ["client"]}],
            }],
            "trusted_key_servers": [], "redaction_retention_period": None,
            "presence": {"enabled": False}, "bcrypt_rounds": 4,
            "registration_shared_secret": shared_secret,
        }  # fmt: skip
        config.write_text(yaml.safe_dump(made))
        server = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server, log)
        yield url, shared_secret
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(f"{url}/_matrix/client/versions").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"Synapse does not answer: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A homeserver that lets us post as fast as we like; reading is not limited by it anyway."""
    limits = dict.fromkeys(("rc_message", "rc_registration"), GENEROUS)
    more = {"rc_joins": {"local": GENEROUS}, "rc_invites": {"per_room": GENEROUS}}
    with synapse(tmp_path_factory.mktemp("synapse"), **limits, **more) as started:
        yield started


@pytest.fixture
def people(quick: tuple[str, str]) -> tuple[Account, Account]:
    """Somebody who writes, and the program that reads."""
    url, secret = quick
    name = secrets.token_hex(4)
    return Account(url, f"ada-{name}", secret), Account(url, f"reader-{name}", secret)


def opened(ada: Account, reader: Account, name: str, **more: Any) -> str:
    room = ada.do("createRoom", name=name, preset="public_chat", **more)["room_id"]
    reader.do(f"join/{room}")
    return str(room)


def pull(url: str, account: Account, shelf: Shelf | None = None, **options: Any) -> Shelf:
    shelf = shelf or Shelf()
    for batch in reader_of(url, account, **options).pull(shelf.cursor):
        shelf.take(batch)
    return shelf


def reader_of(url: str, account: Account, **options: Any) -> Matrix:
    settings = MatrixOptions(url=url, token=SecretStr(account.token), **options)
    return Matrix("chat", settings, http=Http())


def test_everything_of_a_room_comes(quick, people):
    """Several pages of messages with threads, replies, edits and redactions come out right."""
    ada, reader = people
    room = opened(ada, reader, "Lobby", room_alias_name=f"lobby-{ada.id[5:9]}")
    ids = [ada.say(room, f"Export number {n} fails") for n in range(130)]
    thread = {"rel_type": "m.thread", "event_id": ids[5], "is_falling_back": True,
              "m.in_reply_to": {"event_id": ids[5]}}  # fmt: skip
    in_thread = ada.say(room, "Here too", **{"m.relates_to": thread})
    reply = ada.say(
        room, f"> <{ada.id}> Export number 7 fails\n\nSince today",
        **{"m.relates_to": {"m.in_reply_to": {"event_id": ids[7]}}},
    )  # fmt: skip
    ada.edit(room, ids[3], "It was the proxy")
    ada.take_back(room, ids[4])
    shelf = pull(quick[0], reader)
    assert not shelf.skipped
    texts = {post.native_id.partition("/")[2]: post.text for post in shelf.posts.values()}
    expected = {id_: f"Export number {n} fails" for n, id_ in enumerate(ids)}
    del expected[ids[4]]
    expected |= {ids[3]: "It was the proxy", in_thread: "Here too", reply: "Since today"}
    assert texts == expected
    said = shelf.posts[f"{room}/{in_thread}"]
    assert (said.thread_id, said.parent_id) == (f"{room}/{ids[5]}", f"{room}/{ids[5]}")
    assert (said.author, said.space) == (ada.id, "Lobby")
    assert shelf.posts[f"{room}/{reply}"].parent_id == f"{room}/{ids[7]}"


def test_later_pulls_bring_what_changed(quick, people):
    """More than a sync holds, an edit, a redaction; then nothing, at no cost."""
    ada, reader = people
    room = opened(ada, reader, "Lobby")
    first, second, third = (ada.say(room, f"message {n}") for n in range(3))
    shelf = pull(quick[0], reader)
    ada.edit(room, first, "the first, mended")
    ada.take_back(room, second)
    new = {f"{room}/{ada.say(room, f'news {n}')}" for n in range(70)}
    pull(quick[0], reader, shelf)
    assert shelf.posts.keys() == new | {f"{room}/{first}", f"{room}/{third}"}
    assert shelf.posts[f"{room}/{first}"].text == "the first, mended"
    assert shelf.gone == {f"{room}/{second}"}
    assert [b.posts for b in reader_of(quick[0], reader).pull(shelf.cursor)] == [()]


def test_a_kill_after_any_batch_loses_nothing(quick, people):
    """Tokens that were handed out lead on, while others go on writing.

    Synapse answers a sync that it was asked before as it did then, for two minutes; what came
    since is in the next one.
    """
    ada, reader = people
    room = opened(ada, reader, "Lobby")
    ids = {f"{room}/{ada.say(room, f'message {n}')}" for n in range(130)}
    states = [Shelf()]
    for batch in reader_of(quick[0], reader).pull(None):
        states.append(states[-1].copy())
        states[-1].take(batch)
    ids.add(f"{room}/{ada.say(room, 'written after the kill')}")
    assert len(states) > 3
    for shelf in states:
        pull(quick[0], reader, shelf)
        assert pull(quick[0], reader, shelf).posts.keys() == ids


def test_a_room_that_is_joined_later_comes_whole(quick, people):
    """Its past is from before the token of the last sync."""
    ada, reader = people
    opened(ada, reader, "First")
    room = ada.do("createRoom", name="Second", preset="public_chat")["room_id"]
    old = ada.say(room, "said before anybody came")
    shelf = pull(quick[0], reader)
    reader.do(f"join/{room}")
    assert list(pull(quick[0], reader, shelf).posts) == [f"{room}/{old}"]


def test_asking_again_finds_edits_and_redactions(quick, people):
    """And leaves what did not change as it is."""
    ada, reader = people
    room = opened(ada, reader, "Lobby")
    same, edited, gone = (f"{room}/{ada.say(room, text)}" for text in ("a", "b", "c"))
    shelf = pull(quick[0], reader)
    before = shelf.posts[same]
    ada.edit(room, edited.partition("/")[2], "b, mended")
    ada.take_back(room, gone.partition("/")[2])
    for batch in reader_of(quick[0], reader).recheck(list(shelf.posts)):
        shelf.take(batch, keep_cursor=True)
    assert shelf.gone == {gone}
    assert (shelf.posts[same], shelf.posts[edited].text) == (before, "b, mended")


def test_an_encrypted_room_is_named_and_the_others_come(quick, people):
    """By the name that people know it by."""
    ada, reader = people
    room = opened(ada, reader, "Open")
    encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    opened(ada, reader, "Sealed", initial_state=[encryption])
    said = ada.say(room, "for all to read")
    shelf = pull(quick[0], reader)
    assert list(shelf.posts) == [f"{room}/{said}"]
    (skipped,) = shelf.skipped
    assert "Sealed" in skipped.where and "encrypted" in skipped.reason


def test_aliases_and_check(quick, people):
    """An alias leads to its room; a check says whom it was asked as, and what is missing."""
    ada, reader = people
    local = f"chat-{ada.id[5:13]}"
    room = opened(ada, reader, "Named", room_alias_name=local)
    opened(ada, reader, "Other")
    ada.say(room, "here")
    alias = f"#{local}:localhost"
    assert len(pull(quick[0], reader, rooms=(alias,)).posts) == 1
    assert reader.id in reader_of(quick[0], reader, rooms=(alias,)).check().reads
    shelf = pull(quick[0], reader, rooms=(alias, "#none:localhost"))
    assert re.search("no room has this alias", shelf.skipped[0].reason)


def test_the_servers_own_limits_are_obeyed(tmp_path):
    """With Synapse's limits as they come, its 429s are waited out, and nothing comes twice."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        time.sleep(seconds)

    with synapse(tmp_path) as (url, secret):
        ada = Account(url, "ada", secret)
        room = ada.do("createRoom", name="Lobby", preset="public_chat")["room_id"]
        http = Http(sleep=wait)
        headers = {"Authorization": f"Bearer {ada.token}"}
        where = f"{url}/_matrix/client/v3/rooms/{room}/send/m.room.message"
        for n in range(12):
            content = {"msgtype": "m.text", "body": f"message {n}"}
            assert http.post(where, json=content, headers=headers).status == 200
        shelf = pull(url, ada)
    assert waited and 1 <= max(waited) <= 10
    texts = sorted(post.text for post in shelf.posts.values())
    assert texts == sorted(f"message {n}" for n in range(12))
