"""The mails of mailbox files, also of packed ones and of archives that hold several."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Final

from connectors.file.formats import Place, Record
from insights.errors import BadItem, SourceError
from insights.mail import read_mail
from insights.mbox import LINE, Letter, letters

_BETWEEN: Final = b"\n\n"
"""Ends the last mail of a file, so that the next file begins a new one."""

_DAMAGE: Final = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def mbox(path: Path, place: Place) -> Iterator[Record]:
    """Yield the mails of a mailbox as records; `place.line` counts them.

    The files of a .zip are read as one after the other. A file that does not begin with a
    separator is taken as one mail.
    """
    with closing(_lines(path, place.at)) as lines:
        try:
            for letter in letters(lines, start=place.at):
                place.at = letter.end
                place.line += 1
                yield _record(letter)
        except _DAMAGE:
            raise SourceError(f"{path} is damaged after mail {place.line}; pack it again") from None
        except (RuntimeError, NotImplementedError):  # how zipfile says so
            raise SourceError(f"{path} is locked by a password; unpack it") from None


def _record(letter: Letter) -> Record:
    try:
        mail = read_mail(letter.raw, received_at=letter.received_at)
    except BadItem as bad:
        return str(bad)
    return {
        "id": mail.native_id, "text": mail.text, "created_at": mail.created_at,
        "title": mail.title, "markup": mail.markup, "author": mail.author, "url": mail.url,
        "space": mail.space, "thread_id": mail.thread_id, "parent_id": mail.parent_id,
        "tags": list(mail.tags),
    }  # fmt: skip


_PACKED: Final[Mapping[bytes, Callable[[Path, str], Any]]] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open,
}  # fmt: skip


def _lines(path: Path, start: int) -> Generator[bytes]:
    """Yield the lines behind byte `start` of what is packed, a line being `LINE` at most."""
    for file in _opened(path):
        while start and (passed := file.read(min(start, LINE))):
            start -= len(passed)
        while not start and (line := file.readline(LINE)):
            yield line
        if start:
            start -= len(_BETWEEN)
        else:
            yield _BETWEEN


def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        magic = file.read(6)
    if magic[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as packed:
            for name in sorted(packed.namelist()):
                if not name.endswith("/") and not name.startswith("__MACOSX/"):
                    with packed.open(name) as member:
                        yield member
    else:
        unpack = next((each for start, each in _PACKED.items() if magic.startswith(start)), open)
        with unpack(path, "rb") as file:
            yield file
