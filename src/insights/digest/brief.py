"""A digest as whole lines in the order of their weight, for channels that take few of them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from insights.digest import escape, figures, palette, sections
from insights.digest.content import Digest, Item
from insights.digest.escape import chat, clip

_NAMES = {
    "decisions": "Decide", "problems": "Problem", "requests": "Request",
    "slow_burners": "Slow burner", "praise": "Praise", "questions": "Question",
}  # fmt: skip


def outline(digest: Digest) -> str:
    """Return JSON of `title`, `lines` that belong to every message, `items`, and the `page`.

    A channel takes as many items as fit, and says how many it left out. Each is one line of text
    that no chat finds marks, mentions or addresses in.
    """
    told = {
        "title": chat(clip(digest.headline, 200)),
        "lines": list(_lines(digest)),
        "items": list(_items(digest)),
        "page": escape.link(sections.page(digest)),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _lines(digest: Digest) -> Iterator[str]:
    yield (
        f"{chat(clip(digest.community, 60))}, {figures.stretch(digest.period)}: "
        f"{figures.plural(digest.posts, 'post')} "
        f"({figures.change(digest.posts, digest.posts_before)}), "
        f"{figures.people(digest.people, digest.accounts)}"
    )
    for line in sections.unseen(digest)[:3] if digest.not_seen else ():
        yield f"Not seen: {chat(clip(line, 200))}"


def _items(digest: Digest) -> Iterator[str]:
    for section in sections.everything(digest):
        for item in section.items:
            yield f"{_NAMES[section.key]}: {_told(item)}"
    for change in digest.changes:
        yield f"{change.kind.capitalize()}: {chat(clip(change.subject, 120))}"


def _told(item: Item) -> str:
    sign = palette.TONES.get(item.status, ("·", ""))[0]
    spark = f" {figures.sparkline(item.weeks)}" if item.weeks else ""
    people = figures.people(item.people, item.accounts)
    change = figures.change(item.people, item.people_before)
    return f"{sign} {chat(clip(item.title, 160))}, {people} ({change}){spark}"
