"""What reading subreddits promises."""

import logging
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.reddit import Reddit, RedditOptions
from insights.errors import CredentialsError, InsightsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.subreddit import Board


def make(http: Http, server: Board, **options) -> Reddit:
    wanted = {
        "subreddits": ["inkwell"], "client_id": "app-id", "username": "ann",
        "client_secret": SecretStr(server.token),
    }  # fmt: skip
    return Reddit("board", RedditOptions(**wanted | options), http=http)


def trial_of(**options) -> Trial[Board]:
    return Trial(lambda http, server: make(http, server, **options), Board)


@pytest.fixture
def trial() -> Trial[Board]:
    return trial_of()


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Reddit keeps every promise of a connector."""
    check_connector(make, server=Board, only=promise)


def test_a_post_carries_what_reddit_knows(trial):
    """Thread, parent, score, flair and address come along."""
    server = trial.server("it crashes", "same", "fixed in 2.1")
    post, same, fixed = trial.pull(server).posts.values()
    assert (post.title, post.text, post.tags) == ("About it crashes", "it crashes", ("Bug",))
    assert (post.space, post.markup, post.reactions) == ("r/inkwell", "markdown", 5)
    assert same.parent_id == fixed.thread_id == post.native_id == post.thread_id
    assert fixed.url == f"https://www.reddit.com{server.things[fixed.native_id]['permalink']}"


def test_a_link_without_words_speaks_by_its_title(trial):
    """Most of what is posted somewhere is links."""
    server = Board()
    server.add("", title="Inkwell 2.1 is out")
    (post,) = trial.pull(server).posts.values()
    assert post.text == post.title == "Inkwell 2.1 is out"


EDITS = {"never": (False, None), "long-ago": (True, None), "then": (1.7675e9, 1767500000)}


@pytest.mark.parametrize(("edited", "at"), EDITS.values(), ids=EDITS)
def test_edited_is_false_or_true_or_a_moment(trial, edited, at):
    """Of very old edits Reddit knows only that there was one."""
    server = Board()
    server.add("words", edited=edited)
    (post,) = trial.pull(server).posts.values()
    assert (post.updated_at and post.updated_at.timestamp()) == at


GONE = {
    "author": {"selftext": "[deleted]", "author": "[deleted]"},
    "moderator": {"selftext": "[removed]"},
    "category": {"removed_by_category": "moderator"},
}


@pytest.mark.parametrize("how", GONE.values(), ids=GONE)
def test_what_was_taken_away_is_a_tombstone(trial, how):
    """At once where it still stands near the top, whatever is left in its place."""
    server = trial.server("a", "b", "c", "d")
    shelf = trial.pull(server)
    doomed = next(name for name in shelf.posts if name.startswith("t3"))
    server.things[doomed] |= how
    assert trial.pull(server, shelf).gone == {doomed}


def test_an_account_that_is_gone_leaves_its_words_without_a_name(trial):
    """The name goes at once, as Reddit's terms ask."""
    server = trial.server("words")
    shelf = trial.pull(server)
    (name,) = shelf.posts
    server.things[name]["author"] = "[deleted]"
    assert trial.pull(server, shelf).posts[name].author is None


def test_an_edit_near_the_top_is_seen_at_once(trial):
    """Without asking for each thing again."""
    server = trial.server("a", "b", "c")
    shelf = trial.pull(server)
    name = max(shelf.posts)
    server.edit(name, "better words")
    assert trial.pull(server, shelf).posts[name].text == "better words"


def test_all_that_was_read_last_may_be_deleted(trial):
    """The newest things that were read are gone; what came after them is read all the same."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    for name in list(shelf.posts)[-9:]:
        server.delete(name)
    new = {server.add(f"new {n}") for n in range(12)}
    assert new <= trial.pull(server, shelf).posts.keys()
    assert not shelf.skipped


def test_a_page_whose_anchor_goes_meanwhile_is_asked_for_by_another(trial):
    """Of an anchor that is gone Reddit answers as if the listing ended there."""
    server = trial.server(*map(str, range(30)))
    whole = set(server.things)

    def handler(request: httpx.Request) -> httpx.Response:
        if "after" in request.url.params and len(server.unlisted) < 2:
            server.delete(request.url.params["after"])
        return server(request)

    assert trial.pull(server, handler=handler).posts.keys() == whole


def test_a_listing_that_breaks_off_is_told(trial):
    """Where every anchor of a page goes, what lay behind it may not have been seen."""
    server = trial.server(*map(str, range(30)))

    def handler(request: httpx.Request) -> httpx.Response:
        if "after" in request.url.params:
            server.delete(request.url.params["after"])
        return server(request)

    assert len(trial.pull(server, handler=handler).skipped) == 2


def test_what_moderators_let_through_later_is_read(trial):
    """A post that waited for approval appears below newer ones."""
    server = trial.server(*map(str, range(9)))
    held = list(server.things)[3]
    server.unlisted.add(held)
    shelf = trial.pull(server)
    assert held not in shelf.posts
    server.unlisted.clear()
    assert held in trial.pull(server, shelf).posts


def test_what_reddit_lists_no_more_is_told(trial):
    """Of each listing about the newest thousand can be read; the rest is a gap with its time."""
    server = Board()
    server.page = 100
    for number in range(3 * 1100):
        server.add(str(number))
    shelf = trial.pull(server)
    assert len(shelf.posts) == 2000
    assert sorted(each.where for each in shelf.skipped) == ["r/inkwell/comments", "r/inkwell/new"]
    assert "what was posted before 2026-" in shelf.skipped[0].reason
    for number in range(3 * 1100):
        server.add(str(number))
    assert "between the last pull and 2026-" in trial.pull(server, shelf).skipped[-1].reason
    told = len(shelf.skipped)
    assert len(trial.pull(server, shelf).skipped) == told


def test_a_small_subreddit_has_no_gap(trial):
    """Its listings simply end."""
    assert not trial.pull(trial.server(*map(str, range(20)))).skipped


def test_since_ends_the_walk():
    """What is older is neither asked for nor kept."""
    server = Board()
    for number in range(60):
        server.add(str(number))
    shelf = trial_of(since=server.at - timedelta(minutes=20)).pull(server)
    assert len(shelf.posts) == 3 and len(server.asked) <= 4


def test_nothing_new_costs_a_request_a_listing(trial):
    """And one for the token."""
    server = trial.server(*map(str, range(200)))
    shelf = trial.pull(server)
    server.asked.clear()
    assert not list(trial.connector(server).pull(shelf.cursor))
    assert len(server.asked) == 3


def test_recheck_asks_for_a_hundred_at_once(trial):
    """And finds what its author took away."""
    server = trial.server(*map(str, range(150)))
    server.page = 100
    shelf = trial.pull(server)
    doomed = min(shelf.posts)
    server.delete(doomed)
    server.asked.clear()
    assert trial.recheck(server, shelf).gone == {doomed}
    assert len(server.asked) == 4


def test_what_reddit_does_not_know_any_more_is_a_tombstone(trial):
    """It is simply missing from the answer."""
    server = trial.server("a", "b")
    shelf = trial.pull(server)
    doomed = max(shelf.posts)
    del server.things[doomed]
    assert trial.recheck(server, shelf).gone == {doomed}


@pytest.mark.parametrize("name", ["secret", "inkwel"], ids=["private", "misspelt"])
@pytest.mark.parametrize("act", ["pull", "recheck", "check"])
def test_a_subreddit_that_cannot_be_read_is_named(name, act):
    """Reddit answers a misspelt name by a search, and that must not read as an empty room."""
    connector = trial_of(subreddits=[name]).connector(Board())
    with pytest.raises(InsightsError, match=f"r/{name}"):
        if act == "check":
            connector.check()
        else:
            list(connector.pull(None) if act == "pull" else connector.recheck(["t3_abc"]))


def test_a_token_that_runs_out_is_renewed(trial):
    """It lasts an hour or a day, and a first pull may take longer."""
    server = trial.server(*map(str, range(30)))
    server.lasts = 4
    assert len(trial.pull(server).posts) == 30 and server.issued > 1


def test_a_refresh_token_is_used():
    """For what an account may read and the world may not."""
    server = Board()
    server.add("words")
    lent = trial_of(refresh_token=SecretStr("lasting-55aa01"))
    assert len(lent.pull(server).posts) == 1
    assert b"grant_type=refresh_token" in server.asked[0].content


def test_no_token_of_any_kind_is_told(caplog):
    """Neither the secret, nor the lasting token, nor the one that was minted."""
    caplog.set_level(logging.DEBUG)
    server = Board()
    server.add("words")
    secrets = ("lasting-55aa01", "minted-1-7d2f90ce", server.token)

    def handler(request: httpx.Request) -> httpx.Response:
        if "access_token" in request.url.path:
            return server(request)
        return httpx.Response(422, json={"message": f"bad {secrets}"})

    lent = trial_of(refresh_token=SecretStr("lasting-55aa01"))
    with pytest.raises(InsightsError) as caught:
        lent.pull(server, handler=handler)
    told = [secret for secret in secrets[1:2] if secret in f"{caught.value!r} {caplog.text}"]
    with pytest.raises(InsightsError) as caught:
        lent.pull(server, handler=lambda _: httpx.Response(422, json={"message": f"{secrets}"}))
    told += [secret for secret in secrets[::2] if secret in f"{caught.value!r} {caplog.text}"]
    assert not told


def test_limits_are_read_as_reddit_counts(trial):
    """Broken numbers: where less than one request remains, the next waits for the reset."""
    server = trial.server("x")

    def handler(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        if request.url.path.endswith("/new"):
            reply.headers.update({"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "38.5"})
        return reply

    trial.pull(server, handler=handler)
    assert trial.clock.slept == [38.5]


def test_a_long_reset_ends_the_pull_with_the_time_to_resume(trial):
    """Ten minutes are not slept through."""
    server = trial.server("x")
    headers = {"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "571.0"}
    with pytest.raises(RateLimited) as caught:
        trial.pull(server, handler=lambda _: httpx.Response(429, headers=headers))
    assert caught.value.resume_at - trial.clock.now_at == timedelta(seconds=571)


def test_a_check_says_who_is_there(trial):
    """And how long the limits make a first pull take."""
    server = Board()
    found = trial.connector(server).check()
    assert "r/inkwell (1,234 members), 1,000 of each at most" in found.reads
    assert found.seconds == 12 and len(server.asked) == 2


def test_a_wrong_secret_a_spent_token_and_a_missing_scope_are_named():
    """Each in one sentence that says where to look."""
    wrong = trial_of(client_secret=SecretStr("wrong-secret-1")).connector(Board())
    with pytest.raises(CredentialsError, match=r"www\.reddit\.com refused us with status 401"):
        wrong.check()
    spent = trial_of(refresh_token=SecretStr("spent-token-1")).connector(Board())
    with pytest.raises(CredentialsError, match="check refresh_token in the settings"):
        spent.check()
    server = Board()
    server.scope = "identity vote"
    with pytest.raises(CredentialsError, match="scope `read`"):
        trial_of().connector(server).check()


def test_a_scope_that_is_refused_later_is_named_too(trial):
    """Reddit says so in a header only."""
    server = Board()
    refusal = {"WWW-Authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}

    def handler(request: httpx.Request) -> httpx.Response:
        asks = "access_token" in request.url.path
        return server(request) if asks else httpx.Response(403, headers=refusal)

    with pytest.raises(CredentialsError, match="scope `read`"):
        trial.pull(server, handler=handler)


def test_a_listing_of_nameless_things_is_an_error(trial):
    """And not an empty subreddit."""
    server = Board()
    things = {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": {}}]}}

    def handler(request: httpx.Request) -> httpx.Response:
        asks = "access_token" in request.url.path
        return server(request) if asks else httpx.Response(200, json=things)

    with pytest.raises(SourceError, match="no names"):
        trial.pull(server, handler=handler)


@pytest.mark.parametrize("wrong", [{"subreddits": []}, {"subreddits": ["r/a"]}, {"username": ""}])
def test_options_that_cannot_work_are_refused(wrong):
    """At once, with the field that is wrong."""
    with pytest.raises(ValidationError):
        make(Http(), Board(), **wrong)
