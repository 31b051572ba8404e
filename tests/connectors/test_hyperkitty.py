"""What reading a list of HyperKitty promises."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.hyperkitty import HyperKitty, HyperKittyOptions
from insights.errors import CredentialsError, SourceError, TooLarge
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.mailman import LIST, Mailman, name


def make(http: Http, server: Mailman, **options) -> HyperKitty:
    options = {"url": "https://lists.example/archives/", "list": LIST} | options
    return HyperKitty("list", HyperKittyOptions(**options), http=http)


@pytest.fixture
def trial() -> Trial[Mailman]:
    return Trial(make, Mailman)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """HyperKitty keeps every promise of a connector."""
    check_connector(make, server=Mailman, only=promise)


def test_a_post_carries_what_a_mail_says(trial):
    """Thread, parent, tag, page, list and account."""
    server = trial.server("one", "two", "three")
    first, _, third = (post for _, post in sorted(trial.pull(server).posts.items()))
    assert (first.title, first.tags, first.author) == ("About 1", ("feedback",), "ann1@example.org")
    assert (third.title, third.parent_id, third.space) == ("", first.native_id, LIST)
    key = name(server.mails[first.native_id])
    assert first.thread_id == third.thread_id == key
    assert first.url == f"https://lists.example/archives/list/{LIST}/message/{key}/"


def test_a_name_that_no_list_has_is_said_at_once(trial):
    """HyperKitty fails over the mails of a list that it does not know; nobody waits for that."""
    trial.make = lambda http, server: make(http, server, list="typo@lists.example")
    for act in (lambda: trial.pull(Mailman()), lambda: trial.connector(Mailman()).check()):
        with pytest.raises(SourceError, match="has no list typo@"):
            act()
    assert not trial.clock.slept


def test_a_thread_holds_together_over_months(trial):
    """A mailbox says only what a mail answers; what was answered last month is asked for."""
    server = trial.server("one")
    for month, parent in ((1, "m001"), (2, "m002"), (2, "m003"), (3, "m999")):
        id_ = server.put("answer", datetime(2026, month, 9, tzinfo=UTC))
        server.mails[id_].parent = f"{parent}/x@mail.example"
    shelf = trial.pull(server)
    threads = [post.thread_id for _, post in sorted(shelf.posts.items())]
    own = [name(mail) for mail in server.mails.values()]
    assert threads == [own[0], own[0], own[0], own[0], own[4]]
    assert trial.recheck(server, shelf.copy()).posts == shelf.posts


def test_nothing_new_takes_one_request(trial):
    """The listing is as it was."""
    server = trial.server("one", "two")
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert len(server.asked) == 1


def test_months_are_read_one_by_one_and_the_ends_are_open(trial):
    """A clock that was never set and one that runs ahead lose nothing."""
    server = trial.new_server()
    for month in (1, 2, 4):
        server.put(f"month {month}", datetime(2026, month, 3, tzinfo=UTC))
    server.put("unset", datetime(1971, 1, 1, tzinfo=UTC))
    server.put("ahead", datetime(2026, 4, 30, 23, tzinfo=UTC))
    server.put("last", datetime(2026, 4, 9, tzinfo=UTC))
    assert len(trial.pull(server).posts) == 6
    exports = [request for request in server.asked if "export" in request.url.path]
    assert len(exports) == 4


def test_news_are_read_by_their_days_though_they_are_old(trial):
    """A mail that was archived today may have been written long ago."""
    server = trial.server(*map(str, range(30)))
    shelf = trial.pull(server)
    late = server.put("late", datetime(2025, 3, 1, tzinfo=UTC))
    server.asked.clear()
    assert late in trial.pull(server, shelf).posts
    starts = [r.url.params.get("start") for r in server.asked if "export" in r.url.path]
    assert starts == ["2025-03-01"]


def test_many_news_are_found_page_by_page(trial):
    """More than a page of the listing holds."""
    server = trial.server("one")
    shelf = trial.pull(server)
    for number in range(80):
        server.add(f"words {number}")
    assert len(trial.pull(server, shelf).posts) == 81


def test_the_news_end_where_any_known_mail_is(trial):
    """Also when the last ones that were known are removed."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    for doomed in sorted(server.mails)[-3:]:
        server.delete(doomed)
    new = server.add("new")
    server.asked.clear()
    assert new in trial.pull(server, shelf).posts
    assert len(server.asked) == 2


def test_an_archive_that_was_brought_in_later_is_read(trial):
    """Imported mails lie below those that are known; only their number tells."""
    server = trial.server(*map(str, range(12)))
    shelf = trial.pull(server)
    old = server.put("old", datetime(2024, 1, 1, tzinfo=UTC))
    server.mails = {old: server.mails.pop(old)} | server.mails
    assert old in trial.pull(server, shelf).posts


@pytest.mark.parametrize("months", [(3,), (1, 3), (1, 2, 3)], ids=["one", "ends", "between"])
def test_a_month_that_is_too_large_is_halved(trial, months):
    """Down to a day, also where a window has no end."""
    server = trial.new_server()
    for month in months:
        for number in range(28):
            at = datetime(2026, month, 1, tzinfo=UTC) + timedelta(days=number)
            server.put(f"words {number}", at)
    server.most = 9
    assert len(trial.pull(server).posts) == 28 * len(months)


def test_a_day_that_is_too_large_is_said(trial):
    """There is no smaller window to ask for."""
    server = trial.server("one")
    server.most = 0
    with pytest.raises(TooLarge, match="more than 32 MiB"):
        trial.pull(server)


def test_an_empty_list_is_no_error(trial):
    """It has no posts, and says so."""
    assert trial.pull(trial.new_server()).posts == {}


def test_check_tells_how_many_mails_there_are(trial):
    """In two requests: whether there is such a list, and what is in it."""
    server = trial.server("one", "two")
    checkup = trial.connector(server).check()
    assert (checkup.reads, checkup.items) == (f"2 mails of {LIST}", 2)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (httpx.Response(404, text="no"), SourceError, "check url and list"),
        (httpx.Response(200, json={"count": 1}), SourceError, "as HyperKitty does"),
        (httpx.Response(403, json={"detail": "no"}), CredentialsError, "not public"),
    ],
    ids=["not there", "another site", "private"],
)
def test_check_says_what_is_wrong(trial, reply, error, words):
    """A wrong address, another program, a private list."""
    with pytest.raises(error, match=words):
        trial.connector(Mailman(), lambda _: reply).check()


def test_an_archive_that_may_not_be_downloaded_is_named(trial):
    """Its keeper may have switched that off."""
    server = trial.server("one")

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400) if "export" in request.url.path else server(request)

    with pytest.raises(SourceError, match="be downloaded"):
        trial.pull(server, handler=handler)
