"""What reading reviews from the App Store promises."""

from datetime import UTC, datetime

import httpx
import pytest

from connectors.appstore import AppStore, AppStoreOptions
from insights.errors import CredentialsError, SourceError
from insights.http import Http
from insights.testing import PROMISES, Shelf, Trial, check_connector
from tests.connectors.shop import APP, Shop


def make(http: Http, server: Shop, **options) -> AppStore:
    options = {"app_id": APP, "countries": server.countries} | options
    return AppStore("reviews", AppStoreOptions(**options), http=http)


@pytest.fixture
def trial() -> Trial[Shop]:
    return Trial(make, Shop)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """The App Store keeps every promise of a connector."""
    check_connector(make, server=Shop, only=promise)


def filled(reviews: int) -> Shop:
    server = Shop(("us",))
    server.page = 50
    for number in range(reviews):
        server.add(f"review {number}")
    return server


def test_a_review_carries_what_the_store_knows(trial):
    """Stars, version, votes, country and time come along."""
    (post,) = trial.pull(trial.server("It crashes")).posts.values()
    assert (post.rating, post.version, post.reactions) == (2.0, "4.8.1", 5)
    assert (post.title, post.markup, post.space) == ("Not good", "plain", "us")
    assert post.author == "nick1"
    assert post.url.startswith("https://itunes.apple.com/us/review?id=")
    assert post.created_at == post.updated_at == datetime(2026, 1, 5, 8, 7, tzinfo=UTC)


def test_a_single_review_and_none_are_read(trial):
    """One review comes as an object instead of a list, none as nothing."""
    server = trial.server("only one")
    assert "only one" in [post.text for post in trial.pull(server).posts.values()]
    assert not trial.pull(Shop()).posts


def test_the_app_itself_is_no_review(trial):
    """Older feeds begin with an entry about the app."""
    server = trial.server(*map(str, range(9)))
    server.names_app = True
    shelf = trial.pull(server)
    assert len(shelf.posts) == 9 and not shelf.skipped


def test_a_review_without_time_keeps_the_time_at_which_it_was_first_seen(trial):
    """Older feeds give no times; an edit is seen all the same and moves nothing."""
    server = trial.server("a", "b", "c")
    server.dated = False
    shelf = trial.pull(server)
    first_seen = datetime(2026, 2, 5, 8, tzinfo=UTC)
    assert {post.created_at for post in shelf.posts.values()} == {first_seen}
    id_ = sorted(shelf.posts)[0]
    server.edit(id_, "edited")
    later = httpx.Headers({"Date": "Fri, 06 Feb 2026 08:00:00 GMT"})

    def handler(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        return httpx.Response(200, content=reply.content, headers=later)

    trial.pull(server, shelf, handler)
    assert (shelf.posts[id_].text, shelf.posts[id_].created_at) == ("edited", first_seen)
    assert shelf.posts[id_].attributes == {"undated": "true"}
    assert trial.recheck(server, shelf.copy()).posts == shelf.posts


def test_an_edited_review_keeps_its_id_and_is_seen_at_once(trial):
    """It moves to the front with a new time, other stars and another version."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    server.edit("us-13000000000", "Now it is fine")
    server.reviews["us-13000000000"]["im:rating"] = {"label": "5"}
    trial.pull(server, shelf)
    assert shelf.posts["us-13000000000"].rating == 5.0 and len(shelf.posts) == 12


def test_votes_of_others_are_no_edit(trial):
    """Else every pull would bring everything again."""
    server = trial.server("a")
    shelf = trial.pull(server)
    server.reviews["us-13000000000"]["im:voteSum"] = {"label": "77"}
    again = [post for b in trial.connector(server).pull(shelf.cursor) for post in b.posts]
    assert not again


def test_no_more_than_ten_pages_are_asked_for():
    """Apple shows 500 reviews of a country; what is older cannot be told from deleted."""
    trial, server = Trial(make, Shop), filled(620)
    shelf = trial.pull(server)
    assert len(shelf.posts) == 500 and trial.requests == 10
    trial.requests = 0
    trial.pull(server, shelf)
    assert trial.requests == 1
    server.delete(sorted(shelf.posts)[3])
    assert not trial.recheck(server, shelf).gone


def test_a_store_that_falls_silent_is_named_and_deletes_nothing(trial):
    """An empty page at status 200 is no news of deletions; the other country is read."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    server.broken, server.ratings = {f"us {page}" for page in range(1, 11)}, 1204
    server.add("later", country="de")
    with pytest.raises(SourceError, match=r"of us shows no reviews of Inkwell .* 1,204 people"):
        trial.pull(server, shelf)
    trial.recheck(server, shelf)
    assert len(shelf.posts) == 13 and not shelf.gone


def test_a_page_that_is_empty_by_mistake_hides_nothing_for_long():
    """A walk that ends after a full page is walked again, once."""
    trial, server = Trial(make, Shop), filled(180)
    server.broken = {"us 3"}
    shelf = trial.pull(server)
    assert len(shelf.posts) == 100
    assert not trial.recheck(server, shelf.copy()).gone
    server.broken = set()
    assert len(trial.pull(server, shelf).posts) == 180
    trial.requests = 0
    trial.pull(server, shelf)
    assert trial.requests == 1


def test_one_listing_alone_deletes_nothing():
    """A review must be missing from two listings; a page that is cut short once is no proof."""
    trial, server = Trial(make, Shop), filled(30)
    shelf = trial.pull(server)
    asked = []

    def short(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        asked.append(request)
        if len(asked) == 1:
            feed = reply.json()
            del feed["feed"]["entry"][20:]
            return httpx.Response(200, json=feed)
        return reply

    assert not trial.recheck(server, shelf, short).gone


def test_an_app_that_is_not_sold_there_is_named(trial):
    """A wrong country or number looks like an app without reviews."""
    server = trial.server("a")
    strange = Trial(lambda http, s: make(http, s, countries=("us", "fr")), Shop)
    shelf = Shelf()
    with pytest.raises(SourceError, match="no app 123456789 in the App Store of fr"):
        strange.pull(server, shelf)
    assert len(shelf.posts) == 1


def test_a_country_that_refuses_does_not_stop_the_others(trial):
    """Apple answers 403 to whom it does not like that day."""
    server = trial.server(*map(str, range(4)))
    shelf = Shelf()

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if request.url.path.startswith("/us/") else server(request)

    with pytest.raises(CredentialsError, match="of us refused us; it wants no key"):
        trial.pull(server, shelf, handler)
    assert len(shelf.posts) == 2


def test_it_says_beforehand_what_there_is(trial):
    """Two questions: is there such an app, and does its feed answer."""
    server = trial.server("a")
    found = trial.connector(server).check()
    assert found.reads == "the latest reviews of Inkwell in us, de, at most 500 of each country"
    assert trial.requests == 2
    with pytest.raises(SourceError, match="check app_id"):
        make(Http(transport=httpx.MockTransport(server)), server, app_id="999999").check()


def test_a_review_without_words_speaks_by_its_stars(trial):
    """Stars may come with a title alone, or with nothing."""
    server = trial.server("", "")
    bare, titled = server.reviews.values()
    bare["title"] = {"label": " "}
    del titled["author"], titled["im:version"], titled["link"]
    first, second = trial.pull(server).posts.values()
    assert {first.text, second.text} == {"2 of 5 stars", "Not good"}


WRONG = [{"rating": 1}, [], "many", {"label": "9"}, {"label": None}, None]


@pytest.mark.parametrize("value", WRONG, ids=map(str, WRONG))
def test_a_field_of_a_wrong_kind_costs_one_review(trial, value):
    """Its neighbours come, and it is named."""
    server = trial.server(*map(str, range(6)))
    server.reviews["us-13000000002"]["im:rating"] = value
    shelf = trial.pull(server)
    assert len(shelf.posts) == 5 and "13000000002" in shelf.skipped[0].where
