"""What reading feeds promises."""

import pytest
from pydantic import SecretStr

from connectors.rss import Rss, RssOptions
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
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
