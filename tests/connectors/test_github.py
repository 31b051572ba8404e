"""What reading issues and comments from GitHub promises."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from connectors.github import GitHub, GitHubOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import PROMISES, Shelf, Trial, check_connector
from tests.connectors.hub import Hub


def make(http: Http, server: Hub, **options) -> GitHub:
    token = SecretStr(server.token) if server.token else None
    return GitHub("app", GitHubOptions(repository="acme/app", token=token, **options), http=http)


@pytest.fixture
def trial() -> Trial[Hub]:
    return Trial(make, Hub)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Issues and comments keep every promise of a connector."""
    check_connector(make, server=Hub, only=promise)


def test_a_post_carries_what_github_knows(trial):
    """Labels, reactions, state, thread and parent come along."""
    issue, comment = trial.pull(trial.server("first", "answer")).posts.values()
    assert (issue.title, issue.markup, issue.tags) == ("Trouble 10", "markdown", ("bug", "old"))
    assert (issue.reactions, issue.attributes["state"]) == (2, "open")
    assert (comment.thread_id, comment.parent_id) == ("issue-10", "issue-10")
    assert comment.url.endswith("#issuecomment-7000")


def test_an_issue_without_words_speaks_by_its_title(trial):
    """Body null is common; a ghost wrote some."""
    server = trial.server("x")
    server.issues[10] |= {"body": None, "user": None}
    (issue,) = trial.pull(server).posts.values()
    assert (issue.text, issue.author) == ("Trouble 10", None)


@pytest.mark.parametrize("wanted", [False, True], ids=["left-out", "asked-for"])
def test_pull_requests_and_their_comments_come_only_when_asked_for(wanted):
    """GitHub lists pull requests among the issues."""
    server = Hub()
    server.add_issue("a change", pull_request={"url": "…"})
    server.add_comment(10, "looks good", kind="pull")
    trial = Trial(lambda http, server: make(http, server, pull_requests=wanted), Hub)
    assert set(trial.pull(server).posts) == ({"pull-10", "comment-7000"} if wanted else set())


def test_more_than_a_page_within_one_second_loses_none_though_one_moves(trial):
    """A bulk edit gives hundreds of issues one time; while they are read, one is touched."""
    server = Hub()
    for number in range(14):
        server.add_issue(f"bulk {number}")
    touched = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("page") == "2" and not touched:
            touched.append(server.edit("issue-11", "touched"))
        return server(request)

    shelf = trial.pull(server, handler=handler)
    trial.pull(server, shelf)
    assert len(shelf.posts) == 14 and shelf.posts["issue-11"].text == "touched"


def test_an_issue_touched_while_pages_are_walked_costs_no_other(trial):
    """It leaves the front of the list and all behind it move up by one."""
    server = Hub()
    for number in range(14):
        server.at += timedelta(minutes=1)
        server.add_issue(f"issue {number}")
    listings = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/issues"):
            listings.append(request)
            if len(listings) in (2, 3, 4):
                server.edit(f"issue-{8 + len(listings)}", "touched")
        return server(request)

    shelf = trial.pull(server, handler=handler)
    assert len(trial.pull(server, shelf).posts) == 14


def test_an_issue_that_moved_to_another_repository_is_gone(trial):
    """A transferred issue answers by a redirect to where it is now."""
    server = trial.server("moved")
    shelf = trial.pull(server)
    server.issues[10]["repository_url"] = "https://api.github.com/repos/acme/other"

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/repos/acme/app/issues/10":
            there = "https://api.github.com/repositories/1000/issues/10"
            return httpx.Response(301, headers={"Location": there})
        return server(request)

    trial.recheck(server, shelf, handler)
    assert shelf.gone == {"issue-10"}


def test_what_did_not_change_is_asked_for_at_no_cost(trial):
    """GitHub does not count an answer 304; the next word that is written comes all the same."""
    server, statuses = trial.server("a", "b"), []

    def handler(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        tag = f'W/"{hash(reply.content)}"'
        if request.headers.get("if-none-match") == tag:
            reply = httpx.Response(304, headers={"Content-Length": "2222"})
        reply.headers["ETag"] = tag
        if not request.url.path.endswith("/releases"):
            statuses.append(reply.status_code)
        return reply

    shelf = trial.pull(server, handler=handler)
    trial.pull(server, shelf, handler)
    statuses.clear()
    assert not list(trial.connector(server, handler).pull(shelf.cursor))
    assert statuses == [200, 304, 304]
    server.edit("issue-10", "changed")
    later = server.add("c")
    posts = trial.pull(server, shelf, handler).posts
    assert later in posts and posts["issue-10"].text == "changed"


def test_an_unknown_repository_is_named(trial):
    """A typo in the name ends in one sentence with it."""
    with pytest.raises(SourceError, match="acme/app"):
        trial.pull(Hub(), handler=lambda _: httpx.Response(404))


def test_discussions_without_a_token_say_so():
    """GitHub shows discussions to nobody without a token."""
    options = GitHubOptions(repository="acme/app", discussions=True)
    with pytest.raises(CredentialsError, match="discussions"):
        GitHub("app", options, http=Http())


def test_a_spent_hour_ends_the_pull_with_the_time_to_resume(trial):
    """403 with nothing remaining is a rate limit, and an hour is not slept through."""
    server = trial.server("x")
    reset = str(int(trial.clock.now_at.timestamp()) + 1800)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    with pytest.raises(RateLimited) as caught:
        trial.pull(server, handler=lambda _: httpx.Response(403, headers=headers))
    assert (caught.value.resume_at - trial.clock.now_at).total_seconds() == 1800


def test_the_last_request_of_the_hour_is_not_overdrawn(trial):
    """Where a good reply says that none remains, the next one waits for the reset."""
    server = trial.server("x")
    reset = str(int(trial.clock.now_at.timestamp()) + 20)

    def handler(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        if request.url.path == "/repos/acme/app":
            reply.headers.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset})
        return reply

    assert isinstance(trial.pull(server, handler=handler), Shelf)
    assert trial.clock.slept == [20.0]


def test_a_check_counts_issues_by_one_small_page(trial):
    """Two requests, and the limits of a token do not slow what is so little."""
    server = trial.server(*map(str, range(8)))
    found = trial.connector(server).check()
    assert found.reads == "4 issues and pull requests of acme/app"
    assert (found.items, found.seconds, trial.requests) == (4, None, 2)


def test_a_check_tells_how_many_hours_a_repository_takes_without_a_token(trial):
    """60 requests an hour, a hundred issues each, and as many pages of comments."""
    server = Hub(token="")
    many = {"Link": '<https://api.github.com/repositories/1/issues?page=8000>; rel="last"'}

    def handler(request: httpx.Request) -> httpx.Response:
        listing = request.url.path.endswith("/issues")
        return httpx.Response(200, json=[{}], headers=many) if listing else server(request)

    found = trial.connector(server, handler).check()
    assert (found.items, found.seconds) == (8000, 2 * 3600.0)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (403, {"x-accepted-github-permissions": "issues=read"}, "lacks the permission issues=read"),
        (403, {}, "lacks the permission issues=read"),
        (404, {"x-oauth-scopes": "gist, user"}, "needs the scope 'repo'; it has gist, user"),
    ],
    ids=["fine-grained", "silent", "classic"],
)
def test_a_check_names_the_permission_that_a_token_lacks(trial, status, headers, said):
    """The repository may be seen, its issues may not."""
    server = trial.server("first")

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/issues"):
            return httpx.Response(status, json={"message": "Not accessible"}, headers=headers)
        return server(request)

    with pytest.raises(CredentialsError, match=said):
        trial.connector(server, handler).check()


def released(trial, server, cursor=None):
    batches = list(trial.connector(server).pull(cursor))
    return [r.version for batch in batches for r in batch.releases], batches[-1:], batches


def test_releases_come_with_date_page_and_notes_and_drafts_do_not(trial):
    """Beyond a page, too; what has no date yet is nothing that people have."""
    server = trial.server("x")
    for number in range(7):
        server.release(f"v1.{number}.0")
    server.release("v2.0.0", draft=True, published_at=None)
    versions, (last,), _ = released(trial, server)
    assert versions == [f"v1.{number}.0" for number in (6, 5, 4, 3, 2, 1, 0)]
    newest = last.releases[-1]
    assert (newest.source, newest.notes) == ("app", "What is new in v1.0.0")
    assert newest.url == "https://github.com/acme/app/releases/tag/v1.0.0"
    assert newest.released_at.isoformat() == "2026-01-05T08:14:00+00:00"


def test_only_new_and_edited_releases_come_again(trial):
    """One question tells that there is none; a draft that is published is new."""
    server = trial.server("x")
    for number in range(7):
        server.release(f"v1.{number}.0")
    server.release("v2.0.0", draft=True, published_at=None)
    cursor = released(trial, server)[1][0].cursor
    server.asked.clear()
    assert released(trial, server, cursor)[0] == []
    assert sum(request.url.path.endswith("/releases") for request in server.asked) == 1
    server.releases[-1] |= {"draft": False, "published_at": "2026-01-06T00:00:00Z"}
    server.releases[-2]["body"] = "Other words"
    for number in range(4):
        server.release(f"v3.{number}.0")
    versions, (last,), _ = released(trial, server, cursor)
    assert versions == ["v3.3.0", "v3.2.0", "v3.1.0", "v3.0.0", "v2.0.0", "v1.6.0"]
    assert released(trial, server, last.cursor)[0] == []


def test_a_kill_among_releases_loses_none(trial):
    """A walk that was cut off starts anew."""
    server = trial.server("x")
    for number in range(10):
        server.release(f"v1.{number}.0")
    whole = set(released(trial, server)[0])
    _, _, batches = released(trial, server)
    assert len([b for b in batches if b.releases]) == 4
    for kept in range(len(batches)):
        before = {r.version for b in batches[: kept + 1] for r in b.releases}
        assert before | set(released(trial, server, batches[kept].cursor)[0]) == whole


def test_a_bad_release_costs_only_itself(trial):
    """It is named, and the others come."""
    server = trial.server("x")
    for tag in ("v1.0.0", "v1.1.0", "v1.2.0"):
        server.release(tag)
    server.releases[1]["published_at"] = "soon"
    versions, (last,), _ = released(trial, server)
    assert versions == ["v1.2.0", "v1.0.0"]
    assert last.skipped[0].where.endswith("/v1.1.0")


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_that_may_not_read_releases_still_reads_issues(trial, status):
    """A token for issues alone was enough before releases were read."""
    server = trial.server("x")

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/releases"):
            return httpx.Response(status, json={"message": "Resource not accessible"})
        return server(request)

    shelf = trial.pull(server, handler=handler)
    assert len(shelf.posts) == 1
    assert "releases = false" in shelf.skipped[0].reason


def test_releases_are_not_asked_for_where_they_are_not_wanted():
    """`releases = false` spares the question."""
    trial = Trial(lambda http, server: make(http, server, releases=False), Hub)
    server = trial.server("x")
    server.release("v1.0.0")
    assert released(trial, server)[0] == []
    assert not any(request.url.path.endswith("/releases") for request in server.asked)
