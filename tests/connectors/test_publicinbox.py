"""What reading a public-inbox archive promises."""

import gzip
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.publicinbox import PublicInbox, PublicInboxOptions
from insights.errors import CredentialsError, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.inbox import Inbox


def make(http: Http, server: Inbox, **options) -> PublicInbox:
    url = "https://user:pass@lists.example/feedback/"
    return PublicInbox("list", PublicInboxOptions(url=url, **options), http=http)


@pytest.fixture
def trial() -> Trial[Inbox]:
    return Trial(make, Inbox)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """public-inbox keeps every promise of a connector."""
    check_connector(make, server=Inbox, only=promise)


def test_a_post_carries_what_a_mail_says(trial):
    """Thread, parent, tag, page and account; the page holds no password."""
    server = trial.server("one", "two", "three\nFrom here on it fails")
    first, _, third = (post for _, post in sorted(trial.pull(server).posts.items()))
    assert (first.title, first.tags, first.author) == ("About 1", ("feedback",), "ann1@example.org")
    assert (third.title, third.parent_id, third.thread_id) == ("", first.native_id, first.native_id)
    assert third.text == "three\nFrom here on it fails\n\n"
    assert first.url == "https://lists.example/feedback/m001%2Fx@mail.example/"


def test_nothing_new_takes_one_request(trial):
    """The feed of the latest mails is as it was."""
    server = trial.server("one", "two")
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert len(server.asked) == 1


def test_years_are_read_by_the_month(trial):
    """So that no reply grows with the archive; the first begins where the archive does."""
    server = trial.server("new")
    server.put("old", datetime(2024, 6, 1, tzinfo=UTC))
    server.put("unset clock", datetime(1971, 1, 1, tzinfo=UTC))
    server.mails |= {server.put(f"more {n}", server.at): server.mails[max(server.mails)]
                     for n in range(4)}  # fmt: skip
    assert len(trial.pull(server).posts) == len(server.mails)


def test_a_month_that_is_too_large_is_halved_until_it_fits(trial):
    """Nothing is given up because a list is busy."""
    server = Inbox(most=3)
    for number in range(30):
        server.add(f"words {number}")
    assert len(trial.pull(server).posts) == 30


def test_mails_that_were_on_their_way_for_days_come(trial):
    """The window of a pull begins before its cursor."""
    server = trial.server("one", "two", "three", "four")
    shelf = trial.pull(server)
    late = server.put("late", server.at - timedelta(days=3))
    server.add("five")
    assert late in trial.pull(server, shelf).posts


def test_since_leaves_out_what_is_older():
    """And does not ask for it."""
    trial = Trial(lambda http, server: make(http, server, since="2026-01-06T00:00:00Z"), Inbox)
    server = trial.server("old", "new", "newer")
    assert len(trial.pull(server).posts) == 2


def test_an_empty_archive_is_no_error(trial):
    """It has no posts, and says so."""
    server = trial.new_server()
    assert trial.pull(server).posts == {}
    assert trial.connector(server).check().items == 0


def test_check_tells_of_the_latest_mail(trial):
    """In one request, without the password."""
    server = trial.server("one")
    said = trial.connector(server).check().reads
    assert said == "the archive https://lists.example/feedback, whose latest mail is of 2026-01-05"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (httpx.Response(404, text="Not Found"), SourceError, "name the address of one inbox"),
        (httpx.Response(200, text="<html>"), SourceError, "name the address of one inbox"),
        (httpx.Response(401), CredentialsError, "refused"),
    ],
    ids=["not there", "another site", "locked"],
)
def test_check_says_what_is_wrong(trial, reply, error, words):
    """A wrong address and a refusal."""
    with pytest.raises(error, match=words):
        trial.connector(Inbox(), lambda _: reply).check()


@pytest.mark.parametrize(
    "content",
    [b"words", gzip.compress(b"From x\nSubject: s\n\nw\n" * 99)[:-9], b""],
    ids=["not packed", "cut off", "nothing"],
)
def test_a_mailbox_that_is_not_whole_is_no_end(trial, content):
    """The next run reads that stretch again."""
    server = trial.server("one")

    def handler(request: httpx.Request) -> httpx.Response:
        broken = request.method == "POST"
        return httpx.Response(200, content=content) if broken else server(request)

    with pytest.raises(SourceError, match="whole packed mailbox"):
        trial.pull(server, handler=handler)


def test_an_archive_without_search_is_named(trial):
    """Not every public-inbox has an index."""
    server = trial.server("one")

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.method == "POST" else server(request)

    with pytest.raises(SourceError, match="cannot be searched"):
        trial.pull(server, handler=handler)
