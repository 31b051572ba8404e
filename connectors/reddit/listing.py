"""Walks a listing of Reddit from its newest item to what is known, or to where it ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.reddit.shapes import TAKEN_AWAY, Things
from insights.errors import SourceError
from insights.http import Payload
from insights.models import JSON

PAGE = 100
"""Things a request: the most that Reddit gives, here and when they are asked for by name."""

CAP = 900
"""A listing that ends after so many was cut off: Reddit keeps about 1,000."""

ENOUGH = 50
"""Pages after which a listing that does not end is given up."""

_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")


@dataclass(frozen=True)
class Seen:
    """The newest items that were read, by name, with a state that changes when they do."""

    items: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, state: JSON | None) -> Seen:
        """What a cursor remembers."""
        return cls(state["seen"] if state else {})

    @property
    def state(self) -> JSON:
        """What the cursor must remember."""
        return {"seen": dict(self.items)}

    def after(self, items: Mapping[str, str]) -> Seen:
        """This and `items`, as far as they may stand on a first page."""
        newest = sorted({**self.items, **items}.items(), key=lambda item: _number(item[0]))
        return Seen(dict(newest[-PAGE:]))

    def is_past(self, name: str) -> bool:
        """Whether it was there when the newest was read: names are given in their order."""
        return bool(self.items) and _number(name) <= max(map(_number, self.items))

    def lacks(self, name: str, state: str) -> bool:
        """Whether it is new, was changed, or came to light late, as after a moderator's look."""
        if name in self.items:
            return self.items[name] != state
        return not self.items or _number(name) > min(map(_number, self.items))


def listed(
    ask: Callable[[list[tuple[str, str | int]]], Things], seen: Seen, *, since: datetime | None
) -> tuple[list[Payload], str]:
    """Return what is not yet `seen`, the oldest first, and a sentence if some is out of reach.

    `ask` gets the parameters of a page. At most about 1,000 things are held, as Reddit lists no
    more.
    """
    found: dict[str, Payload] = {}
    nameless: list[Payload] = []
    anchors: list[str] = []
    count, met, page = 0, False, Things(children=[])
    for _ in range(ENOUGH):
        page = _next_page(ask, anchors)
        names = [name for item in page.children if (name := name_of(item))]
        if page.children and not names:
            raise SourceError("Reddit lists things that have no names; nothing of that can be read")
        nameless += [item for item in page.children if not name_of(item)]
        anchors = names or anchors
        count += len(names)
        for item in page.children:
            name = name_of(item)
            if name and seen.lacks(name, state_of(item)):
                found.setdefault(name, item)
        met = any(map(seen.is_past, names)) or any(_is_before(i, since) for i in page.children)
        if met or not page.after or not names:
            break
    else:
        raise SourceError("Reddit's listing does not end; the next run tries again")
    cut_off = count >= CAP or (not page.children and bool(anchors))
    gap = _gap(count, list(found.values()), seen) if cut_off and not met else ""
    return nameless + list(reversed(found.values())), gap


def _next_page(ask: Callable[[list[tuple[str, str | int]]], Things], anchors: list[str]) -> Things:
    """Ask for the page behind the last anchor that still stands.

    Of an anchor that was deleted meanwhile Reddit answers as if the listing ended there.
    """
    if not anchors:
        return ask([("limit", PAGE)])
    page = Things(children=[])
    for anchor in anchors[:-4:-1]:
        page = ask([("limit", PAGE), ("after", anchor)])
        if page.children:
            break
    return page


def _gap(count: int, items: list[Payload], seen: Seen) -> str:
    oldest = _at(items[-1]) if items else None
    when = f" {oldest:%Y-%m-%d %H:%M} UTC" if oldest else " the oldest of them"
    if seen.items:
        return (
            f"Reddit lists only the newest {count:,}: what was posted between the last pull and"
            f"{when} could not be seen; pull more often"
        )
    return f"Reddit lists only the newest {count:,}: what was posted before{when} cannot be read"


def name_of(item: Payload) -> str:
    """The fullname of a thing that may be malformed otherwise; empty where it has none."""
    data = item.get("data") if isinstance(item, dict) else None
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def state_of(item: Payload) -> str:
    """Changes when the thing is edited or taken away, and not with each vote."""
    data = item["data"]
    gone = data.get("removed_by_category") or any(
        data.get(part) in TAKEN_AWAY for part in ("body", "selftext", "author")
    )
    return f"{data.get('edited') or ''}{' gone' if gone else ''}"[:60]


def _number(name: str) -> int:
    return int(name.partition("_")[2], 36)


def _at(item: Payload) -> datetime | None:
    at = item["data"].get("created_utc")
    try:
        return datetime.fromtimestamp(at, tz=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _is_before(item: Payload, since: datetime | None) -> bool:
    if since is None or not name_of(item):
        return False
    at = _at(item)
    return at is not None and at < since
