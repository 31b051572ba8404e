"""The mails of a mailbox file one by one, whatever its separators look like."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from insights.errors import BadItem, SourceError
from insights.mail import MAX_BYTES, Mail, read_date, read_mail
from insights.models import JSON, Batch, Post, Skipped

LINE: Final = 2**16
"""Bytes that are taken as one line at most; the rest of a longer one is taken as the next."""

MOST: Final = 2**30
"""Bytes that one packed mailbox may hold; small replies could unpack to anything."""

TOGETHER: Final = 200
"""Posts that are stored together."""

_HEADER = re.compile(rb"[!-9;-~]{1,76}:")
_USUAL = re.compile(
    rb"(?:return-path|received|from|sender|reply-to|to|cc|date|subject|message-id|in-reply-to|"
    rb"references|mime-version|content-[a-z-]{1,40}|delivered-to|list-[a-z-]{1,40}|x-[\w-]{1,60}|"
    rb"dkim-signature|authentication-results|arc-[a-z-]{1,40}|path|newsgroups|status|envelope-to|"
    rb"lines|organization|user-agent|precedence|errors-to|approved|old-[\w-]{1,40}):",
    re.I,
)
_DATED = re.compile(
    rb"From .{0,300}?\b(?:mon|tue|wed|thu|fri|sat|sun)\w{0,6},? .{0,40}\d:\d\d", re.I
)
_STAMP = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)\w{0,6}\b,? .{8,60}$", re.I)
_QUOTED = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class Letter:
    """The bytes of one mail, when its separator says it came, and the byte where it ends."""

    raw: bytes
    received_at: datetime | None
    end: int


def letters(lines: Iterable[bytes], *, start: int = 0) -> Iterator[Letter]:
    """Yield the mails of a mailbox whose lines begin at byte `start` of the whole.

    A separator is a line `From …` that a header follows: what stands in it is often broken, and
    `From` may begin a line of any text. Of a mail longer than `MAX_BYTES` the beginning is kept.
    """
    body = bytearray()
    came: datetime | None = None
    at = start
    blank, begun = True, False
    for line, following in _with_next(lines):
        if line.startswith(b"From ") and _separates(line, following, blank):
            if body.strip():
                yield Letter(bytes(body), came, at)
            body.clear()
            came, begun = _stamp(line), True
        elif len(body) < MAX_BYTES and (begun or body or line.strip()):
            body += line[1:] if _QUOTED.match(line) else line
        at += len(line)
        blank = not line.strip()
    if body.strip():
        yield Letter(bytes(body), came, at)


def _with_next(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    held: bytes | None = None
    for line in lines:
        if held is not None:
            yield held, line
        held = line
    if held is not None:
        yield held, b""


def _separates(line: bytes, following: bytes, blank: bool) -> bool:
    if not _HEADER.match(following):
        return False
    dated, usual = bool(_DATED.match(line[:400])), bool(_USUAL.match(following))
    return (blank and (dated or usual)) or (dated and usual)


def _stamp(line: bytes) -> datetime | None:
    found = _STAMP.search(line[:400].decode("ascii", "replace").strip())
    return read_date(found[0]) if found else None


def unpacked(content: bytes, url: str) -> Iterator[bytes]:
    """Yield the lines of a mailbox that came packed with gzip, never holding it whole.

    Raises:
        SourceError: it is not packed so, damaged, or grows beyond any mailbox.
    """
    left = MOST
    if not content:  # gzip takes that for an empty file
        raise SourceError(f"{url} did not answer with a whole packed mailbox")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            while line := file.readline(LINE):
                left -= len(line)
                if left < 0:
                    raise SourceError(f"{url} unpacks to more than {MOST // 2**20} MiB")
                yield line
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise SourceError(f"{url} did not answer with a whole packed mailbox") from None


def posts_in(
    lines: Iterable[bytes], *, name: str, make: Callable[[Mail], Post]
) -> Iterator[Post | Skipped]:
    """Yield the mails of a mailbox as `make` makes posts of them, or why one cannot be read."""
    for number, letter in enumerate(letters(lines), start=1):
        try:
            yield make(read_mail(letter.raw, received_at=letter.received_at))
        except BadItem as bad:
            yield Skipped(f"{name} {called(letter.raw) or f'mail {number}'}", str(bad))


def called(raw: bytes) -> str:
    """Return the Message-ID of a mail that cannot be read, as far as it has one."""
    found = re.search(rb"^message-id:\s*(<[!-~]{1,200}>)", raw[:50_000], re.I | re.M)
    return found[1].decode() if found else ""


def batches(items: Iterable[Post | Skipped], cursor: JSON) -> Iterator[Batch]:
    """Gather items into batches of `TOGETHER` that all carry the cursor from before them."""
    waiting = iter(items)
    while some := list(islice(waiting, TOGETHER)):
        yield Batch(
            cursor=cursor,
            posts=tuple(item for item in some if isinstance(item, Post)),
            skipped=tuple(item for item in some if isinstance(item, Skipped)),
        )
