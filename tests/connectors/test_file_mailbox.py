"""What reading mailboxes from files promises."""

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import httpx
import pytest

from connectors.file import File, FileOptions
from insights.errors import SourceError
from insights.http import Http
from insights.testing import PROMISES, Shelf, check_connector
from tests.connectors.letters import Letters

ENDINGS = ["mbox", "mbox.gz", "mbox.bz2", "mbox.xz", "mbox.zip"]


class Mailbox(Letters):
    """A mailbox that someone keeps writing anew, packed in some way."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.write()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a file connector asked for {request.url}")

    def put(self, text, at):
        id_ = super().put(text, at)
        self.write()
        return id_

    def edit(self, native_id: str, text: str) -> None:
        super().edit(native_id, text)
        self.write()

    def delete(self, native_id: str) -> None:
        super().delete(native_id)
        self.write()

    def spoil(self, native_id: str) -> None:
        super().spoil(native_id)
        self.write()

    def write(self) -> None:
        pack(self.path, *(mail.raw() for mail in self.mails.values()))


def box(*raws: bytes) -> bytes:
    return b"".join(b"From nobody\n" + raw + b"\n" for raw in raws)


def pack(path: Path, *raws: bytes) -> None:
    """Write a mailbox as the ending of `path` says; .zip holds it in two files."""
    opened = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(path.suffix)
    if path.suffix == ".zip":
        half = len(raws) // 2
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("list/1.mbox", box(*raws[:half]).rstrip(b"\n"))
            file.writestr("list/2.mbox", box(*raws[half:]))
    elif opened:
        with opened(path, "wb") as file:
            file.write(box(*raws))
    else:
        path.write_bytes(box(*raws))


def make(http: Http, server: Mailbox) -> File:
    return File("archive", FileOptions(paths=str(server.path), batch=3), http=http)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str, ending: str, tmp_path: Path):
    """A mailbox keeps every promise of a connector, packed or not."""
    check_connector(make, server=lambda: Mailbox(tmp_path / f"list.{ending}"), only=promise)


def read(path: Path) -> Shelf:
    shelf = Shelf()
    for batch in File("s", FileOptions(paths=(str(path),)), http=Http()).pull(None):
        shelf.take(batch)
    return shelf


def mail(number: int) -> bytes:
    return b"Date: 5 Jan 2026 08:00 GMT\nMessage-ID: <%d@x>\n\nwords %d\n" % (number, number)


def test_a_bad_mail_is_named_by_its_place(tmp_path):
    """Its neighbours come."""
    pack(tmp_path / "a.mbox", mail(1), b"Subject: no date\n\nwords\n", mail(3))
    shelf = read(tmp_path / "a.mbox")
    assert set(shelf.posts) == {"1@x", "3@x"}
    assert [(each.where, each.reason) for each in shelf.skipped] == [("a.mbox:2", "has no date")]


def test_an_archive_of_any_name_is_read_as_mailboxes(tmp_path):
    """As services export them, with files beside that are none."""
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as file:
        file.writestr("README", "What this is\n")
        file.writestr("__MACOSX/list.mbox", b"\0\0")
        file.writestr("list/", "")
        file.writestr("list.mbox", box(mail(1), mail(2)))
    shelf = read(tmp_path / "export.zip")
    assert set(shelf.posts) == {"1@x", "2@x"}
    assert [each.where for each in shelf.skipped] == ["export.zip:1"]


@pytest.mark.parametrize("ending", ["mbox.gz", "mbox.bz2", "mbox.xz"])
def test_a_damaged_archive_gives_what_is_whole(tmp_path, ending):
    """The mails before the damage go in, and the damage is named."""
    path = tmp_path / f"a.{ending}"
    pack(path, *(mail(number) + bytes(2**16) for number in range(60)))
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(SourceError, match="damaged after mail"):
        read(path)


def test_what_is_no_archive_is_said(tmp_path):
    """A .zip that is damaged from its beginning, and one that is locked."""
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    with pytest.raises(SourceError, match="damaged"):
        read(tmp_path / "a.zip")
    pack(tmp_path / "b.mbox.zip", mail(1), mail(2))
    raw = bytearray((tmp_path / "b.mbox.zip").read_bytes())
    for place in range(len(raw) - 4):  # the flag that says that a file is locked
        if raw[place : place + 4] in (b"PK\x03\x04", b"PK\x01\x02"):
            raw[place + (6 if raw[place + 2] == 3 else 8)] |= 1
    (tmp_path / "b.mbox.zip").write_bytes(raw)
    with pytest.raises(SourceError, match="password"):
        read(tmp_path / "b.mbox.zip")


def test_an_ending_that_no_mailbox_has_is_named(tmp_path):
    """A table is not read from an archive."""
    (tmp_path / "a.csv.zip").write_bytes(b"")
    with pytest.raises(SourceError, match="name its format"):
        read(tmp_path / "a.csv.zip")
