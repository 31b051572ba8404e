"""Reads RSS and Atom: feedparser knows the dialects, and gets only what was looked through."""

from __future__ import annotations

from calendar import timegm
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser

from connectors.rss.document import Document, Entry, bare, person, web_address
from connectors.rss.survey import Survey, decoded, mended, pieces, survey
from insights.errors import BadItem, SourceError
from insights.http import Reply
from insights.models import Markup

_YEARS = range(1970, 2200)
_MOST_PROBLEMS = 100


def read(reply: Reply) -> Document:
    """Return what the page says; of a page that is not well-formed, the entries that are.

    Raises:
        SourceError: it is no feed.
    """
    text = decoded(reply.content, reply.headers.get("content-type", ""), reply.url)
    try:
        return _whole(text, reply.url)
    except BadItem:
        text = mended(text)
    try:
        return _whole(text, reply.url)
    except BadItem:
        return _by_pieces(text, reply.url)


def _whole(text: str, url: str) -> Document:
    noticed = survey(text)
    return _document(_parsed(text, url), noticed)


def _by_pieces(text: str, url: str) -> Document:
    """Read each entry by itself, so that a bad one costs only itself."""
    try:
        head, parts = pieces(text)
        whole = _whole(head, url)
    except BadItem as bad:
        raise SourceError(f"{url} cannot be read: {bad}") from None
    entries: list[Entry] = []
    problems: list[str] = []
    for number, part in enumerate(parts, 1):
        try:
            found = _whole(part, url)
        except BadItem as bad:
            problems.append(f"entry {number}: {bad}")
            if len(problems) >= _MOST_PROBLEMS:
                problems.append("too many entries are broken; what comes after them was not read")
                break
            continue
        entries += found.entries
        problems += [f"entry {number}: {each.partition(': ')[2]}" for each in found.problems]
    return Document(
        title=whole.title,
        entries=tuple(entries),
        problems=tuple(problems),
        next_link=whole.next_link,
        deleted=whole.deleted,
    )


def _parsed(text: str, url: str) -> Any:
    """Parse without fetching, cleaning or joining anything: words are stored as they came."""
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        return feedparser.parse(
            BytesIO(text.encode()),  # a string would be taken for an address or a file
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # dates and addresses of all kinds break it in all kinds of ways
        raise BadItem(f"it cannot be parsed ({type(error).__name__})") from None


def _document(parsed: Any, noticed: Survey) -> Document:
    if not parsed.version and not parsed.entries and not parsed.feed:
        raise BadItem("it holds no feed")
    entries, problems = [], []
    for number, value in enumerate(parsed.entries, 1):
        try:
            entries.append(_entry(value))
        except BadItem as bad:
            problems.append(f"entry {number}: {bad}")
    links = {link.get("rel"): link.get("href") for link in reversed(parsed.feed.get("links", []))}
    title = parsed.feed.get("title_detail") or {}
    return Document(
        title=_title(title),
        entries=tuple(entries),
        problems=tuple(problems),
        next_link=links.get("next") or links.get("prev-archive"),
        complete=noticed.complete,
        deleted=tuple(noticed.deleted),
    )


def _entry(value: Any) -> Entry:
    title = _title(value.get("title_detail") or {})
    text, markup = _text(value)
    if not text.strip():
        text, markup = title, "plain"
    if not text:
        raise BadItem("has neither words nor a title")
    detail = value.get("author_detail") or {}
    answers = [key for key in value if key.endswith("in-reply-to")]  # any prefix may stand before
    parent = value[answers[0]] if answers else {}
    # get() would give the one time for the other
    published = dict.get(value, "published_parsed") or dict.get(value, "created_parsed")
    updated = dict.get(value, "updated_parsed")
    guid = value.get("id")
    return Entry(
        guid=" ".join(guid.split()) or None if isinstance(guid, str) else None,
        link=web_address(value.get("link")),
        title=title,
        text=text,
        markup=markup,
        author=person(detail.get("name") or detail.get("email") or value.get("author")),
        published=_moment(published),
        updated=_moment(updated),
        tags=tuple(
            dict.fromkeys(term[:100] for tag in value.get("tags", [])[:50] if (term := _term(tag)))
        ),
        parent=_reference(parent),
    )


def _text(value: Any) -> tuple[str, Markup]:
    """Return the fullest words there are: content before summary, HTML before plain text."""
    contents = [each for each in value.get("content", []) if (each.get("value") or "").strip()]
    contents.sort(key=lambda each: "html" not in (each.get("type") or ""))
    found = contents[0] if contents else value.get("summary_detail") or {}
    is_html = "html" in (found.get("type") or "text/html")
    return found.get("value") or "", "html" if is_html else "plain"


def _title(detail: Any) -> str:
    return bare(detail.get("value") or "", is_html="html" in (detail.get("type") or ""))


def _term(tag: Any) -> str:
    return " ".join((tag.get("label") or tag.get("term") or "").split())


def _reference(answer: Any) -> str | None:
    ref = answer.get("ref") if isinstance(answer, dict) else None
    return " ".join(ref.split())[:300] or None if isinstance(ref, str) else None


def _moment(parsed: Any) -> datetime | None:
    """Return a time in UTC; one that no clock has shown counts as missing."""
    try:
        at = datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    return at if at and at.year in _YEARS else None
