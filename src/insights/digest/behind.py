"""Which posts behind a number may be shown: none below the privacy floor, nor by subtraction."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta
from typing import NamedTuple

from insights.corpus import Counted
from insights.digest import figures
from insights.digest.content import Digest, Period
from insights.digest.moves import items
from insights.digest.query import Claim
from insights.digest.recount import Archive, behind, people

WATCHED = ("watched", "watched_people")
OTHERWISE = {
    "before": "This is what the last digest said.",
    "pulse": "This is of the whole community: `insights community` shows it again.",
    "judged": "This is what readers said of items: `insights feedback list` shows it.",
}


class Behind(NamedTuple):
    """The passages behind a claim that may be shown, the latest first.

    `withheld` counts the other posts behind it. `refused` says why nothing is shown at all.
    """

    rows: tuple[Counted, ...] = ()
    withheld: int = 0
    refused: str = ""


def shown(claim: Claim, archive: Archive, dismissed: Set[str] = frozenset()) -> Behind:
    """Return what of the posts behind a claim may be shown.

    Behind a total stand posts of all kinds: of these only what belongs to a topic with enough
    people among them is shown, and nothing of topics that were `dismissed`.
    """
    if claim.path in WATCHED:
        return Behind(refused="What is below the privacy floor is counted and never shown.")
    if not claim.query.of:
        if claim.query.measure != "stored":
            return Behind(refused=OTHERWISE[claim.query.measure])
        row = "/".join(claim.query.row.split("/")[1:-1])
        return Behind(refused=f"This is no count of posts: the visits to {row} add up to it.")
    rows = behind(claim.query, archive)
    whole = rows if not claim.query.post else archive.together(claim.query.of)
    if people(whole) < archive.min_people:
        floor = f"{archive.min_people} people"
        return Behind(refused=f"Fewer than {floor} are behind this number: it is not shown who.")
    if not claim.path.startswith("items/"):
        rows = _of_topics(rows, archive.min_people, dismissed)
    total = {row.post for row in whole if not claim.query.post or row.post == claim.query.post}
    ordered = sorted(rows, key=lambda row: (row.post, row.position))
    ordered.sort(key=lambda row: row.at, reverse=True)
    return Behind(tuple(ordered), len(total - {row.post for row in rows}))


def _of_topics(rows: list[Counted], floor: int, dismissed: Set[str]) -> list[Counted]:
    found: dict[str, list[Counted]] = {}
    for row in rows:
        if row.topic is not None and row.counted and row.topic not in dismissed:
            found.setdefault(row.topic, []).append(row)
    return [row for mine in found.values() if people(mine) >= floor for row in mine]


def title(digest: Digest, claim: Claim) -> str:
    """Say of what a claim is: `“Sync stops”, people`, `by area Sync, posts before`."""
    room, _, rest = claim.path.partition("/")
    if room == "items":
        key, _, field = rest.partition("/")
        named = {item.id: f"“{item.title}”" for item in items(digest)}
    elif room == "areas":
        key, _, field = rest.partition("/")
        named = {area.id: f"area {area.title}" for area in digest.areas}
    elif room == "sources":
        key, _, field = rest.rpartition("/")
        named = {source.name: f"source {source.name}" for source in digest.sources}
    else:
        return _words(claim.path)
    return f"{named.get(key, key)}, {_words(field)}"


def value(claim: Claim) -> str:
    """Write the value of a claim."""
    stated = claim.value
    if claim.query.measure == "share":
        return figures.percent(stated)
    if isinstance(stated, datetime):
        return figures.moment(stated)
    if isinstance(stated, list):
        return ", ".join(map(str, stated))
    return figures.decimal(stated) if isinstance(stated, int | float) else str(stated or "none")


def stretch(digest: Digest, claim: Claim) -> str:
    """Say of what time the posts are; empty where they are of any."""
    since = [scope.since for scope in claim.query.of]
    if not since or any(days is None for days in since):
        return ""
    start = max(days for days in since if days is not None)
    end = min(scope.until for scope in claim.query.of)
    at = digest.as_of
    period = Period(start=at - timedelta(days=start), end=at - timedelta(days=end))
    return figures.stretch(period)


def _words(field: str) -> str:
    return field.replace("_", " ").replace("/", " ")
