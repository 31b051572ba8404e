"""How it is written that an item moved since the last digest, and why."""

from __future__ import annotations

from insights.digest import figures
from insights.digest.content import Item

_CAUSES = {
    "new posts": "with new posts",
    "late data": "with older posts that came late",
    "re-assignment": "whose posts went to or came from another topic",
    "correction": "by a correction that somebody made",
    "source gap": "whose source could not be read",
    "time": "who spoke only before this period",
    "deletion": "whose posts were deleted or edited since",
}


def moved(item: Item) -> str:
    """Write how an item stands against the last digest; empty if it did not stand there.

    `12 people more than in the last digest: +15 with new posts, −3 who spoke only …`
    """
    move = item.moved
    if move is None:
        return ""
    change = item.people - move.people_before
    said = "As many people as in the last digest"
    if change:
        more = "more" if change > 0 else "fewer"
        said = f"{figures.people(abs(change))} {more} than in the last digest"
    causes = ", ".join(f"{figures.signed(c.people)} {_CAUSES[c.kind]}" for c in move.causes)
    return said + (f": {causes}" if causes else "")


def place(item: Item, section: str) -> str:
    """Write where an item stood in the last digest, if that was another place."""
    move = item.moved
    if move is None or (section == move.section_before and move.place == move.place_before):
        return ""
    where = f" of {move.section_before.replace('_', ' ')}" if section != move.section_before else ""
    return f"place {move.place}, was {move.place_before}{where}"


def points(item: Item) -> str:
    """Write which parts moved the score, the most first: `score +6.2: momentum +4.1`."""
    move = item.moved
    if move is None or not move.parts:
        return ""
    ranked = sorted(move.parts.items(), key=lambda part: (-abs(part[1]), part[0]))[:3]
    parts = ", ".join(f"{name} {figures.signed(value)}" for name, value in ranked)
    return f"score {figures.signed(round(item.score - move.score_before, 1))}: {parts}"
