"""What is different from the last digest: who entered and left, and what became of topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from insights.digest import linked
from insights.digest.content import Change, Digest, Item
from insights.digest.linked import Linked
from insights.models import Insight

SECTIONS = ("decisions", "problems", "requests", "questions", "praise")
MOST = 12

Kind = Literal["split", "merged", "returned"]
TOLD: dict[str, tuple[Kind, str]] = {
    "split": ("split", "split off from"),
    "merged": ("merged", "was merged into"),
    "returned": ("returned", "came back"),
}


def since(
    before: Digest | None,
    now: Digest,
    events: Sequence[Mapping[str, Any]],
    insights: Sequence[Insight],
    issues: Sequence[Linked] = (),
) -> tuple[Change, ...]:
    """Return the changes from `before` to `now`: what is quiet now, who came, who left.

    The first digest has no one before it and changes nothing.
    """
    if before is None:
        return ()
    old, new = _items(before), _items(now)
    changes = linked.changes(issues, before.as_of)
    changes += [
        Change(kind="resolved", subject=insight.id, text=f"{insight.title}: {insight.signal.why}")
        for insight in insights
        if insight.kind == "falling" and insight.signal
        if insight.signal.raised_at > before.as_of
    ]
    changes += [
        Change(kind="entered", subject=item.id, text=f"{item.title} ({item.kind})")
        for key, item in new.items()
        if key not in old
    ]
    changes += [
        Change(kind="left", subject=item.id, text=f"{item.title} ({item.kind})")
        for key, item in old.items()
        if key not in new
    ]
    for event in events:
        if event["event"] in TOLD:
            kind, words = TOLD[event["event"]]
            text = f"{event['topic_id']} {words} {', '.join(event['others'])}".strip()
            changes.append(Change(kind=kind, subject=event["topic_id"], text=text))
    if len(changes) > MOST:
        rest = len(changes) - MOST
        last = Change(kind="corrected", subject="", text=f"and {rest} more changes")
        return (*changes[:MOST], last)
    return tuple(changes)


def _items(digest: Digest) -> dict[str, Item]:
    """Return the items of a digest by what they are about: a topic may change its kind."""
    found: dict[str, Item] = {}
    for section in SECTIONS:
        for item in getattr(digest, section):
            found.setdefault(item.id.partition("-")[2] or item.id, item)
    return found
