"""What reading a Slack workspace promises."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from connectors.slack import Slack, SlackOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import PROMISES, Shelf, Trial, check_connector
from tests.connectors.workspace import LOBBY, Workspace


def make(http: Http, server: Workspace, **options) -> Slack:
    return Slack("chat", SlackOptions(token=SecretStr(server.token), **options), http=http)


@pytest.fixture
def trial() -> Trial[Workspace]:
    return Trial(make, Workspace)


def only(trial: Trial[Workspace], server: Workspace):
    (post,) = trial.pull(server).posts.values()
    return post


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Slack keeps every promise of a connector."""
    check_connector(make, server=Workspace, only=promise)


def test_a_post_carries_what_slack_knows(trial):
    """Account, channel, thread, reactions and lasting address come with a message."""
    server = Workspace()
    root = server.say("words", reactions=[{"name": "eyes", "count": 2}, {"name": "+1", "count": 1}])
    reply = server.say("answer", thread=root.partition("-")[2])
    posts = trial.pull(server).posts
    top, answer = posts[root], posts[reply]
    assert (top.author, top.space, top.markup, top.reactions) == ("U0ADA0001", "lobby", "slack", 3)
    assert (top.thread_id, top.parent_id, answer.thread_id, answer.parent_id) == (
        root, None, root, root,
    )  # fmt: skip
    assert top.url == f"https://acme.slack.com/archives/{LOBBY}/p1767600420000001"
    assert answer.url.endswith(f"?thread_ts={root.partition('-')[2]}&cid={LOBBY}")


def test_a_second_pull_asks_little(trial):
    """Who we are, which channels there are, and what is new in each."""
    server = trial.server(*"ab")
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert [r.url.path.rsplit("/", 1)[1] for r in server.asked] == [
        "auth.test", "conversations.list", "conversations.history",
    ]  # fmt: skip


def test_a_reply_to_an_old_thread_comes(trial):
    """It stands in no history; the thread's first message tells that there is one."""
    server = Workspace()
    root = server.say("old")
    for n in range(9):
        server.say(f"between {n}")
    shelf = trial.pull(server)
    late = server.say("late answer", thread=root.partition("-")[2])
    server.asked.clear()
    assert trial.pull(server, shelf).posts[late].parent_id == root
    asked = [r for r in server.asked if r.url.path.endswith("replies")]
    assert len(asked) == 1 and "oldest" in asked[0].url.params


def test_a_thread_older_than_the_lookback_is_left(trial):
    """How far back is looked is a setting, as each pull pays for it."""
    trial.make = lambda http, server: make(http, server, lookback=timedelta(minutes=30))
    server = Workspace()
    root = server.say("old")
    for n in range(9):
        server.say(f"between {n}")
    shelf = trial.pull(server)
    late = server.say("late answer", thread=root.partition("-")[2])
    assert late not in trial.pull(server, shelf).posts


def test_an_edit_in_the_second_of_the_mark_comes(trial):
    """Edits have whole seconds, messages have not."""
    server = Workspace()
    first = server.say("teh")
    server.say("last", same_time=True)
    shelf = trial.pull(server)
    ts = f"{int(server.at.timestamp())}.000000"
    server.found(LOBBY, first.partition("-")[2]).update(text="the", edited={"ts": ts})
    assert trial.pull(server, shelf).posts[first].text == "the"


def test_a_broadcast_reply_is_one_post(trial):
    """It stands in the history and in its thread."""
    server = Workspace()
    root = server.say("question")
    both = server.say("for all", thread=root.partition("-")[2], subtype="thread_broadcast")
    shelf = trial.pull(server)
    assert shelf.posts.keys() == {root, both} and shelf.posts[both].parent_id == root


def test_joining_and_leaving_is_not_said(trial):
    """Nor are files without words; what programs post is, and is marked."""
    server = Workspace()
    for subtype in ("channel_join", "channel_leave", "channel_topic", "bot_add"):
        server.say("<@U0ADA0001> did it", subtype=subtype)
    server.say("", subtype="file_share")
    server.say("build failed", subtype="bot_message", bot_id="B0BUILD01", user=None)
    post = only(trial, server)
    assert (post.author, post.attributes) == ("B0BUILD01", {"bot": "true"})


@pytest.mark.parametrize(("text", "shown"), [
    pytest.param("<@U0BOB0001> look", "<@U0BOB0001|bob> look", id="person"),
    pytest.param("<@U0STRANGE> look", "<@U0STRANGE> look", id="stranger"),
    pytest.param("see <#C0LOBBY01>", "see <#C0LOBBY01|lobby>", id="channel"),
    pytest.param("see <#C0ELSE001|else>", "see <#C0ELSE001|else>", id="labelled"),
    pytest.param("see <#C0ELSE001|>", "see <#C0ELSE001|C0ELSE001>", id="unknown-channel"),
    pytest.param("<!subteam^S1|@devs> <https://x.example|docs>",
                 "<!subteam^S1|@devs> <https://x.example|docs>", id="others"),
])  # fmt: skip
def test_mentions_have_names(trial, text, shown):
    """Where Slack tells them; else the id stands for itself."""
    server = Workspace()
    server.say(text)
    assert only(trial, server).text == shown


def test_without_the_scope_for_names_ids_stand(trial):
    """Names are a help, not a need; they are asked for once."""
    server = Workspace()
    server.scopes.discard("users:read")
    server.say("<@U0BOB0001> <@U0ADA0001>")
    assert only(trial, server).text == "<@U0BOB0001> <@U0ADA0001>"
    assert sum(r.url.path.endswith("users.info") for r in server.asked) == 1


def test_a_missing_scope_is_named(trial):
    """The sentence says which, and where to add it."""
    server = trial.server("a")
    server.scopes.discard("channels:history")
    for act in (lambda: trial.pull(server), trial.connector(server).check):
        with pytest.raises(CredentialsError, match=r"channels:history.*install the app again"):
            act()
    trial.make = lambda http, server: make(http, server, private=True)
    server.scopes.discard("groups:read")
    with pytest.raises(CredentialsError, match="groups:read"):
        trial.pull(server)


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive"])
def test_a_refusal_inside_200_is_a_credentials_error(trial, error):
    """Slack refuses with status 200."""
    reply = httpx.Response(200, json={"ok": False, "error": error})
    with pytest.raises(CredentialsError, match=error):
        trial.pull(Workspace(), handler=lambda _: reply)


def test_any_other_error_is_named(trial):
    """And one that is no word is not repeated."""
    for error, shown in (("fatal_error", "fatal_error"), ("xoxb-1 <b>", "an unknown error")):
        reply = httpx.Response(200, json={"ok": False, "error": error})
        with pytest.raises(SourceError, match=shown):
            trial.pull(Workspace(), handler=lambda _, reply=reply: reply)


@pytest.mark.parametrize(("headers", "waited"), [({"Retry-After": "11"}, 11.0), ({}, 60.0)])
def test_a_limit_inside_200_is_waited_out(trial, headers, waited):
    """It may come with status 200, with and without a time."""
    server = trial.server("a")
    left = [2]

    def handler(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        body = {"ok": False, "error": "ratelimited"}
        return httpx.Response(200, json=body, headers=headers) if not left[0] else server(request)

    assert len(trial.pull(server, handler=handler).posts) == 1
    assert trial.clock.slept == [waited]
    with pytest.raises(RateLimited):
        body = {"ok": False, "error": "ratelimited"}
        trial.pull(server, handler=lambda _: httpx.Response(200, json=body))


def test_whoever_is_not_in_a_channel_is_told_to_come_in(trial):
    """The others are read; if there is no other, the source says what to do."""
    server = trial.server("here")
    server.open("C0SHUT001", "shut", is_member=False)
    trial.make = lambda http, server: make(http, server, channels=("#lobby", "shut", "none"))
    shelf = trial.pull(server)
    assert len(shelf.posts) == 1
    assert [s.where for s in shelf.skipped] == ["Slack #shut", "Slack none"]
    assert "/invite" in shelf.skipped[0].reason
    server.channels[LOBBY]["is_member"] = False
    trial.make = make
    with pytest.raises(SourceError, match="/invite"):
        trial.pull(server)
    with pytest.raises(SourceError, match="/invite"):
        trial.connector(server).check()


def test_a_channel_that_closes_meanwhile_stops_no_other(trial):
    """It is named, and the next one comes."""
    server = trial.server("a")
    server.open("C0OTHER01", "other")
    there = server.say("there", channel="C0OTHER01")

    def handler(request: httpx.Request) -> httpx.Response:
        shut = request.url.params.get("channel") == LOBBY
        body = {"ok": False, "error": "not_in_channel"}
        return httpx.Response(200, json=body) if shut else server(request)

    shelf = trial.pull(server, handler=handler)
    assert list(shelf.posts) == [there] and shelf.skipped[0].where == "Slack #lobby"


def test_deletions_of_messages_replies_and_first_messages_are_found(trial):
    """The stretch is read again, and the threads in it."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    tops = [p.native_id for p in shelf.posts.values() if p.parent_id is None]
    replies = [p.native_id for p in shelf.posts.values() if p.parent_id]
    roots = {p.parent_id for p in shelf.posts.values()}
    doomed = {
        replies[0],
        next(t for t in tops if t in roots),
        next(t for t in tops if t not in roots),
    }
    for native_id in doomed:
        server.delete(native_id)
    assert trial.recheck(server, shelf).gone == doomed


def test_a_reply_alone_is_asked_for_by_itself(trial):
    """Its thread began long before the stretch that is read again."""
    server = trial.server(*map(str, range(12)))
    whole = trial.pull(server)
    reply = next(p for p in whole.posts.values() if p.parent_id)
    shelf = trial.recheck(server, Shelf(posts={reply.native_id: reply}))
    assert shelf.posts == {reply.native_id: reply} and not shelf.gone


def test_what_a_plan_hides_is_not_deleted(trial):
    """Free workspaces show the last months only."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    before = set(shelf.posts)
    server.hides_before = float(sorted(shelf.posts)[4].partition("-")[2])
    assert trial.recheck(server, shelf).posts.keys() == before


def test_what_is_older_than_since_is_left_out(trial):
    """Slack itself leaves it out."""
    server = trial.server("old")
    since = server.at
    server.at += timedelta(days=1)
    new = server.say("new")
    trial.make = lambda http, server: make(http, server, since=since + timedelta(hours=1))
    assert list(trial.pull(server).posts) == [new]


def test_check_tells_what_would_be_read(trial):
    """In at most three requests."""
    server = trial.server("a")
    assert trial.connector(server).check().reads == "1 channel of Acme as reader"
    assert len(server.asked) == 3
    wrong = make(Http(transport=httpx.MockTransport(server)), Workspace())
    server.token = "another"
    with pytest.raises(CredentialsError, match="invalid_auth"):
        wrong.check()
