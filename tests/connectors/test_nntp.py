"""What reading a newsgroup promises."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from connectors.nntp import Nntp, NntpOptions
from insights.errors import CredentialsError, InsightsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import Trial, check_connector
from tests.connectors.loopback import drip, speaking
from tests.connectors.news import News, failed
from tests.connectors.wire import ON_A_WIRE, Wire


def make(http: Http, server: News, **options) -> Nntp:
    options = {
        "host": "news.example", "group": "test.feedback", "user": "ann",
        "password": SecretStr(server.token),
    } | options  # fmt: skip
    return Nntp("news", NntpOptions(**options), http=http, connect=lambda: Wire(http, failed))


def trial_of(**options) -> Trial[News]:
    return Trial(lambda http, server: make(http, server, **options), News)


@pytest.fixture
def trial() -> Trial[News]:
    return Trial(make, News)


@pytest.mark.parametrize("promise", ON_A_WIRE)
def test_keeps_promise(promise: str):
    """A newsgroup keeps every promise of a connector that it can be put to."""
    check_connector(make, server=News, only=promise)


def test_a_post_carries_what_an_article_says(trial):
    """Group, thread, parent and account; a line that begins with a dot is as it was written."""
    server = trial.server("one", "two", ".three\n..\n.\nend")
    first, _, third = (post for _, post in sorted(trial.pull(server).posts.items()))
    assert (first.space, first.author, first.url) == ("test.feedback", "ann1@example.org", None)
    assert (third.parent_id, third.thread_id) == (first.native_id, first.native_id)
    assert third.text == ".three\n..\n.\nend\n"


@pytest.mark.parametrize("overview", [True, False], ids=["overview", "none"])
def test_holes_are_passed_over(trial, overview):
    """Numbers without articles, few or a whole stretch of them."""
    server = trial.new_server()
    server.overview = overview
    ids = [server.add(f"words {n}") for n in range(250)]
    for id_ in [ids[3], *ids[90:230]]:
        server.delete(id_)
    shelf = trial.pull(server)
    assert shelf.posts.keys() == server.mails.keys() and not shelf.skipped


def test_nothing_new_takes_two_questions(trial):
    """After the call and the greeting: the group, and whether it still counts as it did."""
    server = trial.server("one", "two")
    shelf = trial.pull(server)
    server.asked.clear()
    assert trial.pull(server, shelf).cursor == shelf.cursor
    assert [command.split(" ")[0] for command in server.asked[-2:]] == ["GROUP", "STAT"]


@pytest.mark.parametrize("more", [0, 5], ids=["fewer", "more"])
def test_a_server_that_counts_anew_is_read_anew(trial, more):
    """Whether its numbers are lower than the last that was read or already beyond."""
    server = trial.server(*map(str, range(6)))
    shelf = trial.pull(server)
    new = [server.add(f"new {n}") for n in range(more + 1)]
    if not more:
        for id_ in list(server.mails)[:3]:
            server.delete(id_)
    server.renumber()
    assert set(new) <= trial.pull(server, shelf).posts.keys()


def test_expired_articles_are_not_deleted_ones(trial):
    """A server that forgets says nothing about what people want."""
    server = trial.server(*map(str, range(6)))
    shelf = trial.pull(server)
    server.expire(4)
    assert trial.recheck(server, shelf).gone == set()
    new = server.add("new")
    assert new in trial.pull(server, shelf).posts


def test_whether_articles_expire_can_be_said():
    """The first article may simply have been purged."""
    trial = trial_of(expires=False)
    server = trial.server("one", "two")
    shelf = trial.pull(server)
    server.expire(2)
    assert len(trial.recheck(server, shelf).gone) == 1


def test_since_leaves_out_what_is_older():
    """The overview tells, so that the article is not even asked for."""
    trial = trial_of(since=datetime(2026, 1, 6, tzinfo=UTC))
    server = trial.server("old", "new", "newer")
    assert len(trial.pull(server).posts) == 2
    assert sum(command.startswith("ARTICLE") for command in server.asked) == 2


def test_an_empty_group_is_no_error(trial):
    """It has no posts."""
    assert trial.pull(trial.new_server()).posts == {}


def test_check_tells_how_many_articles_there_are(trial):
    """By what the server says of the group."""
    assert trial.connector(trial.server("one", "two")).check().items == 2


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"group": "no.such"}, SourceError, "no such group"),
        ({"password": SecretStr("wrong-one")}, CredentialsError, "user and password"),
        ({"user": None}, CredentialsError, "user and password"),
        ({"password": None}, CredentialsError, "has no password"),
    ],
    ids=["group", "password", "nobody", "no password"],
)
def test_check_says_what_is_wrong(options, error, words):
    """In a sentence that does not repeat what the server said."""
    trial = trial_of(**options)
    with pytest.raises(error, match=words) as caught:
        trial.connector(News()).check()
    assert "wrong-one" not in str(caught.value)


# --- over a socket ----------------------------------------------------------------------------


@contextmanager
def said(*pieces: bytes, heard: list[bytes] | None = None) -> Iterator[NntpOptions]:
    """A server that says its pieces to the first who calls, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            caller, _ = server.accept()
            with caller:
                for piece in pieces:
                    caller.sendall(piece)
                with suppress(OSError):
                    caller.shutdown(socket.SHUT_WR)
                    while more := caller.recv(1024):
                        (heard if heard is not None else []).append(more)

        thread = threading.Thread(target=answer)
        thread.start()
        port = server.getsockname()[1]
        yield NntpOptions(host="127.0.0.1", port=port, tls=False, group="g")
        thread.join()


ARTICLE = b"220 1 <a@b>\r\nDate: 5 Jan 2026 08:00:00 GMT\r\nMessage-ID: <a@b>\r\n\r\n"
START = b"200 hi\r\n201 hi\r\n211 1 1 1 g\r\n500 no\r\n500 no\r\n"


def test_a_line_of_any_length_is_read():
    """Others stop at 2,048 bytes; here the words come, and what is beyond a megabyte does not."""
    with said(START, ARTICLE, b"words " * 500_000, b"\r\n.\r\n") as options:
        (batch,) = Nntp("news", options, http=Http()).pull(None)
    assert batch.posts[0].text.startswith("words words ")


@pytest.mark.parametrize(
    "speech",
    [drip(b"", b"2"), drip(START + ARTICLE, b"word\r\n"), drip(START, b"")],
    ids=["greeting", "article", "silence"],
)
def test_a_drip_is_bounded_in_time(speech):
    """However often a byte comes, a reply has its time and no more."""
    with speaking(speech, greets=True) as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        options = NntpOptions(host="127.0.0.1", port=port, tls=False, group="g")
        with pytest.raises(SourceError, match="connection failed"):
            list(Nntp("news", options, http=Http(max_seconds=0.4)).pull(None))


FAULTS = {
    "silence": ((), SourceError, "news server"),
    "web": ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), SourceError, "news server"),
    "busy": ((b"400 too many connections\r\n",), RateLimited, "too busy"),
    "denied": ((b"502 not from there\r\n",), CredentialsError, "refused"),
    "cut off": ((START, ARTICLE, b"wor"), SourceError, "in the middle"),
    "numbers": ((b"200 hi\r\n200 hi\r\n211 one two\r\n",), SourceError, "what the group holds"),
}


@pytest.mark.parametrize(("pieces", "error", "words"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_a_server_is_one_sentence(pieces, error, words):
    """Whatever it says, or if it says nothing."""
    with said(*pieces) as options, pytest.raises(error, match=words):
        list(Nntp("news", options, http=Http()).pull(None))


STARTTLS = {
    "refused": ((b"200 hi\r\n", b"580 not today\r\n"), "offers no STARTTLS"),
    "unknown": ((b"200 hi\r\n", b"500 what?\r\n"), "offers no STARTTLS"),
    "agreed and not done": ((b"200 hi\r\n", b"382 go on\r\n281 welcome\r\n"), "connection failed"),
}


@pytest.mark.parametrize(("pieces", "words"), STARTTLS.values(), ids=STARTTLS)
def test_nothing_is_said_before_the_line_is_encrypted(pieces, words):
    """Where that was asked for: a server that does not get there hears no user and no password."""
    heard: list[bytes] = []
    with said(*pieces, heard=heard) as plain, pytest.raises(SourceError, match=words):
        asked = {"tls": "starttls", "user": "ann", "password": SecretStr("pass-1234567")}
        list(Nntp("news", plain.model_copy(update=asked), http=Http()).pull(None))
    assert heard[0].startswith(b"STARTTLS\r\n") and b"ann" not in b"".join(heard)


def test_a_server_that_is_not_there_or_has_no_tls_is_named():
    """The connection is encrypted unless the settings say otherwise."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    options = NntpOptions(host="127.0.0.1", port=port, group="g")
    with pytest.raises(InsightsError, match="ConnectionRefusedError"):
        list(Nntp("news", options, http=Http()).pull(None))
    with said(b"200 hi\r\n") as options, pytest.raises(SourceError, match="connection failed"):
        tls = options.model_copy(update={"tls": True})
        list(Nntp("news", tls, http=Http()).pull(None))
