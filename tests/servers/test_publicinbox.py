"""Reading a real public-inbox by HTTP, NNTP and IMAP: what comes and what is purged there."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.imap import Imap, ImapOptions
from connectors.nntp import Nntp, NntpOptions
from connectors.publicinbox import PublicInbox, PublicInboxOptions
from insights.errors import SourceError
from insights.http import Http
from insights.protocols import Connector
from insights.testing import Shelf
from tests.connectors.loopback import self_signed
from tests.servers.running import free_port, running

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("publicinbox")]

LIST = "feedback@lists.example.org"
GROUP = "inbox.test.feedback"


def mail(number: int, body: str, *, day: int, headers: str = "") -> bytes:
    """A mail of our own, its id with a sign that must be escaped in an address."""
    return (
        f"From: =?utf-8?Q?J=C3=BCrgen?= <person{number}@example.org>\nTo: {LIST}\n"
        f"Message-ID: <m{number}+x%y@mail.example>\nSubject: [app] Export {number}\n{headers}"
        f"Date: Mon, {day:02d} Jan 2024 08:00:00 +0000\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n"
    ).encode()


def page() -> bytes:
    """A mail of HTML alone, from another year."""
    whole = MIMEMultipart("alternative")
    whole["From"], whole["To"], whole["Subject"] = "Ann <ann@example.org>", LIST, "Page"
    whole["Message-ID"], whole["Date"] = "<page@mail.example>", "Sat, 01 Jan 2022 08:00:00 +0000"
    whole.attach(MIMEText("<p>The <b>import</b> stops</p>", "html"))
    return whole.as_bytes()


LONG = "words " * 20_000
MAILS = [
    page(),
    mail(1, "für alle\n.\nFrom here on it fails\n..", day=1),
    mail(2, LONG, day=2),
    mail(3, "answer", day=3, headers="References: <m1+x%y@mail.example>\n"),
]


class Inbox:
    """An archive in a folder, and the ports under which it is served while it runs."""

    def __init__(self, folder: Path) -> None:
        netd = shutil.which("public-inbox-netd")
        assert netd, "public-inbox is not installed; run: tests/servers/install publicinbox"
        self.netd = netd
        self.folder = folder
        self.box = folder / "feedback"
        self.http, self.nntp, self.imap = free_port(), free_port(), free_port()
        self.env = {
            "PI_CONFIG": str(folder / "config"), "PI_DIR": str(folder), "HOME": str(folder),
            "ORIGINAL_RECIPIENT": LIST, "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        }  # fmt: skip
        url = f"http://127.0.0.1:{self.http}/feedback/"
        self.do("git", "config", "--global", "user.name", "tests")
        self.do("git", "config", "--global", "user.email", "tests@example.org")
        self.do("public-inbox-init", "-V2", "-L", "full", "--ng", GROUP, "feedback",
                str(self.box), url, LIST)  # fmt: skip
        for name, value in (
            ("publicinboxmda.spamcheck", "none"),
            ("publicinbox.feedback.filter", "PublicInbox::Filter::Mirror"),  # else no HTML
        ):
            self.do("git", "config", "-f", self.env["PI_CONFIG"], name, value)

    def do(self, *command: str, given: bytes = b"") -> None:
        env = {**os.environ, **self.env}
        done = subprocess.run(command, input=given, env=env, capture_output=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr.decode(errors='replace')}"

    def deliver(self, *raws: bytes) -> None:
        for raw in raws:
            self.do("public-inbox-mda", "--no-precheck", given=raw)

    def purge(self, raw: bytes) -> None:
        self.do("public-inbox-purge", str(self.box), given=raw)

    @contextmanager
    def served(self, certificate: Path | None = None) -> Iterator[None]:
        """Serve it, and stop; each time is a restart. With a certificate STARTTLS is offered."""
        places = [f"http://127.0.0.1:{self.http}", f"nntp://127.0.0.1:{self.nntp}",
                  f"imap://127.0.0.1:{self.imap}"]  # fmt: skip
        command = [self.netd, *(part for place in places for part in ("-l", place)), "-W", "0"]
        command += ["--cert", str(certificate)] if certificate else []
        with running(command, url=f"{places[0]}/", folder=self.folder, env=self.env):
            yield


def by_http(inbox: Inbox) -> Connector:
    options = PublicInboxOptions(url=f"http://127.0.0.1:{inbox.http}/feedback/")
    return PublicInbox("list", options, http=Http())


def by_nntp(inbox: Inbox, tls: bool | str = False) -> Connector:
    options = NntpOptions(host="127.0.0.1", port=inbox.nntp, tls=tls, group=GROUP)
    return Nntp("list", options, http=Http())


def by_imap(inbox: Inbox, tls: bool | str = False) -> Connector:
    options = ImapOptions(host="127.0.0.1", port=inbox.imap, tls=tls, user="anonymous",
                          password=SecretStr("any"), mailbox=f"{GROUP}.0")  # fmt: skip
    return Imap("list", options, http=Http())


WAYS = [by_http, by_nntp, by_imap]
Way = Callable[[Inbox], Connector]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def pulled(connector: Connector, shelf: Shelf | None = None) -> Shelf:
    shelf = shelf or Shelf()
    for batch in connector.pull(shelf.cursor):
        shelf.take(batch)
    return shelf


def rechecked(connector: Connector, shelf: Shelf) -> Shelf:
    for batch in connector.recheck(list(shelf.posts)):
        shelf.take(batch, keep_cursor=True)
    return shelf


@pytest.mark.parametrize("way", WAYS)
def test_mails_come_out_as_they_went_in(inbox: Inbox, way: Way):
    """Whichever way they are read: words, times, accounts and threads."""
    inbox.deliver(*MAILS)
    with inbox.served():
        shelf = pulled(way(inbox))
        again = rechecked(way(inbox), shelf.copy())
    one, answer = shelf.posts["m1+x%y@mail.example"], shelf.posts["m3+x%y@mail.example"]
    assert len(shelf.posts) == 4 and not shelf.skipped
    assert one.text.strip() == "für alle\n.\nFrom here on it fails\n.."
    assert (one.title, one.tags, one.author) == ("Export 1", ("app",), "person1@example.org")
    assert one.created_at == datetime(2024, 1, 1, 8, tzinfo=UTC)
    assert answer.parent_id == answer.thread_id == one.native_id
    assert shelf.posts["m2+x%y@mail.example"].text.split() == LONG.split()
    html = shelf.posts["page@mail.example"]
    assert (html.markup, html.text.strip()) == ("html", "<p>The <b>import</b> stops</p>")
    assert not again.gone
    words = {id_: post.text.split() for id_, post in shelf.posts.items()}
    assert words == {id_: post.text.split() for id_, post in again.posts.items()}


@pytest.mark.parametrize("way", WAYS)
def test_reading_goes_on_after_a_restart(inbox: Inbox, way: Way):
    """Nothing comes twice, and what came meanwhile comes, however late it was written."""
    inbox.deliver(*MAILS[:2])
    with inbox.served():
        shelf = pulled(way(inbox))
        nothing = list(way(inbox).pull(shelf.cursor))
    assert [batch.posts for batch in nothing] in ([], [()])
    inbox.deliver(*MAILS[2:])
    with inbox.served():
        news = pulled(way(inbox), Shelf(cursor=shelf.cursor))
    assert {"m2+x%y@mail.example", "m3+x%y@mail.example"} <= news.posts.keys()
    assert "page@mail.example" not in news.posts


@pytest.mark.parametrize("way", WAYS)
def test_what_was_purged_is_gone(inbox: Inbox, way: Way):
    """And nothing else, and reading goes on behind the hole."""
    inbox.deliver(*MAILS)
    with inbox.served():
        shelf = pulled(way(inbox))
    inbox.purge(MAILS[2])
    inbox.deliver(mail(4, "later", day=4))
    with inbox.served():
        rechecked(way(inbox), pulled(way(inbox), shelf))
    assert shelf.gone == {"m2+x%y@mail.example"}
    assert len(shelf.posts) == 4 and "m4+x%y@mail.example" in shelf.posts


@pytest.mark.parametrize("way", WAYS)
def test_an_archive_that_holds_nothing_is_no_error(inbox: Inbox, way: Way):
    """Its first mail comes when it is there."""
    with inbox.served():
        shelf = pulled(way(inbox))
        assert way(inbox).check().items in (0, None)
        assert not shelf.posts
        inbox.deliver(MAILS[1])
    with inbox.served():
        assert len(pulled(way(inbox), shelf).posts) == 1


def test_a_line_is_encrypted_on_the_way(inbox: Inbox, monkeypatch: pytest.MonkeyPatch):
    """By STARTTLS, to a server that somebody vouches for and to no other."""
    inbox.deliver(MAILS[1])
    certificate = self_signed(inbox.folder)
    with inbox.served(certificate):
        for way in (by_nntp, by_imap):
            with pytest.raises(SourceError, match="certificate that is not valid"):
                way(inbox, "starttls").check()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        for way in (by_nntp, by_imap):
            assert len(pulled(way(inbox, "starttls")).posts) == 1
    with inbox.served():
        for way in (by_nntp, by_imap):
            with pytest.raises(SourceError, match="offers no STARTTLS"):
                way(inbox, "starttls").check()


def test_the_server_is_gone_afterwards(inbox: Inbox):
    """Also when what was done with it failed."""
    with pytest.raises(ZeroDivisionError), inbox.served():
        1 / 0  # noqa: B018
    for port in (inbox.http, inbox.nntp, inbox.imap):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
