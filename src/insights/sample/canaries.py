"""Personal data that people let slip: every piece is known, so that a leak can be found."""

from __future__ import annotations

from dataclasses import dataclass

from insights.sample.dice import Deck, Dice
from insights.sample.draft import Draft
from insights.sample.words import table

KINDS = ("email", "phone", "card", "iban", "ip", "url_token", "api_key", "handle")


@dataclass(frozen=True, slots=True)
class Canary:
    """A piece of personal data, as it stands in the post `post_id`."""

    kind: str
    text: str
    post_id: str


def drop_canaries(drafts: list[Draft]) -> list[tuple[str, str, Draft]]:
    """Write one piece of personal data into each of some posts; return kind, text and post."""
    dice, words = Dice("canaries"), table("canaries")
    copied = {draft.text for draft in drafts if draft.plant == "duplicates"}
    places = [
        draft
        for draft in drafts
        if draft.markup != "html"
        and not draft.changes
        and not draft.person.staff
        and draft.theme not in ("spam", "flood", "bot", "noise")
        and draft.text not in copied
    ]
    places = dice.shuffled(places)
    dropped = []
    for kind in KINDS:
        deck = Deck(f"canary {kind}", words["sentences"][kind])
        for text in words[kind]:
            draft = places.pop()
            draft.text += " " + deck.deal().replace("{x}", text)
            dropped.append((kind, text, draft))
    return dropped
