"""Finds what repeats an earlier post: in the same words, in nearly the same, or in two places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from insights.store import copies
from insights.store.copies import Copy, Said
from insights.text import near
from insights.text.noise import Tag, normal_form

BATCH = 1000
DUPLICATE, NEAR_DUPLICATE, CROSS_POST = "duplicate", "near_duplicate", "cross_post"
NAMES = (DUPLICATE, NEAR_DUPLICATE, CROSS_POST)


def settle(tx: Any, keys: Sequence[int]) -> set[int]:
    """Decide what the passages of freshly prepared posts repeat, and what repeats them.

    A passage is a copy if an earlier living one says the same. That hangs on the posts that there
    are and not on the order in which they came, so what came late is looked at from both sides,
    and copies of what was deleted or edited are decided anew.

    Returns the keys of the posts whose tags have changed by it, or that are copies among `keys`.
    """
    fresh = copies.of_posts(tx, keys)
    newest = copies.last_marked(tx)
    normals = [normal_form(said.text) for said in fresh]
    copies.save_marks(tx, fresh, near.marks(normals, [said.author for said in fresh]))
    changed = _decide(tx, (said.id for said in fresh))
    repeated = copies.held(tx, [said.id for said in fresh])
    # A copy is not looked at from the other side: what repeats it repeats its original.
    late = [s for s in fresh if s.id not in repeated and s.created_at.timestamp() < newest + 1]
    changed |= _decide(tx, copies.later(tx, [s.id for s in late]) | set(copies.bereft(tx, BATCH)))
    return changed | {said.key for said in fresh if said.id in repeated}


def settle_bereft(tx: Any) -> set[int]:
    """Decide anew about copies whose original is gone, a batch of them; see `settle`."""
    return _decide(tx, set(copies.bereft(tx, BATCH)))


def tags_of(copy: Copy) -> list[Tag]:
    """Say in tags what a copy is."""
    if copy.likeness == 1.0:
        tags = [Tag(DUPLICATE, 1.0, "says what an earlier post says, in the same words")]
    else:
        reason = f"shares {copy.likeness:.0%} of its word pairs with an earlier post"
        tags = [Tag(NEAR_DUPLICATE, copy.likeness, reason)]
    if copy.elsewhere:
        reason = "was posted in another place before"
        tags.append(Tag(CROSS_POST, copy.likeness, reason))
    return tags


def _decide(tx: Any, ids: Iterable[int]) -> set[int]:
    ids = sorted(ids)
    before = copies.held(tx, ids)
    near_by = copies.sharing(tx, ids)
    said = copies.by_id(tx, {*ids, *(other for found in near_by.values() for other in found)})
    decided: dict[int, Copy | None] = {}
    for key in ids:
        now = _original(said[key], [said[other] for other in near_by.get(key, ())])
        if now != before.get(key):
            decided[key] = now
    copies.save(tx, decided)
    return {said[key].key for key in decided}


def _original(own: Said, others: Iterable[Said]) -> Copy | None:
    """Find what a passage repeats: the earliest in the same words, else the earliest alike."""
    earlier = [o for o in others if o.order < own.order and o.key != own.key]
    normal = normal_form(own.text)
    words: list[str] = []
    earlier.sort(key=lambda other: (other.normal_hash != own.normal_hash, other.order))
    for other in earlier:
        same_author = own.author is not None and own.author == other.author
        exactly = own.normal_hash == other.normal_hash
        if not near.may_repeat(normal, same_author=same_author, exactly=exactly):
            continue
        words = words or near.words_of(normal)
        alike = 1.0 if exactly else near.likeness(words, near.words_of(normal_form(other.text)))
        if alike >= near.ALIKE:
            score = 1.0 if exactly else round(min(alike, 0.999), 3)
            return Copy(own.id, other.id, score, _elsewhere(own, other, same_author))
    return None


def _elsewhere(own: Said, other: Said, same_author: bool) -> bool:
    """Tell a cross-post: in another source, or by one author in another space or thread.

    Who wrote in two sources is not known, since pseudonyms differ by source.
    """
    moved = (own.space, own.thread_id) != (other.space, other.thread_id)
    return own.source != other.source or (same_author and moved)
