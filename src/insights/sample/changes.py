"""What people take back or put right later: edits and deletions."""

from __future__ import annotations

from datetime import datetime, timedelta

from insights.sample.days import END
from insights.sample.dice import Dice
from insights.sample.draft import Change, Draft
from insights.sample.plants import LOUD, QUIET
from insights.sample.voice import Voice

EDITS = 40
DELETIONS = 30


def change_minds(drafts: list[Draft], voice: Voice) -> None:
    """Edit some posts, delete some others, and have moderators remove half of the spam."""
    dice = Dice("changes")
    settled = [draft for draft in drafts if draft.at < END - timedelta(days=2)]
    spam = [draft for draft in settled if draft.plant == "spam"]
    for draft in dice.shuffled(spam)[: len(spam) // 2]:
        draft.changes.append(Change(_soon(dice, draft.at), None))
    calm = [
        draft
        for draft in settled
        if draft.plant not in (LOUD, QUIET, "spam", "flood", "bots", "duplicates")
        and draft.source != "chat"
        and draft.theme != "noise"
    ]
    chosen = dice.shuffled(calm)
    for draft in chosen[:EDITS]:
        at = _soon(dice, draft.at)
        draft.changes.append(Change(at, _edited(draft, dice, voice)))
        if dice.chance(0.15):
            draft.changes.append(Change(at + timedelta(hours=9), None))
    for draft in chosen[EDITS : EDITS + DELETIONS]:
        draft.changes.append(Change(_soon(dice, draft.at), None))


def _edited(draft: Draft, dice: Dice, voice: Voice) -> str:
    if draft.markup == "html":
        return draft.text.removesuffix("</p>") + voice.phrase("edit_note").strip() + "</p>"
    if dice.chance(0.25) and ". " in draft.text:
        return draft.text.split(". ")[0].rstrip(".") + "."
    return draft.text + voice.phrase("edit_note")


def _soon(dice: Dice, at: datetime) -> datetime:
    return at + timedelta(seconds=300 + dice.below(150_000))
