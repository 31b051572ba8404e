"""What reading feeds promises."""

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.rss import Rss, RssOptions
from insights.errors import CredentialsError, SourceError
from insights.http import Http
from insights.testing import PROMISES, Shelf, Trial, check_connector
from tests.connectors.blog import HOME, Blog

FEEDS = (f"{HOME}/feeds/questions", f"{HOME}/feeds/answers")


def make(http: Http, server: Blog, **options) -> Rss:
    options = {"urls": FEEDS} | options
    if server.token:
        options |= {"user": "reader", "password": SecretStr(server.token)}
    return Rss("blog", RssOptions(**options), http=http)


@pytest.fixture
def trial() -> Trial[Blog]:
    return Trial(make, Blog)


def speaking(dialect: str, *, validates: bool = True):
    def blog() -> Blog:
        server = Blog()
        server.dialect, server.validates = dialect, validates
        return server

    return blog


@pytest.mark.parametrize("dialect", ["rss", "atom", "rdf", "json"])
@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str, dialect: str):
    """Feeds of each dialect keep every promise of a connector."""
    check_connector(make, server=speaking(dialect), only=promise)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise_without_validators(promise: str):
    """So do feeds whose servers cannot say that nothing changed."""
    check_connector(make, server=speaking("rss", validates=False), only=promise)


@pytest.mark.parametrize("dialect", ["rss", "atom", "rdf", "json"])
def test_a_post_carries_what_the_feed_knows(dialect):
    """Author, address, space and tags come along in each dialect."""
    server = speaking(dialect)()
    id_ = server.add("It crashes")
    (post,) = Trial(make, Blog).pull(server).posts.values()
    assert (post.native_id, post.url, post.title) == (id_, id_, "Entry 1000")
    assert (post.text, post.markup) == ("<p>It crashes</p>", "html")
    assert (post.author, post.space, post.tags) == ("ann0", "All questions", ("export",))
    assert (post.created_at, post.thread_id) == (server.at, id_)


def test_an_unchanged_feed_costs_one_short_answer(trial):
    """What the server gave to tell its state is sent back, for each feed by itself."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    trial.requests = 0
    trial.pull(server, shelf)
    assert trial.requests == 2
    assert all("if-none-match" in request.headers for request in server.asked[-2:])


def test_a_feed_that_is_gone_is_asked_no_more_and_the_others_go_on(trial):
    """410 says so for good; nothing that it said is deleted."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)

    def handler(request: httpx.Request) -> httpx.Response:
        gone = request.url.path == "/feeds/questions"
        return httpx.Response(410) if gone else server(request)

    server.add("question")
    new = server.add("answer")
    trial.pull(server, shelf, handler)
    server.asked.clear()
    trial.requests = 0
    trial.pull(server, shelf, handler)
    assert new in shelf.posts and len(shelf.posts) == 13 and not shelf.gone
    assert trial.requests == 1
    assert shelf.skipped[-1].reason == "a feed of it is gone for good; take it out of the settings"


def test_a_broken_feed_does_not_stop_the_others(trial):
    """They are read first, and then it is named."""
    server = trial.server(*map(str, range(4)))
    shelf = Shelf()

    def handler(request: httpx.Request) -> httpx.Response:
        broken = request.url.path == "/feeds/questions"
        return httpx.Response(200, text="<html>moved</html>") if broken else server(request)

    with pytest.raises(SourceError, match="feeds/questions answered with a web page instead"):
        trial.pull(server, shelf, handler)
    assert len(shelf.posts) == 2


def test_the_password_goes_to_one_host():
    """It would be shown to every host that is read."""
    urls = ("https://a.example/f", "https://b.example/f")
    with pytest.raises(ValidationError, match="a source for each host"):
        RssOptions(urls=urls, user="u", password=SecretStr("p"))
    with pytest.raises(ValidationError, match="urls"):
        RssOptions(urls=("https://user:word@a.example/f",))


def test_it_says_beforehand_what_there_is(trial):
    """The first pages are counted; a refusal says what is missing."""
    server = trial.server(*map(str, range(12)))
    found = trial.connector(server).check()
    assert found.reads == "8 entries on the first pages of All questions, All answers"
    assert trial.requests == 2
    closed = Trial(lambda http, _: Rss("blog", RssOptions(urls=FEEDS), http=http), Blog)
    with pytest.raises(CredentialsError, match="set user and password"):
        closed.connector(server).check()
