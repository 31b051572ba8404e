"""Reads JSON Feed, version 1 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

from pydantic import BaseModel, Field

from connectors.rss.document import Document, Entry, bare, person, web_address
from insights.errors import BadItem, SourceError
from insights.http import Moment, Payload, Reply, shaped


class Author(BaseModel):
    """Who wrote an item."""

    name: str | None = None
    url: str | None = None


class Item(BaseModel):
    """An entry; its id may be a number."""

    id: str | int | float
    url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    date_published: Moment | None = None
    date_modified: Moment | None = None
    author: Author | None = None
    authors: list[Author] = []
    tags: list[str] = []


class Feed(BaseModel):
    """A page; each item is looked at by itself, so that a bad one costs only itself."""

    version: str = Field(pattern=r"^https?://jsonfeed\.org/version/1")
    title: str = ""
    next_url: str | None = None
    items: list[Payload]


def read(reply: Reply) -> Document:
    """Return what the page says.

    Raises:
        SourceError: it is no JSON Feed.
    """
    try:
        feed = shaped(Feed, reply.json())
    except BadItem as bad:
        raise SourceError(f"{reply.url} is no JSON Feed ({bad})") from None
    entries, problems = [], []
    for number, value in enumerate(feed.items, 1):
        try:
            entries.append(_entry(shaped(Item, value)))
        except BadItem as bad:
            problems.append(f"entry {number}: {bad}")
    return Document(
        title=bare(feed.title, is_html=False),
        entries=tuple(entries),
        problems=tuple(problems),
        next_link=feed.next_url,
    )


def _entry(item: Item) -> Entry:
    author = next(iter(item.authors), item.author)
    title = bare(item.title or "", is_html=False)
    plain = item.content_text or item.summary or title
    text = item.content_html or plain
    if not text.strip():
        raise BadItem("has neither words nor a title")
    return Entry(
        guid=str(item.id).strip() or None,
        link=web_address(item.url),
        title=title,
        text=text,
        markup="html" if item.content_html else "plain",
        author=person(author.name or author.url) if author else None,
        published=item.date_published,
        updated=item.date_modified,
        tags=tuple(tag.strip()[:100] for tag in item.tags[:50] if tag.strip()),
        parent=None,
    )
