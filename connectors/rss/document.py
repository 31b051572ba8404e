"""What a feed says on one page, whatever dialect it speaks."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from insights.fingerprint import fingerprint
from insights.models import Markup

_TAG = re.compile(r"<[/a-zA-Z!][^<>]{0,500}>")
_MAILBOX = re.compile(r"\S{1,200}@\S{1,200} \((.{1,200})\)")
_LONGEST_ID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a feed; what is not said is None or empty."""

    guid: str | None
    link: str | None
    title: str
    text: str
    markup: Markup
    author: str | None
    published: datetime | None
    updated: datetime | None
    tags: tuple[str, ...]
    parent: str | None

    @property
    def native_id(self) -> str:
        """The id that the publisher gave it; without one, its address, or else its words."""
        own = self.guid or self.link or f"words:{fingerprint(self.title, self.text)}"
        return f"long:{fingerprint(own)}" if len(own) > _LONGEST_ID else own

    @property
    def other_id(self) -> str:
        """An id for an entry whose own is also that of others in its feed, not of its versions."""
        return f"{self.native_id}#{fingerprint(self.link, self.published or self.title)}"

    @property
    def mark(self) -> str:
        """Changes when the publisher changes the entry."""
        return fingerprint(
            self.title, self.text, self.link, self.author, self.published, self.updated
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page of a feed: its entries, and what it says about the others.

    `problems` say which entries could not be read, and why. `complete` means that there are no
    other entries. `deleted` are ids that the publisher took back.
    """

    title: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    next_link: str | None = None
    complete: bool = False
    deleted: tuple[str, ...] = ()

    def at(self, host: str) -> Document:
        """Return the page with ids that are unique beyond `host`: many publishers only count."""
        entries = tuple(
            replace(each, guid=f"{host}/{each.guid}") if _is_local(each.guid) else each
            for each in self.entries
        )
        deleted = tuple(f"{host}/{id_}" if _is_local(id_) else id_ for id_ in self.deleted)
        return replace(self, entries=entries, deleted=deleted)


def _is_local(guid: str | None) -> bool:
    return guid is not None and ":" not in guid


def bare(title: str, *, is_html: bool) -> str:
    """Return a title without tags and entities, in one line."""
    if is_html:
        title = html.unescape(_TAG.sub("", title))
    return " ".join(title.split())


def web_address(link: str | None) -> str | None:
    """Return `link` where it can be opened in a browser."""
    try:
        parts = urlsplit((link or "").strip())
    except ValueError:
        return None
    known = parts.scheme in {"http", "https"} and parts.hostname
    return parts.geturl() if known else None


def person(name: str | None) -> str | None:
    """Return the name of an author, also of one written as `mail@example.org (Name)`."""
    name = " ".join((name or "").split())
    found = _MAILBOX.fullmatch(name)
    return (found[1] if found else name)[:200] or None
