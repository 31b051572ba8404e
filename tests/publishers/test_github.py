"""GitHub gets one issue or discussion a digest, whatever breaks in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from insights import plugins
from insights.digest.render import render
from insights.errors import PublishError, Undecided
from insights.http import Http
from insights.publishers.github import GitHub, GithubOptions
from insights.testing import Clock
from tests.connectors import contract
from tests.digest import example

TOKEN = "ghp_canary1234567890"
KEY = "2026-07-13/tracker"
NOW = datetime(2026, 7, 13, 4, 5, tzinfo=UTC)
LOST = httpx.ReadTimeout("late")


class Repository:
    """Opens, edits and lists threads as GitHub does; `faults` are told, or raised, once each.

    A fault that is a pair does the change first: what is lost is the answer.
    """

    def __init__(self) -> None:
        self.threads: list[dict[str, Any]] = []
        self.faults: list[Any] = []
        self.asked: list[httpx.Request] = []
        self.changes = 0

    def add(self, body: str, *, at: datetime = NOW, ours: bool = False) -> None:
        number = len(self.threads) + 1
        url = f"https://github.com/acme/app/issues/{number}"
        self.threads.append({
            "id": f"I_{number}", "url": url, "body": body, "createdAt": at.isoformat(),
            "viewerDidAuthor": ours,
        })  # fmt: skip

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        contract.check_query(request)
        if request.headers["authorization"] != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"message": "Bad credentials"})
        asked = json.loads(request.content)
        change = "mutation" in asked["query"]
        fault = self.faults.pop(0) if self.faults and change else None
        if fault is not None and not isinstance(fault, tuple):
            return self._fails(fault)
        answer = self._changed(asked) if change else self._page(asked["variables"]["after"])
        return self._fails(fault[0]) if fault else httpx.Response(200, json={"data": answer})

    def _fails(self, fault: Any) -> httpx.Response:
        if isinstance(fault, Exception):
            raise fault
        return fault

    def _changed(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.changes += 1
        told = asked["variables"]
        if "id" in told:
            thread = next(each for each in self.threads if each["id"] == told["id"])
            thread.update(body=told["body"])
        else:
            self.add(told["body"], ours=True)
            thread = self.threads[-1]
        return {"made": {"it": {"url": thread["url"]}}}

    def _page(self, after: str | None) -> dict[str, Any]:
        newest = self.threads[::-1]
        start = int(after or 0)
        found = {
            "pageInfo": {"hasNextPage": len(newest) > start + 2, "endCursor": str(start + 2)},
            "nodes": newest[start : start + 2],
        }
        categories = {"nodes": [{"id": "C_1", "name": "Insights"}]}
        return {"repository": {"id": "R_1", "found": found, "discussionCategories": categories}}


@pytest.fixture
def repository() -> Repository:
    return Repository()


def github(repository: Repository, **more: object) -> GitHub:
    clock = Clock()
    transport = httpx.MockTransport(repository)
    http = Http(transport=transport, sleep=clock.sleep, now=clock.now)
    told = {"repository": "acme/app", "token": SecretStr(TOKEN), **more}
    return GitHub("tracker", GithubOptions.model_validate(told), http=http)


def written(publisher: GitHub, digest=None) -> bytes:
    return publisher.write("2026-07-13", render(digest or example.full()), to="", key=KEY)


def test_it_comes_in_by_the_plugin_door():
    """The entry point leads here."""
    assert plugins.publisher("github") is GitHub


@pytest.mark.parametrize("category", [None, "Insights"])
def test_a_digest_is_opened_once(repository, category):
    """As an issue or as a discussion; delivered again, the one that is there is named."""
    publisher = github(repository, category=category)
    letter = written(publisher)
    assert TOKEN.encode() not in letter
    where = [publisher.deliver(letter, to="", key=KEY) for _ in range(2)]
    assert where == ["https://github.com/acme/app/issues/1"] * 2
    assert repository.changes == 1
    made = json.loads(repository.asked[1].content)["variables"]
    assert made["title"] == example.full().headline
    assert made["body"].startswith("**Quillpad**") and len(made["body"]) < 65_536


@pytest.mark.parametrize("fault", [LOST, httpx.Response(502), httpx.ReadError("reset")])
def test_a_lost_answer_is_looked_up(repository, fault):
    """GitHub opened it and could not say so: it is found by its mark, and nothing is open."""
    repository.faults = [(fault,)]
    publisher = github(repository)
    assert publisher.deliver(written(publisher), to="", key=KEY).endswith("/issues/1")
    assert repository.changes == 1


def test_what_is_not_there_may_yet_come(repository):
    """Neither sent again nor called failed: GitHub may still be at it."""
    repository.faults = [LOST]
    publisher = github(repository)
    with pytest.raises(Undecided):
        publisher.deliver(written(publisher), to="", key=KEY)
    assert repository.changes == 0


def test_a_kill_after_opening_is_mended_by_the_next_delivery(repository):
    """Behind newer threads, and with a clock of theirs that is behind ours."""
    publisher = github(repository)
    letter = written(publisher)
    repository.add(json.loads(letter)["body"], at=NOW - timedelta(hours=2), ours=True)
    for number in range(5):
        repository.add(f"newer {number}")
    assert publisher.deliver(letter, to="", key=KEY).endswith("/issues/1")
    assert repository.changes == 0


def test_nobody_else_can_take_its_place(repository):
    """Marks can be copied; only what this token opened counts."""
    publisher = github(repository)
    letter = written(publisher)
    repository.add(json.loads(letter)["body"])
    assert publisher.deliver(letter, to="", key=KEY).endswith("/issues/2")


def test_old_threads_are_not_walked_through(repository):
    """What was opened long before the digest was made cannot be it."""
    for number in range(40):
        repository.add(f"old {number}", at=NOW - timedelta(days=400 - number))
    publisher = github(repository)
    publisher.deliver(written(publisher), to="", key=KEY)
    assert len(repository.asked) == 2


def test_erased_words_are_edited_out(repository):
    """The thread that is there gets the corrected words; a lost answer is no reason to stop."""
    publisher = github(repository)
    publisher.deliver(written(publisher), to="", key=KEY)
    repository.faults = [LOST]
    corrected = written(publisher, example.full().without_quotes())
    with pytest.raises(PublishError) as caught:
        publisher.deliver(corrected, to="", key=KEY)
    assert not isinstance(caught.value, Undecided)
    publisher.deliver(corrected, to="", key=KEY)
    assert len(repository.threads) == 1 and "the spinner" not in repository.threads[0]["body"]


def errors(**more: object) -> httpx.Response:
    return httpx.Response(200, json={"errors": [{"message": "no such luck", **more}]})


SURE = {
    "forbidden": (errors(type="FORBIDDEN"), "no such luck"),
    "unprocessable": (errors(type="UNPROCESSABLE"), "no such luck"),
    "wrong-query": (errors(extensions={"code": "undefinedField"}), "no such luck"),
    "403": (httpx.Response(403, json={"message": "Resource not accessible"}), "not accessible"),
    "limit": (httpx.Response(429, headers={"Retry-After": "9999"}), "asked again"),
    "limit-in-body": (errors(type="RATE_LIMITED"), "asked again"),
    "refused": (httpx.ConnectError("refused"), "connection failed"),
}


@pytest.mark.parametrize(("fault", "says"), SURE.values(), ids=SURE)
def test_what_github_surely_did_not_open(repository, fault, says, caplog):
    """The next run tries again; the token is not told."""
    caplog.set_level("DEBUG")
    repository.faults = [fault] * 9
    publisher = github(repository)
    with pytest.raises(PublishError, match=says) as caught:
        publisher.deliver(written(publisher), to="", key=KEY)
    assert not isinstance(caught.value, Undecided) and not repository.threads
    assert TOKEN not in f"{caught.value!r} {caplog.text}"


@pytest.mark.parametrize("fault", [errors(), httpx.Response(200, text="<html>"),
                                   httpx.Response(200, json=[])])  # fmt: skip
def test_an_answer_that_is_none_is_looked_up(repository, fault):
    """And left open where nothing is found."""
    repository.faults = [(fault,)]
    publisher = github(repository)
    assert publisher.deliver(written(publisher), to="", key=KEY).endswith("/issues/1")


@pytest.mark.parametrize(
    ("answer", "says"),
    [(httpx.Response(401), "refused us"), (errors(type="NOT_FOUND"), "check the name"),
     (httpx.Response(200, json=[]), "looked through"), (httpx.Response(500), "500"),
     (httpx.Response(200, json={"data": {"repository": {"id": 7}}}), "looked through")],
)  # fmt: skip
def test_nothing_is_opened_where_it_cannot_be_looked_first(answer, says):
    """Else a digest could come twice after a kill."""
    clock = Clock()
    transport = httpx.MockTransport(lambda request: answer)
    publisher = GitHub(
        "tracker", GithubOptions(repository="acme/app", token=SecretStr(TOKEN)),
        http=Http(transport=transport, sleep=clock.sleep, now=clock.now),
    )  # fmt: skip
    with pytest.raises(PublishError, match=says) as caught:
        publisher.deliver(written(publisher), to="", key=KEY)
    assert not isinstance(caught.value, Undecided)


def test_a_category_that_is_not_there_names_those_that_are(repository):
    """A slip of the pen is mended without looking it up."""
    publisher = github(repository, category="Insight")
    with pytest.raises(PublishError, match="there is: Insights"):
        publisher.deliver(written(publisher), to="", key=KEY)


def test_another_github_has_its_api_beside(repository):
    """Of GitHub Enterprise, the address that the connector takes is the one for here, too."""
    publisher = github(repository, api_url="https://git.example.com/api/v3")
    publisher.deliver(written(publisher), to="", key=KEY)
    assert str(repository.asked[0].url) == "https://git.example.com/api/graphql"
