"""Reading a real HyperKitty: what is archived, brought in later and removed there."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.hyperkitty import HyperKitty, HyperKittyOptions
from insights.errors import SourceError
from insights.http import Http
from insights.testing import Shelf
from tests.servers.running import SERVERS, free_port, running

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("hyperkitty")]

SETTINGS = """
from hyperkitty.tests.settings_test import *
DEBUG, ALLOWED_HOSTS = True, ["127.0.0.1"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {db!r}}}}}
HAYSTACK_CONNECTIONS = {{
    "default": {{"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine", "PATH": {index!r}}}
}}
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"
Q_CLUSTER = {{"name": "tests", "sync": True, "orm": "default"}}
LOGGING = {{"version": 1, "disable_existing_loggers": False}}
WSGI_APPLICATION = None
"""
REMOVE = "from hyperkitty.models import Email; Email.objects.get(message_id={id!r}).delete()"


class Archive:
    """An archive in a folder; it forgets nothing when it is stopped."""

    def __init__(self, folder: Path) -> None:
        self.python = SERVERS / "hyperkitty" / "bin" / "python"
        assert self.python.exists(), "not installed; run: tests/servers/install hyperkitty"
        self.folder = folder
        self.port = free_port()
        self.env = {"DJANGO_SETTINGS_MODULE": "of_tests", "PYTHONPATH": str(folder)}
        db, index = str(folder / "hk.db"), str(folder / "index")
        (folder / "of_tests.py").write_text(SETTINGS.format(db=db, index=index))
        self.manage("migrate", "-v", "0")
        self.stack = ExitStack()

    def manage(self, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.python), "-m", "django", *arguments],
            cwd=self.folder, env={**os.environ, **self.env}, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]

    def bring_in(self, list_name: str, *raws: bytes) -> None:
        """Archive mails; their separators say that they were archived when they were written."""
        box = self.folder / "in.mbox"
        box.write_bytes(b"".join(b"From x@example.org " + raw for raw in raws))
        self.manage("hyperkitty_import", "-l", list_name, str(box), "--since", "1990-01-01")

    def remove(self, native_id: str) -> None:
        self.manage("shell", "-c", REMOVE.format(id=native_id))

    def start(self) -> None:
        command = [str(self.python), "-m", "django", "runserver", "--noreload",
                   f"127.0.0.1:{self.port}"]  # fmt: skip
        url = f"http://127.0.0.1:{self.port}/api/lists/"
        self.stack.enter_context(running(command, url=url, folder=self.folder, env=self.env))

    def stop(self) -> None:
        self.stack.close()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    made = Archive(tmp_path_factory.mktemp("hyperkitty"))
    made.start()
    yield made
    made.stop()


def mail(name: str, number: int, at: datetime, body: str = "words", answers: str = "") -> bytes:
    """A mail with its separator's date before it, as a mailbox holds it."""
    body = body.replace("\nFrom ", "\n>From ")
    reply = f"In-Reply-To: <{answers}>\n" if answers else ""
    return (
        f"{at:%a %b %d %H:%M:%S %Y}\nFrom: =?utf-8?Q?J=C3=BCrgen?= <person{number}@example.org>\n"
        f"Message-ID: <m{number}@{name}.example>\nSubject: [app] Export {number}\n{reply}"
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n\n"
    ).encode()


def day(month: int, number: int, year: int = 2024) -> datetime:
    return datetime(year, month, number, 8, tzinfo=UTC)


def connector(archive: Archive, list_name: str) -> HyperKitty:
    options = HyperKittyOptions(url=f"http://127.0.0.1:{archive.port}", list=list_name)
    return HyperKitty("list", options, http=Http())


def pulled(archive: Archive, list_name: str, shelf: Shelf | None = None) -> Shelf:
    shelf = shelf or Shelf()
    for batch in connector(archive, list_name).pull(shelf.cursor):
        shelf.take(batch)
    return shelf


def rechecked(archive: Archive, list_name: str, shelf: Shelf) -> Shelf:
    for batch in connector(archive, list_name).recheck(list(shelf.posts)):
        shelf.take(batch, keep_cursor=True)
    return shelf


def test_mails_come_out_as_they_went_in(archive: Archive):
    """Words, times, accounts and threads, over months and years."""
    name = "one@lists.example"
    archive.bring_in(
        name,
        mail("one", 9, day(3, 1, 2022)),
        mail("one", 1, day(1, 31), "für alle\n\nFrom here on it fails\n."),
        mail("one", 2, day(2, 1), "words " * 20_000),
        mail("one", 3, day(4, 9), "answer", answers="m1@one.example"),
        mail("one", 4, day(5, 9), "and again", answers="m3@one.example"),
    )
    shelf = pulled(archive, name)
    one, answer = shelf.posts["m1@one.example"], shelf.posts["m3@one.example"]
    assert len(shelf.posts) == 5 and not shelf.skipped
    assert one.text.strip() == "für alle\n\nFrom here on it fails\n."
    assert (one.title, one.tags, one.author) == ("Export 1", ("app",), "person1@example.org")
    assert (one.created_at, answer.parent_id) == (day(1, 31), "m1@one.example")
    assert answer.thread_id == shelf.posts["m4@one.example"].thread_id == one.thread_id
    assert shelf.posts["m2@one.example"].text.split() == ("words " * 20_000).split()
    assert connector(archive, name).check().items == 5
    assert Http().get(one.url).status == 200
    again = rechecked(archive, name, shelf.copy())
    assert again.posts == shelf.posts and not again.gone


def test_reading_goes_on_after_a_restart(archive: Archive):
    """Nothing comes twice; what came meanwhile comes, and so does what was brought in below."""
    name = "two@lists.example"
    archive.bring_in(name, *(mail("two", n, day(1, n)) for n in range(1, 15)))
    shelf = pulled(archive, name)
    archive.stop()
    archive.start()
    assert list(connector(archive, name).pull(shelf.cursor)) == []
    archive.bring_in(name, mail("two", 20, day(2, 2)))
    news = pulled(archive, name, Shelf(cursor=shelf.cursor))
    assert news.posts.keys() == {"m20@two.example"}
    archive.bring_in(name, mail("two", 30, day(5, 5, 2021)))
    older = pulled(archive, name, Shelf(cursor=news.cursor))
    assert "m30@two.example" in older.posts


def test_what_was_removed_is_gone(archive: Archive):
    """And nothing else, and reading goes on."""
    name = "three@lists.example"
    archive.bring_in(name, *(mail("three", n, day(1, n)) for n in range(1, 6)))
    shelf = pulled(archive, name)
    archive.remove("m5@three.example")
    archive.remove("m2@three.example")
    archive.bring_in(name, mail("three", 7, day(1, 7)))
    rechecked(archive, name, pulled(archive, name, shelf))
    assert shelf.gone == {"m5@three.example", "m2@three.example"}
    assert len(shelf.posts) == 4 and "m7@three.example" in shelf.posts


def test_a_list_that_is_not_there_is_said(archive: Archive):
    """A wrong name is no empty list."""
    with pytest.raises(SourceError, match="no list"):
        pulled(archive, "none@lists.example")


def test_the_server_is_gone_afterwards(archive: Archive):
    """Stopped is stopped."""
    archive.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", archive.port))
