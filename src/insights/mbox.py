"""The mails of a mailbox file one by one, whatever its separators look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from insights.mail import MAX_BYTES, read_date

LINE: Final = 2**16
"""Bytes that are taken as one line at most; the rest of a longer one is taken as the next."""

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
