"""What an insight's issues say: open, shipped and watched, quiet, still reported, none found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from insights.digest.content import Change, Link
from insights.models import Insight

NO_TRACKER = "no tracker is read"
NONE_FOUND = "none found"
MAYBE = "maybe "
WATCHED = ("quiet", "still")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An issue that somebody linked to a finding, as it stands.

    `state` is `open`, `done`, `dropped`, `gone` or `unknown`. `verdict` is of the fix: `quiet`,
    `still`, `early` or `waiting` for its release, `said` in words, since when.
    """

    subject: str
    title: str
    name: str
    url: str
    state: str
    reason: str = ""
    closed_at: datetime | None = None
    verdict: str = ""
    said: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maybe:
    """An issue that may report the same; `sure` is 0..1. Only a person links it."""

    name: str
    url: str
    sure: float


@dataclass(frozen=True, slots=True)
class Issues:
    """What an item of a digest says of the tracker, and what to do next if that tells it."""

    told: str = NO_TRACKER
    links: tuple[Link, ...] = ()
    next_step: str = ""


def issues(linked: Sequence[Linked], maybe: Maybe | None, as_of: datetime) -> Issues:
    """Put an insight's issues, or the one that may be its issue, into words."""
    if linked:
        links = [Link(text=told(each, as_of), url=each.url) for each in linked]
        return Issues("; ".join(link.text for link in links), tuple(links), _next(linked))
    if maybe is None:
        return Issues(NONE_FOUND)
    text = f"{MAYBE}{maybe.name} ({maybe.sure:.2f})"
    step = f"See whether {maybe.name} is the same; if so, link it with: insights link --accept."
    return Issues(text, (Link(text=text, url=maybe.url),), step)


def told(one: Linked, as_of: datetime) -> str:
    """Say how a linked issue stands, in words that need no other."""
    if one.state == "open":
        return f"{one.name} open"
    if one.state == "gone":
        return f"{one.name} is gone from its tracker"
    if one.state == "dropped":
        return f"{one.name} closed as {one.reason.lower() or 'not planned'}: not shipped"
    if one.state != "done":
        return f"{one.name}, of which no tracker tells the state"
    closed = f"{one.name} closed {_ago(one.closed_at, as_of)}"
    if one.verdict == "waiting":
        return f"{closed}, not released yet"
    if one.verdict in WATCHED:
        return f"{closed}: {one.said}"
    return f"{closed}: shipped, watching" + (f" ({one.said})" if one.said else "")


def changes(linked: Sequence[Linked], since: datetime) -> list[Change]:
    """Say which fixes were found quiet, or still reported, after `since`."""
    seen: set[tuple[str, str]] = set()
    found = []
    for one in linked:
        if one.verdict not in WATCHED or one.since is None or one.since <= since:
            continue
        if (one.subject, one.verdict) not in seen:
            seen.add((one.subject, one.verdict))
            kind = "resolved" if one.verdict == "quiet" else "returned"
            text = f"{one.title}: {one.name} closed, {one.said}"
            found.append(
                Change.model_validate({"kind": kind, "subject": one.subject, "text": text})
            )
    return found


def next_step(insight: Insight, issues: Issues, usual: str) -> str:
    """Return the next step that the issues of an insight tell, else the usual one of its kind."""
    return issues.next_step if issues.next_step and insight.kind != "praise" else usual


def _next(linked: Sequence[Linked]) -> str:
    """The first that is open is worked on; else what became of what was shipped decides."""
    by_state = {one.state: one for one in reversed(linked)}
    if one := by_state.get("open"):
        return f"Put the newest quotes into {one.name}, and say in those threads that it is known."
    one = by_state.get("done") or by_state.get("dropped") or linked[0]
    if one.state == "dropped":
        return f"{one.name} was closed without a change: open it again, or answer with the reason."
    if one.state == "done" and one.verdict == "still":
        return f"Open {one.name} again: hold the newest quotes against the fix."
    if one.state == "done" and one.verdict == "quiet":
        return "Tell the people who reported it: insights replies."
    if one.state == "done":
        return f"Wait for what people say of {one.name}; it is being watched."
    return ""


def _ago(at: datetime | None, as_of: datetime) -> str:
    days = max(0, (as_of - at).days) if at else 0
    return "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} ago"
