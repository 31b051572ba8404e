"""What reading a Redmine promises."""

import httpx
import pytest
from pydantic import SecretStr

from connectors.redmine import Redmine, RedmineOptions
from insights.errors import CredentialsError, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.bench import URL, Bench


def make(http: Http, server: Bench, **options) -> Redmine:
    key = SecretStr(server.token) if server.token else None
    return Redmine("bench", RedmineOptions(url=f"{URL}/", api_key=key, **options), http=http)


@pytest.fixture
def trial() -> Trial[Bench]:
    return Trial(make, Bench)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Redmine keeps every promise of a connector."""
    check_connector(make, server=Bench, only=promise)


def test_a_post_carries_what_redmine_knows(trial):
    """Project, tracker, status, thread, parent and address come along."""
    issue, note = trial.pull(trial.server("first", "answer")).posts.values()
    assert (issue.title, issue.space, issue.tags) == ("Trouble 10", "Feedback", ("Bug",))
    assert issue.attributes == {"status": "New", "priority": "Normal", "state": "open"}
    assert (note.author, note.thread_id, note.parent_id) == ("Ann", "issue-10", "issue-10")
    assert note.url == f"{URL}/issues/10#change-1000"


def test_an_issue_without_words_speaks_by_its_title(trial):
    """A description may be null, an anonymous author absent."""
    server = trial.server("x")
    server.issues[10] |= {"description": None, "author": None}
    (issue,) = trial.pull(server).posts.values()
    assert (issue.text, issue.author) == ("Trouble 10", None)


def test_changes_without_words_are_no_posts(trial):
    """A journal that only tells of a new status was written by nobody."""
    server = trial.server("first")
    server.add_note(10, "")
    assert list(trial.pull(server).posts) == ["issue-10"]


def test_private_notes_and_issues_are_not_read_though_the_key_may(trial):
    """What turns private is taken back with all that hangs on it."""
    server = trial.server("open", "1", "2", "3", "4", "other", "also said")
    shelf = trial.pull(server)
    server.at = server.at.replace(hour=23)
    server.issues[10]["is_private"] = True
    server.touch(10)
    server.journals[11][0]["private_notes"] = True
    server.touch(11)
    trial.pull(server, shelf)
    assert list(shelf.posts) == ["issue-11"]


def test_a_key_that_is_not_known_any_more_is_a_refusal_and_no_deletion(trial):
    """Redmine answers a wrong key as if there were none, so private issues would look deleted."""
    server = trial.server("for members only")
    shelf = trial.pull(server)
    server.issues[10]["is_private"] = True
    server.token = "another-key-now"

    def stale(http: Http, server: Bench) -> Redmine:
        options = RedmineOptions(url=URL, api_key=SecretStr("4be1d0a7c2f94e"))
        return Redmine("bench", options, http=http)

    old = Trial(stale, Bench)
    with pytest.raises(CredentialsError, match="My account"):
        old.recheck(server, shelf)
    with pytest.raises(CredentialsError, match="My account"):
        old.pull(server)


def test_anyone_may_read_a_public_redmine(trial):
    """Without a key none is sent, and who we are is not asked."""
    server = Bench(token="")
    server.add("words")
    assert len(trial.pull(server).posts) == 1
    assert {request.url.path for request in server.asked} == {"/issues.json", "/issues/10.json"}


def test_nothing_new_costs_three_requests(trial):
    """To be sure of the key, for the listing, and for what changed in the last second read."""
    server = trial.server(*"abcdefgh")
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert [request.url.path for request in server.asked] == [
        "/users/current.json", "/issues.json", "/issues/11.json",
    ]  # fmt: skip


def test_more_than_a_page_within_one_second_loses_none_though_one_moves(trial):
    """A bulk edit gives many issues one time; while they are read, one is touched."""
    server = Bench()
    for number in range(14):
        server.add_issue(f"bulk {number}")
    touched = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("offset") == "3" and not touched:
            touched.append(server.edit("issue-11", "touched"))
        return server(request)

    shelf = trial.pull(server, handler=handler)
    trial.pull(server, shelf)
    assert len(shelf.posts) == 14 and shelf.posts["issue-11"].text == "touched"


def test_an_issue_that_always_fails_stops_only_itself(trial):
    """Redmine may choke on one issue for ever; it is named and the others come."""
    server = trial.server(*map(str, range(12)))

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if request.url.path == "/issues/11.json" else server(request)

    shelf = trial.pull(server, handler=handler)
    assert [each.where for each in shelf.skipped] == [f"{URL}/issues/11"]
    assert len(shelf.posts) == 7


def test_an_issue_that_goes_while_it_is_listed_is_gone(trial):
    """Between the listing and the question for its notes it is deleted."""
    server = trial.server("short-lived", "1", "2", "3", "4", "lasting")

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/issues/10.json" else server(request)

    shelf = trial.pull(server, handler=handler)
    assert (list(shelf.posts), shelf.gone) == (["issue-11"], {"issue-10"})


def test_a_note_that_cannot_be_read_is_not_taken_for_deleted(trial):
    """Asked for again, it is skipped by name and keeps its place."""
    server = trial.server("first", "answer")
    shelf = trial.pull(server)
    server.spoil("comment-10-1000")
    trial.recheck(server, shelf)
    assert shelf.gone == set() and "1000" in shelf.skipped[0].where


def test_an_unknown_project_is_named():
    """A typo in the identifier ends in one sentence with it."""
    trial = Trial(lambda http, server: make(http, server, project="feedbak"), Bench)
    with pytest.raises(SourceError, match="feedbak"):
        trial.pull(Bench())


def test_check_tells_how_much_there_is(trial):
    """Two requests, and a number."""
    server = trial.server(*"abcdef")
    checkup = trial.connector(server).check()
    assert (checkup.reads, checkup.items) == (f"2 issues of {URL}", 2)
    assert len(server.asked) == 2


def test_check_names_the_permission_that_is_missing(trial):
    """A known user who may not view issues."""
    server = trial.server("a")
    server.forbidden = True
    with pytest.raises(CredentialsError, match="View issues"):
        trial.connector(server).check()


def test_check_says_that_the_key_is_wrong():
    """And where to find the right one, without showing it."""
    options = RedmineOptions(url=URL, api_key=SecretStr("mistyped-key"))
    http = Http(transport=httpx.MockTransport(Bench()))
    with pytest.raises(CredentialsError, match="My account") as caught:
        Redmine("bench", options, http=http).check()
    assert "mistyped" not in str(caught.value)
