"""What is different from the last digest: who entered and left, and what became of topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from insights.digest import figures, linked
from insights.digest.content import Change, Digest, Item
from insights.digest.linked import Linked
from insights.digest.moves import about
from insights.models import Insight, Signal

SECTIONS = ("decisions", "problems", "requests", "questions", "praise")
MOST = 12

Kind = Literal["split", "merged", "returned"]
TOLD: dict[str, tuple[Kind, str]] = {
    "split": ("split", "split off from"),
    "merged": ("merged", "was merged into"),
    "returned": ("returned", "came back after it had ended"),
}
BACK = {"returned": "came back", "regression": "was resolved and is back"}
"""Signals of something that was over and is there again."""


def since(
    before: Digest | None,
    now: Digest,
    events: Sequence[Mapping[str, Any]],
    insights: Sequence[Insight],
    closed: Sequence[Signal] = (),
    issues: Sequence[Linked] = (),
) -> tuple[Change, ...]:
    """Return the changes from `before` to `now`: what is quiet, what is back, who came, who left.

    `closed` are signals that are over. The first digest has no one before it and changes nothing.
    """
    if before is None:
        return ()
    old, new = _items(before), _items(now)
    told = [
        *linked.changes(issues, before.as_of),
        *_back(before, now, insights),
        *_quiet(before, insights, closed, {item.id for item in new.values()}),
    ]
    spoken = {change.subject for change in told}
    told += [
        Change(kind="entered", subject=item.id, text=f"{item.title} ({item.kind})")
        for key, item in new.items()
        if key not in old and item.id not in spoken
    ]
    told += [
        Change(kind="left", subject=item.id, text=f"{item.title} ({item.kind})")
        for key, item in old.items()
        if key not in new and item.id not in spoken
    ]
    told += _ledger(now, events, insights)
    if len(told) > MOST:
        rest = len(told) - MOST
        last = Change(kind="corrected", subject="", text=f"and {rest} more changes")
        return (*told[:MOST], last)
    return tuple(told)


def _back(before: Digest, now: Digest, insights: Sequence[Insight]) -> Iterator[Change]:
    """Tell of what was over and is there again, in the digest that shows it first."""
    resolved = {change.subject for change in before.changes if change.kind == "resolved"}
    for insight in insights:
        signal = insight.signal
        if signal is None or insight.people < now.min_people:
            continue
        if insight.kind in BACK and signal.raised_at > before.as_of:
            said = f"{insight.title} {BACK[insight.kind]}: {signal.why}"
        elif signal.status == "returned" and signal.peak_at > before.as_of:
            said = f"{insight.title} ({insight.kind}) was over and is back: {signal.why}"
        elif insight.id in resolved and insight.kind != "falling":
            said = f"{insight.title} ({insight.kind}) was resolved and is back: {signal.why}"
        else:
            continue
        yield Change(kind="returned", subject=insight.id, text=said)


def _quiet(
    before: Digest, insights: Sequence[Insight], closed: Sequence[Signal], shown: set[str]
) -> Iterator[Change]:
    """Tell of what fell, and of what the last digest showed and nobody speaks of any more."""
    for insight in insights:
        signal = insight.signal
        if insight.kind != "falling" or signal is None or signal.raised_at <= before.as_of:
            continue
        if max(insight.people, insight.people_before) >= before.min_people:
            said = f"{insight.title}: {signal.why}"
            yield Change(kind="resolved", subject=insight.id, text=said)
    over = {f"{signal.kind}-{signal.id}": signal for signal in closed}
    for item in _items(before).values():
        if item.id in over and item.id not in shown:
            said = f"{item.title} ({item.kind}): quiet since {figures.day(over[item.id].last_at)}"
            yield Change(kind="resolved", subject=item.id, text=said)


def _ledger(
    now: Digest, events: Sequence[Mapping[str, Any]], insights: Sequence[Insight]
) -> Iterator[Change]:
    """Tell what became of topics, by their titles where enough people speak of them."""
    titles = {
        insight.topic.id: f"“{insight.topic.title}”"
        for insight in insights
        if insight.topic and insight.people >= now.min_people
    }
    for event in events:
        if event["event"] in TOLD:
            kind, words = TOLD[event["event"]]
            others = () if kind == "returned" else event["others"]
            named = [titles.get(topic, topic) for topic in (event["topic_id"], *others)]
            text = f"{named[0]} {words} {', '.join(named[1:])}".strip()
            yield Change(kind=kind, subject=event["topic_id"], text=text)


def _items(digest: Digest) -> dict[str, Item]:
    """Return the items of a digest by what they are about: a topic may change its kind."""
    found: dict[str, Item] = {}
    for section in SECTIONS:
        for item in getattr(digest, section):
            found.setdefault(about(item.id), item)
    return found
