"""Turns one mail, as it lies in a mailbox or on a news server, into what a post needs of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import Compat32
from email.utils import parseaddr, parsedate_to_datetime
from itertools import islice
from typing import Final, TypeAlias, cast

from insights.charset import decoded, in_charset, storable, unescaped
from insights.errors import BadItem
from insights.models import Markup, Post

MAX_BYTES: Final = 2**20
"""What is read of one mail; words come before attachments, which are what makes mails long."""

MAX_TEXT: Final = 250_000
"""Characters that are kept of a text: as many as are understood of a post."""

_MAX_PARTS = 200
_MAX_DEPTH = 60
_MAX_ID = 400
_YEARS = range(1971, 2200)

_MAX_HEADER = 50_000
_MAX_FIELDS = 2_000

_BROKEN: Final = (
    MessageError, ValueError, TypeError, LookupError, AttributeError, AssertionError,
    RecursionError,
)  # fmt: skip
"""What the parser of the standard library raises on mails that are built wrongly."""


class _Short(Compat32):
    """The old parser's rules, with an end to headers: it takes ages over one with many fields."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        most = _MAX_FIELDS if name.lower().startswith("content-") else _MAX_HEADER
        return name, value[:most]


_POLICY: Final = _Short()

_Headers: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail says; each field is that of the post it becomes.

    `author` is the address, which ingest replaces by a keyed hash like any account. `thread_id`
    and `parent_id` are Message-IDs, as `native_id` is where the mail has one.
    """

    native_id: str
    text: str
    created_at: datetime
    title: str
    markup: Markup
    author: str | None
    url: str | None
    space: str | None
    thread_id: str
    parent_id: str | None
    tags: tuple[str, ...]

    def post(self, source: str, *, url: str | None = None, space: str | None = None) -> Post:
        """Return the mail as a post of `source`; `url` and `space` go before its own."""
        fields = asdict(self)
        return Post(
            source=source, **fields | {"url": url or self.url, "space": space or self.space}
        )


def read_mail(raw: bytes, *, received_at: datetime | None = None) -> Mail:
    """Read a mail from its bytes; `received_at` stands in for a Date that is missing or wrong.

    A mail is known by its Message-ID; one without is known by a hash of what it says, the same
    in every archive that holds it. The parser is the old one of the standard library: the new one
    takes seconds over some mails and raises on others.

    Raises:
        BadItem: it has no words or no date, or its author asked for it not to be archived.
    """
    try:
        message = message_from_bytes(_cut(raw), policy=_POLICY)
        headers = _headers(message)
        text, markup = _text(message)
    except _BROKEN:
        raise BadItem("is built in a way that cannot be read") from None
    subject = decoded(_first(headers, "subject"))
    if not headers:
        raise BadItem("has no headers, so it is no mail")
    if _first(headers, "x-no-archive").strip().lower() == "yes":
        raise BadItem("its author asked for it not to be archived")
    title, tags, is_reply = _subject(subject)
    if not (text or title):
        raise BadItem("has no words")
    author = _author(headers)
    own = _ids(_first(headers, "message-id"))
    native_id = own[0] if own else _hash(_first(headers, "date"), author or "", subject, text)
    thread_id, parent_id = _place(headers, native_id)
    return Mail(
        native_id=native_id,
        text=text or title,
        created_at=_written_at(headers, received_at),
        title="" if parent_id and is_reply else title,
        markup=markup,
        author=author,
        url=_url(_first(headers, "archived-at")),
        space=_list_name(headers),
        thread_id=thread_id,
        parent_id=parent_id,
        tags=tags,
    )


def _cut(raw: bytes) -> bytes:
    """Return as much of a mail as is read: every line is held against all boundaries before it."""
    raw = raw[:MAX_BYTES]
    deep = next(islice(re.finditer(rb"boundary", raw, re.I), _MAX_DEPTH, None), None)
    return raw[: deep.start()] if deep else raw


def _headers(message: Message) -> _Headers:
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), []).append(str(value))
    return found


def _first(headers: _Headers, name: str) -> str:
    return next(iter(headers.get(name, ())), "")


# --- words ------------------------------------------------------------------------------------


def _text(message: Message) -> tuple[str, Markup]:
    """Return the plain words, or the HTML of a mail that has no others."""
    plain, pages = [], []
    for part in _parts(message):
        kind = part.get_content_type()
        if kind == "text/plain":
            plain.append(_content(part))
        elif kind == "text/html":
            pages.append(_content(part))
    words = "\n".join(text for text in plain if text.strip())[:MAX_TEXT]
    if words.strip():
        return words, "plain"
    page = "\n".join(pages)[:MAX_TEXT]
    return (page, "html") if page.strip() else ("", "plain")


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts that are read on opening the mail, not what is attached to it."""
    waiting, seen = [message], 0
    while waiting and seen < _MAX_PARTS:
        part = waiting.pop()
        seen += 1
        if not part.is_multipart():
            if part.get_content_disposition() != "attachment":
                yield part
        elif part.get_content_maintype() == "multipart":
            inner = cast("list[Message]", part.get_payload())
            waiting += reversed(inner)


def _content(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        charset = part.get_content_charset("us-ascii")
    except _BROKEN:
        charset = "us-ascii"
    # Four bytes hold any character; what is beyond would be cut off anyway.
    text = in_charset(content[: 4 * MAX_TEXT], charset).replace("\r\n", "\n")
    return storable(text).strip("\ufeff")


_TAG = re.compile(r"\s*\[([^\[\]]{1,40})\]")
_REPLY = re.compile(r"\s*(?:re|aw|antw|sv|vs|fwd?|wg|tr|rv|odp|ynt)(?:\[\d{1,3}\])?\s*:", re.I)


def _subject(subject: str) -> tuple[str, tuple[str, ...], bool]:
    """Split a subject into its words, the tags before them, and whether it is a reply's."""
    rest, tags, is_reply = subject, [], False
    for _ in range(20):
        if found := _TAG.match(rest):
            tags.append(found[1].strip())
        elif found := _REPLY.match(rest):
            is_reply = True
        else:
            break
        rest = rest[found.end() :]
    return rest.strip(), tuple(dict.fromkeys(filter(None, tags))), is_reply


# --- who, where, when -------------------------------------------------------------------------

_MASKED = re.compile(r"\s*([^\s<>()\"]{1,100})\s(?:at|\(a\)|\(at\))\s([\w.-]{1,200})(?=$|[\s>])")
_VIA = re.compile(r"\svia\s", re.I)


def _author(headers: _Headers) -> str | None:
    """Return the address of who wrote it; archives that mask addresses mask them all alike."""
    value = _first(headers, "from")[:1_000]
    masked = _MASKED.search(value.replace("<", " ").replace(">", " "))
    if "@" not in value and masked:
        return f"{masked[1]}@{masked[2]}".lower()
    name, address = parseaddr(unescaped(value))
    if _VIA.search(decoded(name)) and headers.get("reply-to"):
        # A list that rewrites senders keeps the person behind Reply-To.
        address = parseaddr(unescaped(_first(headers, "reply-to")[:1_000]))[1] or address
    found = storable(address if "@" in address else decoded(name) or address).strip().lower()
    return found[:_MAX_ID] or None


_ID = re.compile(r"<([^<>\s]{1,2000})>")


def _ids(value: str) -> list[str]:
    """Return the Message-IDs in a header, without their brackets."""
    found = _ID.findall(unescaped(value))
    if not found and (bare := value.strip(" \t\r\n<>")) and not re.search(r"\s", bare):
        found = [unescaped(bare)]
    return [storable(id_) if len(id_) <= _MAX_ID else _hash(id_) for id_ in found]


def _hash(*parts: str) -> str:
    whole = "\0".join(" ".join(part.split()) for part in parts)
    digest = hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"hash-{digest}"


def _place(headers: _Headers, native_id: str) -> tuple[str, str | None]:
    """Return the thread's first mail and the one that is answered, as far as the headers say."""
    references = _ids(_first(headers, "references"))
    answered = _ids(_first(headers, "in-reply-to"))
    chain = [id_ for id_ in [*references, *answered[:1]] if id_ != native_id]
    if not chain:
        return native_id, None
    return chain[0], answered[0] if answered and answered[0] != native_id else chain[-1]


def _list_name(headers: _Headers) -> str | None:
    value = decoded(_first(headers, "list-id"))
    found = re.search(r"<([^<>\s]{1,200})>", value)
    name = found[1] if found else value
    return name.strip()[:200] or None


def _url(value: str) -> str | None:
    found = re.search(r"https?://[^\s<>\"]{1,1000}", value[:4_000])
    return found[0] if found and found[0].isascii() else None


def _written_at(headers: _Headers, received_at: datetime | None) -> datetime:
    """Return when it was written: by its Date unless that is later than when it was received."""
    received = [value.rpartition(";")[2] for value in headers.get("received", ())[:3]]
    others = [_first(headers, name) for name in ("injection-date", "nntp-posting-date")]
    found = (read_date(value) for value in [*received, *others])
    arrived_at = next((at for at in found if at), None) or received_at
    at = read_date(_first(headers, "date"))
    if at and (arrived_at is None or at <= arrived_at + timedelta(days=1)):
        return at
    if arrived_at or at:
        return arrived_at or at  # type: ignore[return-value]
    raise BadItem("has no date")


def read_date(value: str) -> datetime | None:
    """Return a date in UTC, in any of the ways that mails and mailboxes write one."""
    value = " ".join(re.sub(r"\([^()]*\)", " ", value[:200]).split())
    for read in (parsedate_to_datetime, datetime.fromisoformat, _asctime):
        try:
            at = read(value)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if at.year in _YEARS:
            return at
    return None


def _asctime(value: str) -> datetime:
    return datetime.strptime(value, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
