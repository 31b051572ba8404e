"""What reading a Roundup tracker promises."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from connectors.roundup import Roundup, RoundupOptions
from insights.errors import CredentialsError, RateLimited
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.ring import URL, USER, Ring


def make(http: Http, server: Ring, **options) -> Roundup:
    options = {"username": USER, "password": SecretStr(server.token)} | options
    return Roundup("ring", RoundupOptions(url=f"{URL}/", **options), http=http)


@pytest.fixture
def trial() -> Trial[Ring]:
    return Trial(make, Ring)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Roundup keeps every promise of a connector."""
    check_connector(make, server=Ring, only=promise)


def test_a_post_carries_what_roundup_knows(trial):
    """Keywords, status, thread, parent and address come along."""
    issue, message = trial.pull(trial.server("first", "answer")).posts.values()
    assert (issue.title, issue.text, issue.author) == ("Trouble 10", "first", "jo")
    assert (issue.tags, issue.attributes) == (("export",), {"status": "unread"})
    assert (message.author, message.thread_id, message.parent_id) == ("ann", "issue-10", "issue-10")
    assert (issue.url, message.url) == (f"{URL}/issue10", f"{URL}/issue10#msg701")


def test_only_what_came_with_an_issue_is_its_text(trial):
    """An issue without words speaks by its title; what is said an hour later is an answer."""
    server = Ring()
    server.add_issue()
    server.at += timedelta(hours=1)
    server.add_message(10, "me again", author={"id": "4", "username": "jo"})
    said = {id_: post.text for id_, post in trial.pull(server).posts.items()}
    assert said == {"issue-10": "Trouble 10", "comment-10-700": "me again"}


def test_a_name_that_is_hidden_leaves_the_number(trial):
    """A role may list issues and not see who wrote them."""
    server = Ring()
    server.add_issue("words", creator={"id": "4"})
    server.messages[700]["author"] = {"id": "4"}
    (issue,) = trial.pull(server).posts.values()
    assert (issue.text, issue.author) == ("words", "4")


def test_messages_come_many_at_a_time(trial):
    """A page of issues costs one request for all their messages."""
    server = trial.server(*map(str, range(15)))
    trial.pull(server)
    kinds = [request.url.path.rpartition("/")[2] for request in server.asked]
    assert kinds == ["issue", "msg"]


def test_nothing_new_costs_one_request(trial):
    """The listing alone."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert len(server.asked) == 1


def test_more_than_a_page_within_one_second_loses_none_though_one_moves(trial):
    """A bulk change gives many issues one activity; while they are read, one is touched."""
    server = Ring()
    for number in range(14):
        server.add_issue(f"bulk {number}")
    touched = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("@page_index") == "2" and not touched:
            server.at += timedelta(minutes=1)
            touched.append(server.add_message(11, "touched"))
        return server(request)

    shelf = trial.pull(server, handler=handler)
    trial.pull(server, shelf)
    assert len(shelf.posts) == 15 and touched[0] in shelf.posts


def test_a_message_that_cannot_be_read_is_not_taken_for_deleted(trial):
    """Asked for again, it is skipped by name and keeps its place."""
    server = trial.server("first", "answer")
    shelf = trial.pull(server)
    server.spoil("comment-10-701")
    trial.recheck(server, shelf)
    assert shelf.gone == set() and "701" in shelf.skipped[0].where


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "3"}, 3.0), ({"X-RateLimit-Reset": "17.299"}, 17.299)],
    ids=["retry-after", "reset-in-broken-seconds"],
)
def test_its_limits_are_obeyed(trial, headers, seconds):
    """Roundup tells the seconds left as a broken number."""
    server = trial.server("words")
    replies = [httpx.Response(429, headers=headers)]
    trial.pull(server, handler=lambda request: replies.pop() if replies else server(request))
    assert trial.clock.slept == [seconds]


def test_an_hour_is_not_slept_through(trial):
    """A tracker with a few calls an hour ends the pull with the time to go on."""
    headers = {"X-RateLimit-Reset": "1799.5", "X-RateLimit-Remaining": "0"}
    with pytest.raises(RateLimited) as caught:
        trial.pull(Ring(), handler=lambda _: httpx.Response(429, headers=headers))
    assert caught.value.resume_at - trial.clock.now_at == timedelta(seconds=1799.5)


def test_check_tells_how_much_there_is(trial):
    """One request, and a number."""
    server = trial.server(*map(str, range(6)))
    checkup = trial.connector(server).check()
    assert (checkup.reads, checkup.items) == (f"2 issues of {URL}", 2)
    assert len(server.asked) == 1


def test_check_names_what_a_user_may_be_missing(trial):
    """A wrong password and a role without 'Rest Access' are told in one sentence."""
    server = trial.server("a")
    connector = trial.connector(server)
    server.token = "another-password"
    with pytest.raises(CredentialsError, match="Rest Access") as caught:
        connector.check()
    assert "correct-horse" not in str(caught.value)
    nobody = Trial(lambda http, _: Roundup("ring", RoundupOptions(url=URL), http=http), Ring)
    with pytest.raises(CredentialsError, match="'View' for issue"):
        nobody.connector(server).check()
