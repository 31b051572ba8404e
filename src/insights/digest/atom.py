"""What an Atom feed of insights needs: ids that last, and one entry an insight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from insights.digest import escape, sections
from insights.digest.content import Digest, Item

NOBODY = "community-insights.invalid"
"""Names the feeds of archives whose pages have no address."""
_MINTED = "2026"


class Entry(NamedTuple):
    """An insight, the section that it stands in first, its lasting id and its page."""

    id: str
    item: Item
    section: sections.Section
    url: str | None


def feed_id(digest: Digest) -> str:
    """Return the tag URI (RFC 4151) of the archive: the same for every digest of it."""
    host = urlsplit(escape.link(digest.pages) or "").hostname or NOBODY
    return f"tag:{host},{_MINTED}:{_quoted(digest.community)}"


def entries(digest: Digest) -> Iterator[Entry]:
    """Yield each insight once, as the most urgent section that holds it tells it.

    The id is made from that of the insight, so a later digest updates the entry.
    """
    seen: set[str] = set()
    anchors = sections.anchors(digest)
    for section in sections.everything(digest):
        for place, item in enumerate(section.items[: section.shown]):
            if item.id in seen:
                continue
            seen.add(item.id)
            page = sections.page(digest)
            url = item.url or (page and f"{page}#{anchors[section.key, place]}")
            yield Entry(f"{feed_id(digest)}/{_quoted(item.id)}", item, section, url)


def moment(at: datetime) -> str:
    """Write a time as RFC 3339 wants it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")
