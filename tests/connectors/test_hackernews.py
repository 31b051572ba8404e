"""What reading Hacker News promises."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import ValidationError

from connectors.hackernews import HackerNews, HackerNewsOptions
from insights.errors import SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.newsroom import START, Newsroom


def make(http: Http, server: Newsroom, **options) -> HackerNews:
    options = {"since": datetime.fromtimestamp(START, UTC)} | options
    return HackerNews("hn", HackerNewsOptions(**options), http=http)


@pytest.fixture
def trial() -> Trial[Newsroom]:
    return Trial(make, Newsroom)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Hacker News keeps every promise of a connector."""
    check_connector(make, server=Newsroom, only=promise)


def test_a_post_carries_what_hacker_news_knows(trial):
    """Story, parent, points, room and address come along; a title is not escaped, a text is."""
    server = trial.server("first", "answer", "again")
    story, answer, again = server.items.values()
    story["title"] = "Ask HN: Why does R&amp;D fail?"
    story["text"] = "It doesn&#x27;t &lt;b&gt;work&lt;/b&gt;<p>Why?"
    first, second, third = trial.pull(server).posts.values()
    assert (first.title, first.space) == ("Ask HN: Why does R&D fail?", "Ask HN")
    assert (first.text, first.markup, first.reactions) == (story["text"], "html", 12)
    assert first.url == f"https://news.ycombinator.com/item?id={story['id']}"
    assert (second.space, second.author, second.title) == ("comments", "user1", "")
    assert second.thread_id == third.thread_id == first.thread_id == str(story["id"])
    assert third.parent_id == str(answer["id"]) and again["parent"] == answer["id"]


def test_a_link_speaks_by_its_title(trial):
    """Most stories are an address and a title."""
    server = Newsroom()
    server.link("Inkwell &#38; friends", "https://inkwell.example/2")
    (post,) = trial.pull(server).posts.values()
    assert (post.text, post.title, post.markup) == ("Inkwell & friends",) * 2 + ("plain",)
    assert post.attributes == {"link": "https://inkwell.example/2"}


def test_more_than_a_search_shows_is_read_window_by_window(trial):
    """A search shows no more than its first hits; all come, oldest first, with few requests."""
    server = Newsroom()
    server.most = 50
    for number in range(2000):
        server.add(f"report {number}", same_time=number % 3 > 0)
    batches = list(trial.connector(server).pull(None))
    posts = [post for batch in batches for post in batch.posts]
    assert len({post.native_id for post in posts}) == len(posts) == 2000
    assert [post.created_at for post in posts] == sorted(post.created_at for post in posts)
    assert trial.requests < 3 * 2000 / 50
    assert max(len(batch.cursor["seen"]) for batch in batches) < 100


def test_a_quiet_decade_costs_few_requests():
    """Windows grow where nothing is said."""
    server = Newsroom()
    server.add("long ago")
    server.at += 10 * 365 * 86_400
    for number in range(12):
        server.add(f"now {number}")
    trial = Trial(make, Newsroom)
    assert len(trial.pull(server).posts) == 13 and trial.requests < 60


def test_a_second_that_is_too_full_is_named(trial):
    """What cannot be cut finer is read as far as it is shown, and said."""
    server = Newsroom()
    server.most = 4
    for number in range(9):
        server.add(f"at once {number}", same_time=number > 0)
    later = server.add("later")
    shelf = trial.pull(server)
    assert later in shelf.posts and len(shelf.posts) == 5
    assert [each.reason for each in shelf.skipped] == ["of 9 posts of this second 4 are shown"]


def test_what_comes_to_light_late_or_is_edited_soon_comes_with_the_next_pull(trial):
    """The index lags, and authors may edit for two hours."""
    server = trial.server("a", "b", "c", "d")
    late = sorted(server.items)[2]
    server.hidden.add(late)
    shelf = trial.pull(server)
    server.hidden.clear()
    server.edit(str(max(server.items)), "It was the proxy")
    trial.pull(server, shelf)
    assert str(late) in shelf.posts and shelf.posts[str(max(server.items))].text.endswith("proxy")


@pytest.mark.parametrize("how", ["dead", "null", "empty"])
def test_killed_and_vanished_items_are_tombstones(trial, how):
    """What is flagged to death or missing must go here too."""
    server = trial.server("fine", "bad", "fine too")
    shelf = trial.pull(server)
    doomed = sorted(server.items)[1]
    if how == "null":
        server.items = {id_: item for id_, item in server.items.items() if id_ != doomed}
    else:
        server.items[doomed] |= {"dead": True} if how == "dead" else {"text": " "}
    trial.recheck(server, shelf)
    assert shelf.gone == {str(doomed)} and len(shelf.posts) == 2


def test_null_for_everything_deletes_nothing(trial):
    """An interface that is down says null to each question."""
    server = trial.server("a", "b")
    shelf = trial.pull(server)
    with pytest.raises(SourceError, match="maxitem"):
        trial.recheck(server, shelf, lambda _: httpx.Response(200, text="null"))
    assert len(shelf.posts) == 2 and not shelf.gone


def test_a_circle_of_parents_ends(trial):
    """A comment that is its own ancestor has no story, and costs few requests."""
    server = trial.server("a", "b")
    shelf = trial.pull(server)
    first, second = sorted(server.items)
    server.items[first]["parent"] = second
    server.items[first]["text"] = "round and round"
    trial.recheck(server, shelf)
    assert shelf.posts[str(second)].thread_id is None and trial.requests < 9


def test_only_what_is_asked_for_is_searched():
    """Words and tags stand in the question."""
    server = Newsroom()
    server.add("the inkwell app crashes")
    server.add("something else")
    trial = Trial(lambda http, s: make(http, s, query="inkwell", tags="comment,story_1"), Newsroom)
    assert len(trial.pull(server).posts) == 1
    assert server.asked[0].url.params["tags"] == "comment,story_1"


def test_all_of_hacker_news_is_refused():
    """Without words, author, story or start, nobody means it."""
    with pytest.raises(ValidationError, match="give a query"):
        HackerNewsOptions()
    assert HackerNewsOptions(tags="author_pg").lookback == timedelta(hours=3)


def test_it_says_beforehand_how_much_there_is(trial):
    """One question tells the number of posts."""
    server = trial.server(*map(str, range(9)))
    found = trial.connector(server).check()
    assert found.items == 9 and trial.requests == 1
    assert found.reads == "9 posts of Hacker News tagged (story,comment) since 2026-01-05"


@pytest.mark.parametrize("reply", [{"hits": 3}, {}, {"hits": [], "nbHits": 1.5}])
def test_an_answer_of_another_kind_is_named(trial, reply):
    """A changed search ends in one sentence."""
    with pytest.raises(SourceError, match="did not answer as the search"):
        trial.connector(Newsroom(), lambda _: httpx.Response(200, json=reply)).check()


def test_a_search_that_counts_and_shows_nothing_is_named(trial):
    """It would be asked second by second for ever."""
    with pytest.raises(SourceError, match="counts 7 posts and shows none"):
        trial.pull(Newsroom(), None, lambda _: httpx.Response(200, json={"hits": [], "nbHits": 7}))
