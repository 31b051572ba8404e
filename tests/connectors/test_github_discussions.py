"""What reading GitHub's discussions promises."""

import httpx
import pytest

from insights.errors import CredentialsError, RateLimited, SourceError
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.hall import Hall
from tests.connectors.test_github import make


@pytest.fixture
def trial() -> Trial[Hall]:
    return Trial(make, Hall)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Discussions keep every promise of a connector."""
    check_connector(make, server=Hall, only=promise)


def test_a_thread_comes_whole(trial):
    """Head, comments and replies beyond the first page come with their places."""
    server = trial.server("question")
    comment = server.say(20, "an answer")
    replies = [server.say(20, f"reply {n}", to="DC_1") for n in range(5)]
    posts = trial.pull(server).posts
    assert set(posts) == {"discussion-20", comment, *replies}
    assert (posts["discussion-20"].space, posts["discussion-20"].tags) == ("Ideas", ("wish",))
    assert posts[comment].parent_id == "discussion-20" and posts[replies[4]].parent_id == comment
    assert posts[comment].reactions == 3


@pytest.mark.parametrize(
    ("reason", "kept"), [("spam", False), ("OFF_TOPIC", False), ("resolved", True)]
)
def test_minimized_comments_are_read_unless_they_are_harmful(trial, reason, kept):
    """Spam, abuse and off-topic words go; outdated, resolved and duplicate ones stay."""
    server = trial.server("question")
    id_ = server.say(20, "buy now")
    server.words["DC_1"] |= {"isMinimized": True, "minimizedReason": reason}
    shelf = trial.pull(server)
    assert (id_ in shelf.posts) is kept and (id_ in shelf.gone) is not kept


LIMITS = {
    "spent": {"type": "RATE_LIMITED"},
    "spent, newer": {"type": "RATE_LIMIT", "code": "graphql_rate_limit"},
    "secondary": {"message": "You have exceeded a secondary rate limit. Please wait."},
}


@pytest.mark.parametrize("error", LIMITS.values(), ids=LIMITS)
def test_a_limit_inside_a_good_reply_is_a_limit(trial, error):
    """GraphQL says it with status 200 and no other sign: a minute's patience."""
    server = trial.server("question")
    limited = [True]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/graphql" and limited:
            limited.pop()
            return httpx.Response(200, json={"errors": [error]})
        return server(request)

    assert len(trial.pull(server, handler=handler).posts) == 1
    assert trial.clock.slept == [60.0]


def test_a_spent_budget_is_waited_for(trial):
    """The points that the reply says remain are not overdrawn."""
    server = trial.server("question")
    server.budget |= {"remaining": 0}
    trial.pull(server)
    assert trial.clock.slept == [30.0]


def test_a_budget_that_is_back_in_hours_ends_the_pull(trial):
    """It says when to come back."""
    server = trial.server("question")
    server.budget |= {"remaining": 0, "resetAt": "2026-03-01T03:00:00Z"}
    with pytest.raises(RateLimited, match="03:00"):
        trial.pull(server)


def test_a_discussion_too_heavy_for_github_is_asked_in_small_parts(trial):
    """502 on fifty comments at once is met by asking for five."""
    server = trial.server("question", "answer")

    def handler(request: httpx.Request) -> httpx.Response:
        heavy = b'"size":50' in request.content
        return httpx.Response(502) if heavy else server(request)

    shelf = trial.pull(server, handler=handler)
    assert len(shelf.posts) == 2 and not shelf.skipped


def test_an_endless_list_is_noticed(trial):
    """A cursor that comes again ends the walk with an error."""
    server = trial.server("question")

    def handler(request: httpx.Request) -> httpx.Response:
        if b"query list" not in request.content:
            return server(request)
        page = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "same"}}
        return httpx.Response(200, json={"data": {"repository": {"discussions": page}}})

    with pytest.raises(SourceError, match="twice"):
        trial.pull(server, handler=handler)


def test_a_token_without_the_scope_is_named(trial):
    """Insufficient scopes come with status 200."""
    server = trial.server("question")
    error = {"type": "INSUFFICIENT_SCOPES", "message": "needs one of: ['public_repo']"}

    def handler(request: httpx.Request) -> httpx.Response:
        refused = httpx.Response(200, json={"errors": [error]})
        return refused if request.url.path == "/graphql" else server(request)

    with pytest.raises(CredentialsError, match="public_repo"):
        trial.pull(server, handler=handler)


def test_a_check_counts_discussions_and_names_the_permission_they_take(trial):
    """Three requests; a token without the permission is told which."""
    server = trial.server(*map(str, range(8)))
    found = trial.connector(server).check()
    assert found.reads == "0 issues and pull requests and 2 discussions of acme/app"
    assert trial.requests == 3

    def handler(request: httpx.Request) -> httpx.Response:
        said = {"type": "FORBIDDEN", "message": "Resource not accessible by token"}
        refused = request.url.path == "/graphql"
        return httpx.Response(200, json={"errors": [said]}) if refused else server(request)

    with pytest.raises(CredentialsError, match="discussions=read"):
        trial.connector(server, handler).check()
