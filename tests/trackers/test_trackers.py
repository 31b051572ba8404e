"""What writes to each platform sends what it should, and knows its own issues again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from insights.errors import CredentialsError, PublishError, Undecided
from insights.http import Http
from insights.protocols import Opens, Replies
from insights.testing import Clock
from insights.tracker import standing
from insights.trackers.discourse import Discourse, DiscourseOptions
from insights.trackers.github import GitHub, GitHubOptions
from insights.trackers.jira import Jira, JiraOptions
from insights.trackers.redmine import Redmine, RedmineOptions

AT = datetime(2026, 5, 4, 2, tzinfo=UTC)
KEY = "insights-0123456789abcdef"
SECRET = SecretStr("s3cr3t-t0ken")
Answer = Callable[[httpx.Request], httpx.Response]


class Wire:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def http(self) -> Http:
        clock = Clock(AT)
        transport = httpx.MockTransport(self)
        return Http(transport=transport, sleep=clock.sleep, now=clock.now)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers.pop(0)

    @property
    def sent(self) -> dict[str, Any]:
        return json.loads(self.asked[-1].content)


def github(wire: Wire, **more: Any) -> GitHub:
    options = {"repository": "acme/app", "token": SECRET, "labels": ("community",)} | more
    return GitHub("app", GitHubOptions(**options), http=wire.http())


def redmine(wire: Wire, **more: Any) -> Redmine:
    options = {"url": "https://r.example", "project": "app", "api_key": SECRET} | more
    return Redmine("bugs", RedmineOptions(**options), http=wire.http())


def jira(wire: Wire, **more: Any) -> Jira:
    options: dict[str, Any] = {"url": "https://j.example", "projects": ("APP",), "token": SECRET}
    return Jira("j", JiraOptions(**options | {"email": "a@b.example"} | more), http=wire.http())


def discourse(wire: Wire, **more: Any) -> Discourse:
    options = {"url": "https://d.example", "api_key": SECRET} | more
    return Discourse("forum", DiscourseOptions(**options), http=wire.http())


ISSUES = {
    "github": (github, {"number": 7, "html_url": "https://github.com/acme/app/issues/7"}),
    "redmine": (redmine, {"issue": {"id": 7}}),
    "jira": (jira, {"id": "10007", "key": "APP-7"}),
}
WHERE = {
    "github": ("issue-7", "https://github.com/acme/app/issues/7"),
    "redmine": ("issue-7", "https://r.example/issues/7"),
    "jira": ("issue-10007", "https://j.example/browse/APP-7"),
}


@pytest.mark.parametrize("name", ISSUES)
def test_an_issue_is_opened_where_its_answer_says(name: str) -> None:
    make, answer = ISSUES[name]
    wire = Wire(httpx.Response(201, json=answer))
    tracker = make(wire)
    assert isinstance(tracker, Opens)
    opened = tracker.open("It fails", "words", key=KEY)
    assert (opened.native_id, opened.url) == WHERE[name]
    assert len(wire.asked) == 1 and "It fails" in wire.asked[0].content.decode()


def test_each_platform_gets_its_own_fields() -> None:
    wire = Wire(httpx.Response(201, json=ISSUES["github"][1]))
    github(wire).open("It fails", "words", key=KEY)
    assert wire.sent == {"title": "It fails", "body": "words", "labels": ["community"]}
    assert wire.asked[0].headers["authorization"] == "Bearer s3cr3t-t0ken"
    wire = Wire(httpx.Response(201, json=ISSUES["redmine"][1]))
    redmine(wire, tracker_id=2).open("It fails", "words", key=KEY)
    assert wire.sent["issue"] == {
        "project_id": "app", "subject": "It fails", "description": "words", "tracker_id": 2,
    }  # fmt: skip
    wire = Wire(httpx.Response(201, json=ISSUES["jira"][1]))
    jira(wire).open("It fails", {"type": "doc"}, key=KEY)
    assert wire.sent["fields"]["project"] == {"key": "APP"}
    assert wire.sent["fields"]["description"] == {"type": "doc"}


@pytest.mark.parametrize("name", ISSUES)
@pytest.mark.parametrize("body", ["", "{", "[]", '{"id": {}}'], ids=repr)
def test_a_taken_issue_whose_answer_cannot_be_read_is_undecided(name: str, body: str) -> None:
    """It is there; only where, the key must tell."""
    wire = Wire(httpx.Response(201, text=body))
    with pytest.raises(Undecided, match="did not say where it is"):
        ISSUES[name][0](wire).open("It fails", "words", key=KEY)


@pytest.mark.parametrize("name", ISSUES)
@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_sure_and_hides_the_secret(name: str, status: int) -> None:
    wire = Wire(httpx.Response(status, json={"message": "no, s3cr3t-t0ken"}))
    with pytest.raises(PublishError) as caught:
        ISSUES[name][0](wire).open("It fails", "words", key=KEY)
    assert not isinstance(caught.value, Undecided)
    assert str(status) in str(caught.value)


def test_an_issue_is_known_again_by_its_key() -> None:
    """On any page of what was opened since; else it is not there."""
    bodies = [{"number": n, "html_url": f"https://g/{n}", "body": None} for n in (1, 2)]
    mine = {"number": 7, "html_url": WHERE["github"][1], "body": f"x <!-- {KEY} -->"}
    found = github(Wire(httpx.Response(200, json=[*bodies, "odd", mine]))).find(KEY, AT)
    assert found and (found.native_id, found.url) == WHERE["github"]
    assert github(Wire(httpx.Response(200, json=bodies))).find(KEY, AT) is None
    pages = [
        httpx.Response(200, json={"issues": [{"id": 1}], "total_count": 2}),
        httpx.Response(200, json={"issues": [{"id": 7, "description": KEY}], "total_count": 2}),
    ]
    found = redmine(Wire(*pages)).find(KEY, AT)
    assert found and (found.native_id, found.url) == WHERE["redmine"]
    empty = httpx.Response(200, json={"issues": [], "total_count": 9})
    assert redmine(Wire(empty)).find(KEY, AT) is None
    pages = [
        httpx.Response(200, json={"issues": [{"id": "1", "key": "APP-1"}], "nextPageToken": "n"}),
        httpx.Response(
            200, json={"issues": [{"id": "10007", "key": "APP-7", "fields": {"description": KEY}}]}
        ),
    ]
    wire = Wire(*pages)
    found = jira(wire).find(KEY, AT)
    assert found and (found.native_id, found.url) == WHERE["jira"]
    assert wire.sent["nextPageToken"] == "n"


def test_how_an_issue_stands_is_read_as_the_connectors_do() -> None:
    closed = {"state": "closed", "state_reason": "completed", "closed_at": "2026-05-01T00:00:00Z"}
    seen = github(Wire(httpx.Response(200, json=ISSUES["github"][1] | closed))).look("issue-7")
    assert seen and standing(seen.attributes).state == "done"
    ticket = {"id": 7, "status": {"name": "Rejected", "is_closed": True}, "closed_on": None}
    seen = redmine(Wire(httpx.Response(200, json={"issue": ticket}))).look("issue-7")
    assert seen and standing(seen.attributes).state == "dropped"
    fields = {"resolution": {"name": "Done"}, "fixVersions": [{"name": "4.2"}]}
    answer = httpx.Response(200, json=ISSUES["jira"][1] | {"fields": fields})
    seen = jira(Wire(answer)).look("issue-10007")
    assert seen and standing(seen.attributes).release == "4.2"
    for make in (github, redmine, jira):
        assert make(Wire(httpx.Response(404, json={}))).look("issue-7") is None


def test_replies_go_where_the_thread_is() -> None:
    wire = Wire(httpx.Response(201, json={"html_url": "https://github.com/c"}))
    assert github(wire).reply("issue-7", "Done.") == "https://github.com/c"
    assert wire.asked[0].url.path == "/repos/acme/app/issues/7/comments"
    wire = Wire(httpx.Response(204))
    assert redmine(wire).reply("issue-7", "Done.") == "https://r.example/issues/7"
    assert (wire.asked[0].method, wire.sent) == ("PUT", {"issue": {"notes": "Done."}})
    wire = Wire(httpx.Response(200, json={"topic_id": 81, "post_number": 4}))
    assert discourse(wire).reply("81", "Done.") == "https://d.example/t/81/4"
    assert wire.sent == {"topic_id": 81, "raw": "Done."}
    assert wire.asked[0].headers["api-key"] == "s3cr3t-t0ken"
    wire = Wire(httpx.Response(422, json={"errors": ["Body is too short"]}))
    with pytest.raises(PublishError, match="Body is too short"):
        discourse(wire).reply("81", "Done.")


def test_what_cannot_be_answered_is_said_beforehand() -> None:
    """Discussions of GitHub by hand; Jira opens and does not reply; Discourse the other way."""
    wire = Wire()
    assert github(wire).answers("issue-7") and not github(wire).answers("discussion-7")
    assert not isinstance(jira(wire), Replies) and not isinstance(discourse(wire), Opens)
    with pytest.raises(CredentialsError, match="set one"):
        discourse(wire, api_key=None).reply("81", "Done.")
    assert wire.asked == []
