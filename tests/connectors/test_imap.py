"""What reading a mailbox promises."""

import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr, ValidationError

from connectors.imap import Imap, ImapOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import Trial, check_connector
from tests.connectors.loopback import drip, speaking
from tests.connectors.postbox import Client, Postbox
from tests.connectors.wire import ON_A_WIRE


def make(http: Http, server: Postbox, **options) -> Imap:
    options = {
        "host": "mail.example", "user": "ann", "mailbox": "Lists/feedback",
        "password": SecretStr(server.token),
    } | options  # fmt: skip
    return Imap("list", ImapOptions(**options), http=http, opens=lambda: Client(http))


def trial_of(**options) -> Trial[Postbox]:
    return Trial(lambda http, server: make(http, server, **options), Postbox)


@pytest.fixture
def trial() -> Trial[Postbox]:
    return Trial(make, Postbox)


@pytest.mark.parametrize("promise", ON_A_WIRE)
def test_keeps_promise(promise: str):
    """A mailbox keeps every promise of a connector that it can be put to."""
    check_connector(make, server=Postbox, only=promise)


@pytest.mark.parametrize("uid_last", [False, True], ids=["UID first", "UID last"])
def test_a_post_carries_what_a_mail_says(trial, uid_last):
    """Mailbox, thread, parent, tag and account, in whatever order the server tells of a mail."""
    server = trial.server("one", "two", "three")
    server.uid_last = uid_last
    first, _, third = (post for _, post in sorted(trial.pull(server).posts.items()))
    assert (first.space, first.tags, first.author) == (
        "Lists/feedback", ("feedback",), "ann1@example.org",
    )  # fmt: skip
    assert (third.parent_id, third.thread_id) == (first.native_id, first.native_id)


def test_nothing_is_marked_as_read(trial):
    """The mailbox is only examined, and bodies are only peeked at."""
    server = trial.server("one")
    trial.recheck(server, trial.pull(server))
    assert not any(" BODY[" in command or "SELECT" in command for command in server.asked)


def test_of_a_mail_of_any_size_the_beginning_comes(trial):
    """A part is asked for only where the whole is too large: some servers cut wrongly."""
    server = trial.server("small", "words " * 1_000_000, "small, too")
    shelf = trial.pull(server)
    assert len(shelf.posts) == 3 and not shelf.skipped
    fetched = [command for command in server.asked if "BODY" in command]
    assert ["<0." in command for command in fetched] == [False, True]


def test_another_validity_means_that_all_is_read_again(trial):
    """Nothing is doubled: mails are known by their ids."""
    server = trial.server(*map(str, range(5)))
    shelf = trial.pull(server)
    new = server.add("new")
    server.renumber()
    trial.pull(server, shelf)
    assert new in shelf.posts and len(shelf.posts) == 6
    assert (shelf.cursor["validity"], shelf.cursor["uid"]) == (8, 6)


def test_uids_with_wide_gaps_are_read(trial):
    """They may be spread over millions; the answer to one question stays short."""
    server = trial.server("one")
    server.next_uid = 180_000
    far = server.add("far")
    shelf = trial.pull(server)
    assert far in shelf.posts and len(shelf.posts) == 2
    assert sum("UID SEARCH" in command for command in server.asked) == 4


def test_a_server_that_does_not_tell_its_next_uid_is_read(trial):
    """The last mail has the highest."""
    server = trial.server("one", "two")
    server.tells_next = False
    shelf = trial.pull(server)
    assert len(shelf.posts) == 2
    new = server.add("three")
    assert new in trial.pull(server, shelf).posts


def test_a_mail_that_is_marked_as_deleted_is_gone(trial):
    """Whoever deleted it need not have expunged it yet."""
    server = trial.server("one", "two")
    shelf = trial.pull(server)
    doomed = sorted(shelf.posts)[0]
    server.flagged.add(doomed)
    assert trial.recheck(server, shelf).gone == {doomed}


def test_a_server_that_cannot_search_by_id_deletes_nothing(trial):
    """Finding nothing at all is no proof that nothing is there."""
    server = trial.server("one", "two")
    shelf = trial.pull(server)
    server.finds_ids = False
    with pytest.raises(SourceError, match="cannot be told"):
        trial.recheck(server, shelf)
    assert not shelf.gone


def test_the_last_mail_may_be_deleted_too(trial):
    """An empty mailbox needs no proof."""
    server = trial.server("one")
    shelf = trial.pull(server)
    server.delete(next(iter(shelf.posts)))
    assert len(trial.recheck(server, shelf).gone) == 1


def test_since_leaves_out_what_is_older():
    """The server is asked for a day more, as its days may begin at another hour."""
    trial = trial_of(since=datetime(2026, 1, 6, tzinfo=UTC))
    server = trial.server("old", "new", "newer")
    assert len(trial.pull(server).posts) == 2
    assert any("SINCE 5-Jan-2026" in command for command in server.asked)


def test_check_tells_how_many_mails_there_are(trial):
    """By what the server says of the mailbox."""
    checkup = trial.connector(trial.server("one", "two")).check()
    assert (checkup.reads, checkup.items) == ("2 mails in Lists/feedback of ann", 2)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"mailbox": 'No "such'}, SourceError, 'no mailbox No "such'),
        ({"password": SecretStr("wrong-one")}, CredentialsError, "check user and password"),
        ({"password": SecretStr("$NO_SUCH_VARIABLE")}, CredentialsError, "NO_SUCH_VARIABLE"),
    ],
    ids=["mailbox", "password", "variable"],
)
def test_check_says_what_is_wrong(options, error, words):
    """In a sentence that does not repeat what the server said."""
    trial = trial_of(**options)
    with pytest.raises(error, match=words) as caught:
        trial.connector(Postbox()).check()
    assert "wrong-one" not in str(caught.value)


def test_a_busy_server_is_left_alone_for_a_while(trial):
    """It names no time, so a quarter of an hour has to do."""
    server = trial.server("one")
    server.busy = True
    with pytest.raises(RateLimited, match="too busy") as caught:
        trial.pull(server)
    assert caught.value.resume_at > datetime.now(UTC)


@pytest.mark.parametrize("user", ["ann b", 'a"\r\nb', ""])
def test_no_name_can_break_out_of_a_command(user):
    """Settings are refused before anything is sent."""
    with pytest.raises(ValidationError):
        ImapOptions(host="mail.example", user=user, password=SecretStr("x"))


@pytest.mark.parametrize(
    ("offer", "words"),
    [(b"", "offers no STARTTLS"), (b"STARTTLS", "failed")],
    ids=["not offered", "agreed and not done"],
)
def test_nothing_is_said_before_the_line_is_encrypted(offer, words):
    """Where that was asked for: a server that does not get there hears no user and no password."""
    heard: list[bytes] = []

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            caller, _ = server.accept()
            with caller, suppress(OSError):
                caller.sendall(b"* OK hi\r\n")
                while more := caller.recv(1024):
                    heard.append(more)
                    tag = more.split()[0]
                    caller.sendall(b"* CAPABILITY IMAP4rev1 %s\r\n%s OK so\r\n" % (offer, tag))

        thread = threading.Thread(target=answer)
        thread.start()
        options = ImapOptions(host="127.0.0.1", port=port, user="ann", tls="starttls",
                              password=SecretStr("pass-1234567"))  # fmt: skip
        with pytest.raises(SourceError, match=words):
            list(Imap("list", options, http=Http()).pull(None))
        thread.join()
    assert b"ann" not in b"".join(heard) and b"LOGIN" not in b"".join(heard)


@pytest.mark.parametrize(
    "speech", [drip(b"", b"*"), drip(b"* OK hi\r\n", b"* X\r\n"), drip(b"* OK hi\r\n", b"")],
    ids=["greeting", "reply", "silence"],
)  # fmt: skip
def test_a_drip_is_bounded_in_time(speech):
    """However often a byte comes, a reply has its time and no more."""
    with speaking(speech, greets=True) as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        options = ImapOptions(
            host="127.0.0.1", port=port, user="a", password=SecretStr("x"), tls=False
        )
        with pytest.raises(SourceError, match="answers too slowly"):
            list(Imap("list", options, http=Http(max_seconds=0.4)).pull(None))


@pytest.mark.parametrize("tls", [True, False, "starttls"])
def test_a_server_that_is_not_there_is_named(tls):
    """With or without TLS, which is on by default."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    options = ImapOptions(host="127.0.0.1", port=port, user="a", password=SecretStr("x"), tls=tls)
    with pytest.raises(SourceError, match="ConnectionRefusedError"):
        list(Imap("list", options, http=Http()).pull(None))
    assert ImapOptions(host="h", user="a", password=SecretStr("x")).tls
