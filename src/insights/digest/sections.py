"""The sections of a digest in the order in which they are read, and why one of them is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from insights.digest.content import Digest, Item
from insights.digest.figures import page_url, people, plural


class Section(NamedTuple):
    """A list of insights under one heading.

    `key` is its anchor, `shown` how many of `items` a reader meets (all are in the JSON),
    `empty` the sentence for when there are none, `shape` how much room each gets in HTML.
    """

    key: str
    title: str
    lead: str
    items: tuple[Item, ...]
    shown: int
    empty: str
    shape: Literal["card", "row", "line"]

    @property
    def hidden(self) -> int:
        """How many items are left to the JSON format."""
        return max(0, len(self.items) - self.shown)


class _Plan(NamedTuple):
    key: str
    title: str
    lead: str
    shown: int
    empty: str
    shape: Literal["card", "row", "line"] = "row"


_DECISIONS = _Plan(
    "decisions", "Needs a decision", "New or accelerating, beyond what chance explains.", 5,
    "Nothing significant: no issue was new or accelerating beyond what chance explains. "
    "That is a good digest.", "card",
)  # fmt: skip
_WARMING = (
    "There is too little history yet to tell what is new or accelerating; what is missing stands "
    "under what could not be seen."
)
_LASTING = (
    _Plan("problems", "Lasting problems", "By the number of people they reach.", 10,
          "No lasting problem reached {floor} in this period."),
    _Plan("requests", "Feature requests", "By the number of people who ask.", 10,
          "No request was made by {floor} or more in this period."),
    _Plan("slow_burners", "Slow burners", "Small every week, and not going away.", 5,
          "Nothing small has lasted long enough to be called a slow burner.", "line"),
    _Plan("praise", "Praise", "What people are glad about: do not break it.", 5,
          "No praise was shared by {floor} or more in this period.", "line"),
    _Plan("questions", "Unanswered questions",
          "First what waits longer than is usual here, then what is asked most.", 5,
          "No question of {floor} or more is waiting for an answer.", "line"),
)  # fmt: skip

CHANGES_TITLE = "Changed since the last digest"
CHANGES_SHOWN = 12
AREAS_TITLE = "By area"
AREAS_LEAD = "What all topics of an area drew together; a person may speak in several."
_CHANGES_EMPTY = (
    "Nothing entered, left, split, merged, returned or was resolved since the last digest."
)


def decisions(digest: Digest) -> Section:
    """Return the section that comes before the changes."""
    return _section(digest, _DECISIONS)


def lasting(digest: Digest) -> list[Section]:
    """Return the sections that come after the changes, in order."""
    return [_section(digest, plan) for plan in _LASTING]


def everything(digest: Digest) -> list[Section]:
    """Return all sections that hold items, in order."""
    return [decisions(digest), *lasting(digest)]


def no_changes(digest: Digest) -> str:
    """Say why nothing changed."""
    return _why_empty(digest, _CHANGES_EMPTY)


def watching(digest: Digest) -> str:
    """Say what is below the privacy floor, in counts only."""
    if not digest.watched:
        return f"Nothing is waiting below the privacy floor of {people(digest.min_people)}."
    return (
        f"{plural(digest.watched, 'topic or signal', 'topics and signals')} with fewer than "
        f"{people(digest.min_people)} each, {people(digest.watched_people)} in all. "
        "They are counted here and neither named nor quoted."
    )


def unseen(digest: Digest) -> list[str]:
    """Return what could not be seen; when nothing was said, the sources that did not answer."""
    if digest.not_seen:
        return list(digest.not_seen)
    unsaid = [
        f"{source.name} is {source.state}" + (f": {source.note}" if source.note else ".")
        for source in digest.sources
        if source.state != "ok"
    ]
    return unsaid or ["Every source answered, and every post could be read."]


def page(digest: Digest) -> str | None:
    """Return the address of the whole digest as a page, where pages have an address."""
    return f"{digest.pages}/digests/{digest.id}.html" if digest.pages else None


def anchors(digest: Digest) -> Mapping[tuple[str, int], str]:
    """Return the anchor of each item by section key and place: unique, the same every time."""
    named: dict[tuple[str, int], str] = {}
    taken: set[str] = set()
    for section in everything(digest):
        for index, item in enumerate(section.items):
            wanted = "i-" + "".join(c if c.isascii() and c.isalnum() else "-" for c in item.id)[:40]
            anchor, again = wanted, 2
            while anchor in taken:
                anchor, again = f"{wanted}-{again}", again + 1
            taken.add(anchor)
            named[section.key, index] = anchor
    return named


def placed(digest: Digest) -> Digest:
    """Return the digest with the place of each item on its page, where readers reach pages."""
    if digest.pages is None:
        return digest
    named = anchors(digest)
    return digest.model_copy(
        update={
            section.key: tuple(
                item.model_copy(update={"url": page_url(digest, named[section.key, place])})
                for place, item in enumerate(section.items)
            )
            for section in everything(digest)
        }
    )


def _section(digest: Digest, plan: _Plan) -> Section:
    usual = plan.empty.format(floor=people(digest.min_people))
    if plan is _DECISIONS and digest.warming:
        usual = _WARMING
    empty = _why_empty(digest, usual)
    items: tuple[Item, ...] = getattr(digest, plan.key)
    return Section(plan.key, plan.title, plan.lead, items, plan.shown, empty, plan.shape)


def _why_empty(digest: Digest, usual: str) -> str:
    blind = [source.name for source in digest.sources if source.state in ("failed", "silent")]
    if not digest.sources:
        return "No source is configured, so there was nothing to read."
    if len(blind) == len(digest.sources):
        return "No source could be read, so nothing can be said here."
    if not digest.posts:
        return "Nobody posted in this period."
    if digest.audience:  # what there is beyond it is not for this digest to deny
        usual = "Nothing that concerns this audience."
    return usual + (f" As far as could be seen: {', '.join(blind)} could not be." if blind else "")
