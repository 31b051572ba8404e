"""What reading a Mattermost team promises."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from connectors import mattermost
from connectors.mattermost import Mattermost, MattermostOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.team import TOWN, Team


def make(http: Http, server: Team, **options) -> Mattermost:
    settings = {"url": "https://chat.example", "token": SecretStr(server.token), "team": "acme"}
    return Mattermost("chat", MattermostOptions(**settings | options), http=http)


@pytest.fixture
def trial() -> Trial[Team]:
    return Trial(make, Team)


def only(trial: Trial[Team], server: Team):
    (post,) = trial.pull(server).posts.values()
    return post


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Mattermost keeps every promise of a connector."""
    check_connector(make, server=Team, only=promise)


def test_a_post_carries_what_the_server_knows(trial):
    """Account, channel, thread, reactions, hashtags and lasting address come with a post."""
    server = Team()
    root = server.say("words", hashtags="#export #bug", metadata={"reactions": [{}, {}]})
    reply = server.say("answer", root=root)
    posts = trial.pull(server).posts
    post, answer = posts[root], posts[reply]
    assert (post.space, post.markup, post.reactions) == ("Town Square", "markdown", 2)
    assert (post.tags, post.thread_id, post.parent_id) == (("export", "bug"), root, None)
    assert post.url == f"https://chat.example/acme/pl/{root}"
    assert (answer.thread_id, answer.parent_id) == (root, root)


def test_edits_and_deletions_come_with_the_next_pull(trial):
    """However old the post is, and without asking again."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    edited, doomed = sorted(shelf.posts)[:2]
    server.edit(edited, "mended")
    server.delete(doomed)
    trial.pull(server, shelf)
    assert shelf.posts[edited].text == "mended" and shelf.posts[edited].updated_at
    assert shelf.gone == {doomed}


def test_a_second_pull_asks_once_a_channel(trial):
    """And three times for who we are and what there is."""
    server = trial.server("a", "b")
    shelf = trial.pull(server)
    server.asked.clear()
    assert list(trial.connector(server).pull(shelf.cursor)) == []
    assert len(server.asked) == 4 and "since" in server.asked[3].url.params


def test_more_changes_than_the_server_tells_lose_no_post(trial):
    """It keeps back the oldest of more than a thousand; pages bring them."""
    server = trial.server("before")
    shelf = trial.pull(server)
    new = {server.add(f"new {n}") for n in range(1_030)}
    assert new <= trial.pull(server, shelf).posts.keys()
    server.asked.clear()
    trial.pull(server, shelf)
    assert len(server.asked) == 4
    assert server.most == mattermost.MOST


def test_what_is_deleted_while_pages_are_read_loses_no_other(trial):
    """Pages end before a post, so that nothing moves over their edges."""
    server = trial.server(*map(str, range(12)))
    first = sorted(server.posts)[-1]
    left = [5]

    def handler(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        if left[0] == 0:
            server.delete(first)
        return server(request)

    shelf = trial.pull(server, handler=handler)
    assert shelf.gone == {first} and len(shelf.posts) == 11


def test_joining_and_leaving_is_not_said(trial):
    """Nor are files without words; what programs post is, and is marked."""
    server = Team()
    for kind in ("system_join_channel", "system_leave_channel", "system_header_change"):
        server.say("ada joined", type=kind)
    server.say("")
    server.say("build failed", type="slack_attachment", props={"from_webhook": "true"})
    assert only(trial, server).attributes == {"bot": "true"}


def test_direct_messages_are_never_read(trial):
    """Only open and private channels are, and of these the named ones."""
    server = trial.server("here")
    server.open("direct1id", "a__b", "", "D")
    server.say("between us", channel="direct1id")
    server.open("other1id", "off-topic", "Off-Topic")
    server.say("elsewhere", channel="other1id")
    trial.make = lambda http, server: make(http, server, channels=("town-square", "none"))
    shelf = trial.pull(server)
    assert [post.text for post in shelf.posts.values()] == ["here"]
    assert [s.where for s in shelf.skipped] == ["https://chat.example none"]
    trial.make = make
    assert sorted(p.text for p in trial.pull(server).posts.values()) == ["elsewhere", "here"]


def test_what_retention_removed_is_found_when_asked_again(trial):
    """It stands in no list of changes; what may not be read any more is left alone."""
    server = trial.server("a", "b", "c")
    shelf = trial.pull(server)
    doomed, hidden, _ = sorted(shelf.posts)
    server.remove(doomed)
    server.outside.add(hidden)
    trial.recheck(server, shelf)
    assert shelf.gone == {doomed} and hidden in shelf.posts


def test_nothing_left_of_all_that_is_asked_for_is_no_failure(trial):
    """The server then answers that it has not found any."""
    server = trial.server("a")
    shelf = trial.pull(server)
    (doomed,) = shelf.posts
    server.remove(doomed)
    assert trial.recheck(server, shelf).gone == {doomed}


def test_an_empty_channel_is_no_failure(trial):
    """What comes later comes."""
    server = Team()
    shelf = trial.pull(server)
    new = server.add("first")
    assert list(trial.pull(server, shelf).posts) == [new]


@pytest.mark.parametrize(("reset", "waited"), [("9", 9.0), ("1772323209", 9.0)])
def test_a_reset_is_seconds_left_or_a_moment(trial, reset, waited):
    """The server's own description shows both; a 429 may come with nothing else."""
    server = trial.server("a")
    left = [2]

    def handler(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        headers = {"X-Ratelimit-Reset": reset}
        return httpx.Response(429, headers=headers) if left[0] == 0 else server(request)

    assert len(trial.pull(server, handler=handler).posts) == 1
    assert trial.clock.slept == [waited]
    with pytest.raises(RateLimited):
        headers = {"X-Ratelimit-Reset": "3600"}
        trial.pull(server, handler=lambda _: httpx.Response(429, headers=headers))


def test_a_spent_window_is_waited_out_before_asking(trial):
    """No request is sent that would be refused."""
    server = trial.server("a")
    server.headers = {"X-Ratelimit-Limit": "10", "X-Ratelimit-Remaining": "0",
                      "X-Ratelimit-Reset": "1"}  # fmt: skip
    assert len(trial.pull(server).posts) == 1
    assert set(trial.clock.slept) == {1.0}


def test_what_is_older_than_since_is_left_out(trial):
    """And the walk into the past ends there."""
    server = trial.server(*map(str, range(20)))
    since = server.at + timedelta(minutes=1)
    server.add("new")
    trial.make = lambda http, server: make(http, server, since=since)
    assert [post.text for post in trial.pull(server).posts.values()] == ["new"]
    assert len([r for r in server.asked if r.url.path.endswith(f"{TOWN}/posts")]) == 2


def test_check_tells_what_would_be_read(trial):
    """In at most three requests; the server tells how many posts there are."""
    server = trial.server("a", "b")
    checkup = trial.connector(server).check()
    assert (checkup.reads, checkup.items) == ("1 channel of acme as reader", 2)
    assert len(server.asked) == 3


def test_check_tells_what_is_wrong(trial):
    """A refused token, and a team that is not there."""
    server = trial.server("a")
    connector = trial.connector(server)
    trial.make = lambda http, server: make(http, server, team="acne")
    with pytest.raises(SourceError, match="no team acne"):
        trial.connector(server).check()
    server.token = "another"
    with pytest.raises(CredentialsError):
        connector.check()
