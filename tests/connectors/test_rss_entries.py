"""What becomes of the entries of one feed: their ids, their times, and whether they are gone."""

from datetime import UTC, datetime

import httpx
import pytest

from connectors.rss import Rss, RssOptions
from insights.errors import SourceError
from insights.testing import Trial
from tests.connectors.blog import RSS, URL, Page, item


@pytest.fixture
def one() -> Trial[Page]:
    return Trial(lambda http, server: Rss("one", RssOptions(urls=(URL,)), http=http), Page)


def test_a_server_that_never_sees_a_change_is_asked_plainly_now_and_then(one):
    """304 for ever hides news for a week of pulls at most."""
    server = Page(item(1))
    server.headers |= {"ETag": '"always"'}

    def stuck(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        return httpx.Response(304) if "if-none-match" in request.headers else reply

    shelf = one.pull(server, handler=stuck)
    server.items = (item(2), item(1))
    for _ in range(9):
        one.pull(server, shelf, stuck)
    assert len(shelf.posts) == 2


def test_304_that_nobody_asked_for_is_no_answer(one):
    """It would read as a feed without news."""
    with pytest.raises(SourceError, match="304"):
        one.pull(Page(), handler=lambda _: httpx.Response(304))


def test_an_id_is_the_guid_and_not_the_link(one):
    """Links change with each campaign; a guid that is only a number belongs to its host."""
    server = Page(item(12, more="<link>https://blog.example/a?utm=1</link>"))
    shelf = one.pull(server)
    server.items = (item(12, more="<link>https://blog.example/a?utm=2</link>"),)
    one.pull(server, shelf)
    assert list(shelf.posts) == ["blog.example/12"]
    assert shelf.posts["blog.example/12"].url.endswith("utm=2")


def test_one_guid_for_several_entries_keeps_them_apart(one):
    """Some publishers give each entry the same guid; one that is left alone keeps its id."""
    entries = [item("same", f"title {n}", f"<link>{URL}/{n}</link>") for n in range(3)]
    server = Page(*entries)
    shelf = one.pull(server)
    assert sorted(post.title for post in shelf.posts.values()) == ["title 0", "title 1", "title 2"]
    more = f"<link>{URL}/0</link><description>edited</description>"
    server.items = (item("same", "title 0", more),)
    one.pull(server, shelf)
    assert len(shelf.posts) == 3
    assert "edited" in [post.text for post in shelf.posts.values()]
    assert set(one.recheck(server, shelf.copy()).posts) == set(shelf.posts)


def test_entries_without_guid_and_link_are_told_apart_by_their_words(one):
    """And an entry that says nothing is named."""
    server = Page("<item><title>a</title></item>", "<item><title>b</title></item>", "<item/>")
    shelf = one.pull(server)
    assert len(shelf.posts) == 2
    (skipped,) = shelf.skipped
    assert (skipped.where, skipped.reason) == (f"{URL} entry 3", "has neither words nor a title")


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 05 Jan 0001 08:00:00 GMT", "1" * 400])
def test_an_entry_without_a_time_keeps_that_at_which_it_was_first_seen(one, date):
    """An edit moves nothing, and asking again changes nothing."""
    server = Page(item(1, more=f"<pubDate>{date}</pubDate>"))
    shelf = one.pull(server)
    server.headers |= {"Date": "Fri, 06 Feb 2026 08:00:00 GMT"}
    server.items = (item(2), item(1, "edited"))
    one.pull(server, shelf)
    post = shelf.posts["blog.example/1"]
    assert (post.title, post.created_at) == ("edited", datetime(2026, 2, 5, 8, tzinfo=UTC))
    assert post.attributes == {"undated": "true"}
    assert one.recheck(server, shelf.copy()).posts == shelf.posts


def test_an_edit_moves_no_entry_that_has_only_the_time_of_its_change(one):
    """Atom demands `updated` alone; the entry stays in the week in which it was written."""
    changed = '<updated xmlns="http://www.w3.org/2005/Atom">2026-01-0{}T08:00:00Z</updated>'
    server = Page(item(1, more=changed.format(5)))
    shelf = one.pull(server)
    assert one.recheck(server, shelf.copy()).posts == shelf.posts
    server.items = (item(1, "edited", changed.format(9)),)
    one.pull(server, shelf)
    (post,) = shelf.posts.values()
    assert (post.title, post.created_at.day, post.updated_at.day) == ("edited", 5, 9)


def test_an_empty_feed_that_had_entries_is_named_and_deletes_nothing(one):
    """200 and nothing is more often a fault than news, and is not believed to be the state."""
    server = Page(item(1), item(2))
    server.headers |= {"ETag": '"x"'}
    shelf = one.pull(server)
    server.items = ()
    one.pull(server, shelf)
    assert shelf.skipped[-1].reason == "shows no entries, although it had some"
    one.recheck(server, shelf)
    server.items = (item(3), item(2))
    one.pull(server, shelf)
    assert len(shelf.posts) == 3 and not shelf.gone


def test_what_a_complete_feed_lacks_is_gone(one):
    """A feed may say that it holds all there is (RFC 5005); an entry that left another is not."""
    server = Page(item(1), item(2))
    shelf = one.pull(server)
    server.items = (item(2),)
    assert not one.recheck(server, shelf.copy()).gone
    server.items = ("<fh:complete/>", item(2))
    assert one.recheck(server, shelf).gone == {"blog.example/1"}


def test_entries_that_a_feed_takes_back_are_gone(one):
    """As tombstones of the feed (RFC 6721), and not where somebody only writes about them."""
    server = Page(item(1), item(2), item(3))
    shelf = one.pull(server)
    quoted = "<description><![CDATA[<at:deleted-entry ref='3'/>]]><at:deleted-entry ref='2'/>"
    server.items = (item(4, more=f"{quoted}</description>"), '<at:deleted-entry ref="1"/>')
    one.pull(server, shelf)
    assert shelf.gone == {"blog.example/1"}


def test_endless_pages_end(one):
    """A next link that always leads on is followed so far, and what was read is kept."""
    server = Page()

    def endless(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", 0))
        onward = (
            f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="next" href="?page={page + 1}"/>'
        )
        return httpx.Response(200, text=RSS.format(onward + item(page)), headers=server.headers)

    shelf = one.pull(server, handler=endless)
    assert len(shelf.posts) == one.requests == 500
    assert shelf.skipped[-1].reason == "has over 500 pages"
    one.requests = 0
    one.pull(server, shelf, endless)
    assert one.requests == 1


@pytest.mark.parametrize("link", [URL, "http://169.254.169.254/", "file:///etc/passwd", "http://["])
def test_a_next_page_that_leads_astray_costs_no_entry(one, link):
    """Circles end; another host is not asked."""
    onward = f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="next" href="{link}"/>'
    shelf = one.pull(Page(onward, item(1)))
    assert len(shelf.posts) == one.requests == 1


def test_a_reply_in_a_feed_of_comments_knows_its_thread(one):
    """Threading of Atom (RFC 4685) says to what an entry answers."""
    reply = '<t:in-reply-to xmlns:t="http://purl.org/syndication/thread/1.0" ref="tag:blog,1"/>'
    (post,) = one.pull(Page(item("tag:blog,2", more=reply))).posts.values()
    assert (post.thread_id, post.parent_id) == ("tag:blog,1", "tag:blog,1")


def test_nothing_secret_in_an_address_is_kept(one):
    """Private feeds have keys in their addresses: the cursor names them by a hash."""
    url = f"{URL}?key=s3cr3t-key-77"
    secret = Trial(lambda http, _: Rss("one", RssOptions(urls=(url,)), http=http), Page)
    shelf = secret.pull(Page(item(1)))
    assert "s3cr3t" not in repr(shelf)
