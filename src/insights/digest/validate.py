"""Takes out of a digest what its evidence does not hold, or puts right what it holds no more.

Before a digest goes out, what was counted differently is dropped (`prune`): an item with its own
numbers, a quote, a split. Totals cannot be left out; there what was counted stands. In a digest of
the past the numbers of posts that are gone are corrected (`correct`), and its quotes taken out. In
both, nothing is left below the privacy floor, and what happened is said in plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from insights.digest import fallen, figures, wording
from insights.digest.claims import SAID, SPLITS, of
from insights.digest.content import Digest, Item
from insights.digest.moves import SECTIONS, items
from insights.digest.query import Claim, Evidence
from insights.digest.recount import Archive, differing, evaluate, people, recount

LISTS = (*SPLITS, "weeks", "where")
"""What goes whole when a part of it fails: the rest would tell what is missing."""
NAMES = {
    "by_source": "its sources", "by_version": "its versions", "by_segment": "its segments",
    "moved": "how it moved", "weeks": "its weeks",
    "where": "where it stands out", "asks_for": "something that is asked for",
    "fails": "something that fails", "conditions": "a condition", "quotes": "a quote",
}  # fmt: skip
UNCONFIRMED = "counted again from the store, its numbers are other ones."
Told = Mapping[str, Any]
Failed = Mapping[str, list[Claim]]


def prune(digest: Digest, failed: Iterable[Claim], counted: Told) -> tuple[Digest, set[str]]:
    """Return the digest without the claims that failed, and the items that fell with them.

    What could not be seen says what they were.
    """
    by_item, by_area, totals = _sorted(failed)
    notes = [_replaced(claim, counted[claim.path]) for claim in totals]
    notes += [f"The counts of area {area} were left out: {UNCONFIRMED}" for area in by_area]
    gone = {key for key, claims in by_item.items() if any(_is_own(c) for c in claims)}
    gone |= _below(digest, counted)
    notes += [f"{item.id} was left out: {UNCONFIRMED}" for item in items(digest) if item.id in gone]

    def kept(item: Item) -> Item | None:
        return None if item.id in gone else _less(item, by_item.get(item.id, ()), notes)

    data = _put(digest, {claim.path: counted[claim.path] for claim in totals})
    areas = tuple(area for area in data.areas if area.id not in by_area)
    return _settled(_each(data.model_copy(update={"areas": areas}), kept), gone, notes), gone


def correct(
    digest: Digest, failed: Iterable[Claim], counted: Told, at: datetime
) -> tuple[Digest, set[str]]:
    """Return a digest of the past with the numbers that hold, and the items that it has no more.

    What the rows of its night said stays: they are no counts of posts.
    """
    failed = [claim for claim in failed if claim.query.measure != "stored"]
    by_item, by_area, totals = _sorted(failed)
    if not (by_item or by_area or totals):
        return digest, set()
    notes = [
        f"Corrected on {figures.day(at)}: the numbers above leave out posts that are gone since. "
        "Statistics and scores are those of their night."
    ]
    gone = _below(digest, counted)
    if gone:
        notes.append("What fewer people than the privacy floor are left of was taken out.")

    def kept(item: Item) -> Item | None:
        if item.id in gone:
            return None
        return _corrected(item, by_item.get(item.id, []), counted, digest.min_people, at)

    data = _put(digest, {claim.path: counted[claim.path] for claim in totals})
    areas = _areas(data, by_area, counted)
    return _settled(_each(data.model_copy(update={"areas": areas}), kept), gone, notes), gone


def watch(
    digest: Digest, about: Evidence, gone: set[str], archive: Archive
) -> tuple[Digest, Evidence]:
    """Return both with what was taken out for having too few people on the watch list."""
    few = [
        scope
        for key, scope in about.items.items()
        if key in gone and people(archive.of(scope)) < digest.min_people
    ]
    left = {key: scope for key, scope in about.items.items() if key not in gone}
    about = about.model_copy(update={"items": left, "watched": (*about.watched, *few)})
    watched = {
        claim.path: evaluate(claim.query, archive)
        for claim in of(digest, about)
        if claim.path in ("watched", "watched_people")
    }
    return digest.model_copy(update=watched), about


def confirmed(digest: Digest, about: Evidence, archive: Archive) -> tuple[Digest, Evidence]:
    """Return a digest that is to go out, and its evidence, with what the archive confirms."""
    claims = of(digest, about)
    counted = recount(claims, archive)
    health, failed = fallen.part(differing(claims, counted))
    digest, gone = prune(digest, failed, counted)
    digest = fallen.without(digest, health)
    return watch(digest, about, gone, archive) if gone else (digest, about)


def corrected(
    digest: Digest, about: Evidence, archive: Archive, at: datetime
) -> tuple[Digest, Evidence]:
    """Return a digest of the past, and its evidence, with what the archive still holds."""
    claims = of(digest, about)
    counted = recount(claims, archive)
    health, failed = fallen.part(differing(claims, counted))
    now, gone = correct(digest, failed, counted, at)
    # By itself health changes with how posts are read, which is no reason to rewrite a digest.
    digest = digest if now == digest else fallen.corrected(now, health, archive.pulse)
    return watch(digest, about, gone, archive) if gone else (digest, about)


def _sorted(
    failed: Iterable[Claim],
) -> tuple[dict[str, list[Claim]], dict[str, list[Claim]], list[Claim]]:
    """Sort claims: of items, of areas, and totals."""
    by_item: dict[str, list[Claim]] = {}
    by_area: dict[str, list[Claim]] = {}
    totals = []
    for claim in failed:
        room, _, rest = claim.path.partition("/")
        if room == "items":
            by_item.setdefault(rest.partition("/")[0], []).append(claim)
        elif room == "areas":
            by_area.setdefault(rest.partition("/")[0], []).append(claim)
        else:
            totals.append(claim)
    return by_item, by_area, totals


def _field(claim: Claim) -> tuple[str, str]:
    """Return the field of an item that a claim is about, and the place in it."""
    field, _, place = claim.path.split("/", 2)[2].partition("/")
    return field, place


def _is_own(claim: Claim) -> bool:
    """Say whether an item falls with this claim."""
    return _field(claim)[0] not in (*LISTS, *SAID, "quotes", "moved")


def _below(digest: Digest, counted: Told) -> set[str]:
    """Return the items that fewer people than the privacy floor are behind."""
    return {
        item.id
        for item in items(digest)
        if counted.get(f"items/{item.id}/people", digest.min_people) < digest.min_people
    }


def _less(item: Item, failed: Iterable[Claim], notes: list[str]) -> Item:
    """Return an item without the parts that failed."""
    fields: dict[str, set[int]] = {}
    for claim in failed:
        field, place = _field(claim)
        fields.setdefault(field, set()).add(int(place) if place.isdigit() else 0)
    for field in fields:
        notes.append(f"{item.id} is shown without {NAMES[field]}: the store does not confirm it.")
    return item.model_copy(
        update={
            field: None
            if field == "moved"
            else ()
            if field in LISTS
            else _except(getattr(item, field), places)
            for field, places in fields.items()
        }
    )


def _corrected(item: Item, failed: list[Claim], counted: Told, floor: int, at: datetime) -> Item:
    """Return an item with the numbers that hold, none of them of few people."""
    changed: dict[str, Any] = {}
    fallen: dict[str, set[int]] = {}
    for claim in failed:
        field, place = _field(claim)
        if field == "quotes":
            fallen.setdefault(field, set()).add(int(place))
            changed["taken_out"] = (*changed.get("taken_out", item.taken_out), at)
        elif field == "weeks":
            weeks = [*changed.get("weeks", item.weeks)]
            weeks[int(place)] = counted[claim.path]
            changed["weeks"] = tuple(weeks)
        elif field in (*SPLITS, *SAID):
            shares = [*changed.get(field, getattr(item, field))]
            shares[int(place)] = shares[int(place)].model_copy(
                update={"people": counted[claim.path]}
            )
            changed[field] = tuple(shares)
        elif field == "moved":
            changed["moved"] = None
        elif field in ("people", "people_before", "accounts", "posts"):
            changed[field] = counted[claim.path]
    if "people" in changed:
        # They tell of how many people, of which some are gone.
        changed |= {"where": (), "by_segment": (), "moved": None}
    for field in changed.keys() & {*SPLITS}:
        if any(share.people < floor for share in changed[field]):
            changed[field] = ()
    for field in changed.keys() & {*SAID}:
        changed[field] = tuple(s for s in changed[field] if s.people >= max(2, floor))
    if "quotes" in fallen:
        changed["quotes"] = _except(item.quotes, fallen["quotes"])
    return item.model_copy(update=changed)


def _areas(digest: Digest, failed: Failed, counted: Told) -> tuple[Any, ...]:
    """Return the areas with what was counted; none at all if one of them is too small now."""
    found = []
    for area in digest.areas:
        values = {c.path.rpartition("/")[2]: counted[c.path] for c in failed.get(area.id, ())}
        if 0 < values.get("people_before", digest.min_people) < digest.min_people:
            values |= {"people_before": None, "posts_before": None}
        found.append(area.model_copy(update=values))
    return () if any(a.people < digest.min_people for a in found) else tuple(found)


def _put(digest: Digest, values: Told) -> Digest:
    """Return the digest with other totals."""
    of_sources: dict[str, dict[str, Any]] = {}
    totals = {}
    for path, value in values.items():
        if path.startswith("sources/"):
            name, _, field = path.removeprefix("sources/").rpartition("/")
            of_sources.setdefault(name, {})[field] = value
        else:
            totals[path] = value
    sources = tuple(s.model_copy(update=of_sources.get(s.name, {})) for s in digest.sources)
    return digest.model_copy(update={**totals, "sources": sources})


def _each(digest: Digest, kept: Callable[[Item], Item | None]) -> Digest:
    """Return the digest with what `kept` makes of each item, without those of which it is None."""
    return digest.model_copy(
        update={
            section: tuple(new for item in getattr(digest, section) if (new := kept(item)))
            for section in SECTIONS
        }
    )


def _settled(digest: Digest, gone: set[str], notes: Iterable[str]) -> Digest:
    """Return the digest with sentences that say what it holds now."""
    told = dict.fromkeys([*digest.not_seen, *notes])
    return digest.model_copy(
        update={
            "changes": tuple(c for c in digest.changes if c.subject not in gone),
            "not_seen": tuple(told),
            "headline": wording.headline(digest),
            "sentences": wording.sentences(digest),
        }
    )


def _replaced(claim: Claim, counted: Any) -> str:
    return f"{claim.path}: {claim.value} was composed, {counted} was counted again and stands here."


def _except(values: tuple[Any, ...], places: set[int]) -> tuple[Any, ...]:
    return tuple(value for place, value in enumerate(values) if place not in places)
