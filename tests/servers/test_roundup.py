"""Reading a real Roundup: what is written, edited and deleted there comes out right."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.roundup import PAGE, Roundup, RoundupOptions
from insights.errors import CredentialsError, RateLimited
from insights.http import Http
from insights.testing import Shelf
from tests.servers.running import SERVERS, free_port, running

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("roundup")]

BIN = SERVERS / "roundup" / "bin"
PASSWORD = "a-password-of-this-test"


NOWHERE = "http://127.0.0.1:1/"


class Tracker:
    """A client that writes, as a person's would."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(
            base_url=f"{url}/rest/data/",
            auth=("admin", PASSWORD),
            headers={"X-Requested-With": "rest", "Referer": f"{url}/", "Origin": url},
        )

    def message(self, text: str) -> str:
        return self._made("msg", content=text, author="admin")

    def issue(self, title: str, *messages: str) -> str:
        said = {"messages": [self.message(text) for text in messages]} if messages else {}
        return self._made("issue", title=title, **said)

    def answer(self, issue: str, text: str) -> str:
        id_ = self.message(text)
        self.set(f"issue/{issue}/messages", [id_], op="add")
        return id_

    def set(self, path: str, value: Any, op: str = "") -> None:
        item = "/".join(path.split("/")[:2])
        headers = {"If-Match": self.client.get(item).headers["ETag"]}
        if op:
            body = {"@op": op, path.rpartition("/")[2]: value}
            reply = self.client.patch(item, json=body, headers=headers)
        else:
            reply = self.client.put(path, json={"data": value}, headers=headers)
        reply.raise_for_status()

    def retire(self, item: str) -> None:
        headers = {"If-Match": self.client.get(item).headers["ETag"]}
        self.client.request("DELETE", item, json={}, headers=headers).raise_for_status()

    def _made(self, kind: str, **values: Any) -> str:
        reply = self.client.post(kind, json=values)
        reply.raise_for_status()
        return str(reply.json()["data"]["id"])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tracker in which nothing was written yet; each test starts a copy of it."""
    assert BIN.exists(), "Roundup is not here: run tests/servers/install roundup"
    home = tmp_path_factory.mktemp("roundup") / "tracker"
    admin = [str(BIN / "roundup-admin"), "-i", str(home)]
    settings = f"mail_domain=example.org,mailhost=localhost,tracker_web={NOWHERE}"
    _do([*admin, "install", "classic", "anydbm", settings])
    _set(home, "backend = anydbm", "backend = sqlite")
    # Else it reckons for half a second over the password of each call.
    _set(home, "password_pbkdf2_default_rounds = 250000", "password_pbkdf2_default_rounds = 1000")
    _do([*admin, "initialise", PASSWORD], answer="y\n")
    return home


@pytest.fixture
def serve(empty: Path, tmp_path: Path) -> Iterator[Any]:
    """A function that starts a tracker with the limits that it is given."""
    with ExitStack() as stack:

        def start(calls: int = 0, seconds: int = 3600) -> Tracker:
            port = free_port()
            home, url = tmp_path / "tracker", f"http://127.0.0.1:{port}"
            shutil.copytree(empty, home)
            _set(home, NOWHERE, f"{url}/")
            _set(home, "api_calls_per_interval = 0", f"api_calls_per_interval = {calls}")
            _set(home, "api_interval_in_sec = 3600", f"api_interval_in_sec = {seconds}")
            script = Path(__file__).with_name("roundup_wsgi.py")
            command = [str(BIN / "python"), str(script), str(home), str(port)]
            stack.enter_context(running(command, url=url, folder=tmp_path))
            return Tracker(url)

        yield start


def _set(home: Path, old: str, new: str) -> None:
    config = home / "config.ini"
    text = config.read_text(encoding="utf-8")
    assert f"\n{old}" in text or old == NOWHERE
    config.write_text(text.replace(old, new), encoding="utf-8")


def _do(command: list[str], answer: str = "") -> None:
    subprocess.run(command, input=answer, text=True, check=True, capture_output=True, timeout=120)


def connector(tracker: Tracker, http: Http, password: str = PASSWORD) -> Roundup:
    options = RoundupOptions(url=tracker.url, username="admin", password=SecretStr(password))
    return Roundup("tracker", options, http=http)


def pull(tracker: Tracker, shelf: Shelf | None = None, http: Http | None = None) -> Shelf:
    shelf = shelf or Shelf()
    for batch in connector(tracker, http or Http()).pull(shelf.cursor):
        shelf.take(batch)
    return shelf


def recheck(tracker: Tracker, shelf: Shelf) -> Shelf:
    for batch in connector(tracker, Http()).recheck(list(shelf.posts)):
        shelf.take(batch, keep_cursor=True)
    return shelf


def test_what_is_written_edited_and_deleted_comes_out_right(serve):
    """Issues with their messages; then answers, edits, a retired message and a retired issue."""
    tracker = serve()
    # West of Greenwich, a time that were read in the user's time zone would leave out the news.
    tracker.set("user/1/timezone", "-8")
    first = tracker.issue("The export fails", "Always, on every page")
    second = tracker.issue("Without words")
    answer = tracker.answer(first, "Here too")
    shelf = pull(tracker)
    said = {id_: post.text for id_, post in shelf.posts.items()}
    comment = f"comment-{first}-{answer}"
    assert said == {
        f"issue-{first}": "Always, on every page",
        f"issue-{second}": "Without words",
        comment: "Here too",
    }
    post = shelf.posts[f"issue-{first}"]
    assert (post.title, post.author, post.attributes["status"]) == (
        "The export fails", "admin", "chatting",
    )  # fmt: skip
    assert httpx.get(shelf.posts[comment].url or "").status_code in (200, 403)

    late = tracker.answer(first, "It was the proxy")
    third = tracker.issue("Another", "Words of it")
    pull(tracker, shelf)
    assert {f"comment-{first}-{late}", f"issue-{third}"} <= shelf.posts.keys()

    tracker.set(f"issue/{third}/title", "Another title")
    tracker.set(f"msg/{answer}/content", "Here too, since Monday")
    tracker.retire(f"msg/{late}")
    tracker.retire(f"issue/{second}")
    recheck(tracker, pull(tracker, shelf))
    assert shelf.posts[f"issue-{third}"].title == "Another title"
    assert shelf.posts[comment].text == "Here too, since Monday"
    assert shelf.gone == {f"comment-{first}-{late}", f"issue-{second}"}
    assert not shelf.skipped


def test_pages_of_a_real_tracker_lose_nothing(serve):
    """More issues than a page within a few seconds, by the tracker's own paging."""
    tracker = serve()
    ids = {f"issue-{tracker.issue(f'Trouble {number}')}" for number in range(PAGE + 10)}
    shelf = pull(tracker)
    assert shelf.posts.keys() == ids
    again = list(connector(tracker, Http()).pull(shelf.cursor))
    assert sum(len(batch.posts) for batch in again) == 0
    checkup = connector(tracker, Http()).check()
    assert checkup.items == PAGE + 10


def test_a_real_limit_is_obeyed(serve):
    """Three calls in twelve seconds: 429 and Retry-After are met and waited for."""
    tracker = serve(calls=3, seconds=12)
    ids = set()
    while not ids:
        reply = tracker.client.post("issue", json={"title": f"Trouble {len(ids)}"})
        ids |= {f"issue-{reply.json()['data']['id']}"} if reply.status_code == 201 else set()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    while tracker.client.get("status").status_code != 429:
        assert not slept
    assert pull(tracker, http=Http(sleep=sleep)).posts.keys() == ids
    assert slept and all(seconds <= 12 for seconds in slept)


def test_a_long_real_limit_says_when_to_come_back(serve):
    """Two calls an hour: the pull ends at once with the time at which it can go on."""
    tracker = serve(calls=2, seconds=3600)
    while tracker.client.get("status").status_code != 429:
        assert tracker.url
    with pytest.raises(RateLimited, match="can be asked again at"):
        pull(tracker)


def test_a_wrong_password_is_refused(serve):
    """In one sentence, without the password."""
    with pytest.raises(CredentialsError, match="Rest Access") as caught:
        connector(serve(), Http(), "some-wrong-password").check()
    assert "some-wrong-password" not in str(caught.value)
