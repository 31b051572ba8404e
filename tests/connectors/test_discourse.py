"""What reading a Discourse forum promises."""

from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from connectors.discourse import Discourse, DiscourseOptions
from insights.errors import CredentialsError, SourceError
from insights.http import Http
from insights.testing import PROMISES, Shelf, Trial, check_connector
from tests.connectors.forum import Forum


def make(http: Http, server: Forum, **options) -> Discourse:
    key = SecretStr(server.token) if server.token else None
    url = f"https://forum.example{server.prefix}/"
    return Discourse("forum", DiscourseOptions(url=url, api_key=key, **options), http=http)


@pytest.fixture
def trial() -> Trial[Forum]:
    return Trial(make, Forum)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Discourse keeps every promise of a connector."""
    check_connector(make, server=Forum, only=promise)


class Crowd(Forum):
    mega = True


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise_of_a_long_topic(promise: str):
    """Also where topics are so long that Discourse tells no ids and they are read by pages."""
    check_connector(make, server=Crowd, only=promise)


@pytest.mark.parametrize("past", ["the first page again", "no posts"])
def test_a_long_topic_ends_where_nothing_new_comes(past: str):
    """Whatever a forum answers to a page that is not there."""
    server = Crowd()
    server.per_topic = 9
    trial = Trial(make, lambda: server)
    ids = {server.add(f"words {n}") for n in range(9)}

    def handler(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        if "page" not in request.url.params or reply.status_code == 200:
            return reply
        first = server(httpx.Request("GET", request.url.copy_remove_param("page"),
                                     headers=request.headers))  # fmt: skip
        if past == "no posts":
            return httpx.Response(200, json=first.json() | {"post_stream": {"posts": []}})
        return first

    assert trial.pull(server, handler=handler).posts.keys() == ids


def test_a_post_carries_what_the_forum_knows(trial):
    """Thread, parent, space, tags, likes and address come with a post."""
    server = trial.server("first", "answer")
    first, answer = trial.pull(server).posts.values()
    assert (first.title, first.markup, first.space) == ("About first", "html", "Help")
    assert (first.tags, first.reactions) == (("export", "offline"), 3)
    assert (answer.title, answer.parent_id, answer.thread_id) == ("", first.native_id, "101")
    assert answer.url == "https://forum.example/t/about-101/101/2"


def test_an_empty_or_old_pinned_topic_does_not_stop_the_walk(trial):
    """Pinned topics fill the first page and are years old; what is new comes all the same."""
    server = trial.server("before")
    shelf = trial.pull(server)
    for number in range(4):
        server.pin(f"Rules {number}")
    new = server.add("after")
    assert new in trial.pull(server, shelf).posts


def test_a_forum_in_a_folder_is_read(trial):
    """The forum may live at example.org/forum."""
    server = Forum(prefix="/forum")
    id_ = server.add("words")
    shelf = trial.pull(server)
    assert shelf.posts[id_].url.startswith("https://forum.example/forum/t/")


def test_anyone_may_read_a_public_forum(trial):
    """Without a key no key is sent."""
    server = Forum(token="")
    server.add("words")
    assert len(trial.pull(server).posts) == 1
    assert "api-key" not in server.asked[0].headers


@pytest.mark.parametrize("how", [{"hidden": True}, {"deleted_at": "2026-02-01T00:00:00Z"}])
def test_hidden_and_deleted_posts_are_tombstones(trial, how):
    """What moderators took away must go here too, though staff keys still see it."""
    server = trial.server("fine", "bad")
    bad = max(server.posts)
    server.posts[bad] |= how
    shelf = trial.pull(server)
    assert shelf.gone == {str(bad)} and len(shelf.posts) == 1


def test_a_post_that_is_simply_not_there_any_more_is_found_out(trial):
    """A moderator's deletion shows nowhere; asking again finds it."""
    server = trial.server("a", "b", "c")
    shelf = trial.pull(server)
    doomed = sorted(shelf.posts)[1]
    server.remove(doomed)
    trial.recheck(server, shelf)
    assert shelf.gone == {doomed}


def test_actions_and_whispers_are_no_posts(trial):
    """What nobody said to everybody is left out."""
    server = trial.server("words")
    server._post(101, "<p>closed</p>", server.at, post_type=3)
    server._post(101, "<p>between us</p>", server.at, post_type=4)
    assert len(trial.pull(server).posts) == 1


def test_a_topic_that_always_fails_stops_only_itself(trial):
    """A topic that the forum cannot show is skipped by name and the others come."""
    server = trial.server(*map(str, range(12)))

    def handler(request: httpx.Request) -> httpx.Response:
        broken = request.url.path == "/t/102.json"
        return httpx.Response(500) if broken else server(request)

    shelf = trial.pull(server, handler=handler)
    assert [each.where for each in shelf.skipped] == ["https://forum.example/t/102"]
    assert len(shelf.posts) == 7


def test_a_parent_beyond_the_first_page_is_known_when_asked_again(trial):
    """An edit of a late reply keeps its place in the conversation."""
    Forum.per_topic, before = 60, Forum.per_topic
    try:
        server = trial.server(*map(str, range(60)))
    finally:
        Forum.per_topic = before
    ids = sorted(server.posts)[1:]
    server.posts[ids[50]]["reply_to_post_number"] = 45
    whole = trial.pull(server)
    shelf = Shelf(posts={str(ids[50]): whole.posts[str(ids[50])]})
    trial.recheck(server, shelf)
    assert shelf.posts[str(ids[50])].parent_id == str(ids[44])


def test_a_page_that_is_no_forum_is_named(trial):
    """A wrong address ends in one sentence with that address."""
    with pytest.raises(SourceError, match=r"forum\.example/latest\.json"):
        trial.pull(Forum(), handler=lambda _: httpx.Response(200, json={"hello": 1}))


def test_a_missing_variable_is_named():
    """`$NAME` that is not set says which name."""
    options = DiscourseOptions(url="https://forum.example", api_key=SecretStr("$NO_SUCH_KEY_HERE"))
    with pytest.raises(CredentialsError, match="NO_SUCH_KEY_HERE"):
        Discourse("forum", options, http=Http())


def test_a_check_counts_topics_and_tells_how_long_they_take(trial):
    """60 requests a minute with a key: a topic is one, and a page of further posts is one."""
    server = trial.server("first", "answer")
    found = trial.connector(server).check()
    assert found.reads == "about 2 topics with 3 posts of forum.example"
    assert (found.items, found.seconds) == (3, 2.0)


def test_a_check_of_a_source_that_reads_only_later_posts_does_not_pretend_to_count_them():
    """The forum does not tell how many posts are younger than a day."""
    since = datetime(2026, 1, 6, tzinfo=UTC)
    trial = Trial(lambda http, server: make(http, server, since=since), Forum)
    found = trial.connector(trial.server("first")).check()
    assert found.reads == "what was posted since 2026-01-06 of about 2 topics of forum.example"
    assert (found.items, found.seconds) == (None, None)


@pytest.mark.parametrize(
    ("key", "said"),
    [("wrong-key-000", "a key of scope Read-only"), ("", "set api_key")],
    ids=["wrong-key", "no-key"],
)
def test_a_check_says_which_key_a_closed_forum_wants(trial, key, said):
    """A forum behind a login refuses both; what to do differs."""
    server = trial.server("first")
    options = DiscourseOptions(url="https://forum.example", api_key=SecretStr(key) if key else None)
    http = Http(transport=httpx.MockTransport(server))
    with pytest.raises(CredentialsError, match=said):
        Discourse("forum", options, http=http).check()
