"""Why an item stands elsewhere than in the last digest: causes that add up to the change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus, day_of
from insights.digest.content import Cause, Digest, Item, Move
from insights.models import Insight

SECTIONS = ("decisions", "problems", "requests", "slow_burners", "praise", "questions")


@dataclass(frozen=True, kw_only=True)
class Then:
    """What is known of the last digest: the digest, and the posts that stood behind its items.

    `posts` names those that still exist, by item. `corrected` says of each row of the corpus
    whether people, not discovery, say in which topic it is. `late` returns those of some posts
    that were not there yet when the last digest was made.
    """

    digest: Digest
    posts: Mapping[str, frozenset[str]]
    corrected: NDArray[np.bool_]
    late: Callable[[Iterable[str]], frozenset[str]]
    shares: Mapping[str, float] = field(default_factory=dict)
    """What share of a score each part is."""


def about(item_id: str) -> str:
    """Return what an item is about, whatever its kind: a topic may change its kind."""
    return item_id.partition("-")[2] or item_id


def items(digest: Digest) -> Iterator[Item]:
    """Yield the items of all sections."""
    for section in SECTIONS:
        yield from getattr(digest, section)


def places(digest: Digest) -> dict[str, tuple[str, int, Item]]:
    """Return section, place there and item by what it is about."""
    return {
        about(item.id): (section, place, item)
        for section in reversed(SECTIONS)
        for place, item in enumerate(getattr(digest, section), 1)
    }


def told(digest: Digest, then: Then | None, corpus: Corpus, insights: Sequence[Insight]) -> Digest:
    """Return the digest with how each item moved that stood in the last one."""
    if then is None:
        return digest
    by_id = {insight.id: insight for insight in insights}
    before = places(then.digest)
    update = {}
    for section in SECTIONS:
        items: list[Item] = []
        for place, item in enumerate(getattr(digest, section), 1):
            known = before.get(about(item.id))
            if known and item.id in by_id:
                moved = _move(digest, then, corpus, by_id[item.id], item, place, known)
                item = item.model_copy(update={"moved": moved})
            items.append(item)
        update[section] = tuple(items)
    return digest.model_copy(update=update)


def _move(
    digest: Digest,
    then: Then,
    corpus: Corpus,
    insight: Insight,
    item: Item,
    place: int,
    known: tuple[str, int, Item],
) -> Move:
    section, place_before, old = known
    names = {*item.parts, *old.parts}
    points = {
        name: 100 * then.shares.get(name, 0.0) * (item.parts.get(name, 0) - old.parts.get(name, 0))
        for name in sorted(names)
    }
    posts = then.posts.get(old.id)
    return Move(
        since=then.digest.id,
        section_before=section,
        place=place,
        place_before=place_before,
        people_before=old.people,
        score_before=old.score,
        causes=causes(digest, then, corpus, insight, old, posts) if posts is not None else (),
        parts={name: round(value, 1) for name, value in points.items() if abs(value) >= 0.05},
    )


def causes(
    digest: Digest,
    then: Then,
    corpus: Corpus,
    insight: Insight,
    old: Item,
    posts: frozenset[str],
) -> tuple[Cause, ...]:
    """Say which causes took people away, then which brought them, in one order always.

    Each step goes on from the people that the one before left, so the causes add up: posts that
    were deleted, time that went by, sources that could not be read, posts that left for another
    topic; posts that came from one, that came late, and that are new.
    """
    ids, who, days = corpus.post_ids, corpus.people, corpus.days
    now = insight.rows
    mine = np.fromiter((post in posts for post in ids), bool, len(corpus))
    was = np.flatnonzero(mine)
    start, made = day_of(digest.period.start), day_of(then.digest.as_of)
    present = set(ids[now])
    stayed = was[np.fromiter((ids[row] in present for row in was), bool, len(was))]
    within = was[(days[was] >= start) | np.isin(was, stayed)]
    steps: list[tuple[str, set[int]]] = [("deletion", _people(who, was))]
    steps += _time(digest, corpus, was, within)
    lost = within[~np.isin(within, stayed)]
    by_people = lost[then.corrected[lost]]
    steps.append(("correction", _people(who, within[~np.isin(within, by_people)])))
    steps.append(("re-assignment", _people(who, stayed)))
    joined = now[~np.isin(now, was)]
    older = joined[days[joined] < made]
    late = then.late(ids[older].tolist())
    came_late = np.fromiter((ids[row] in late for row in older), bool, len(older))
    known = older[~came_late]
    held = _people(who, stayed)
    for kind, rows in (
        ("correction", known[then.corrected[known]]),
        ("re-assignment", known[~then.corrected[known]]),
        ("late data", older[came_late]),
        ("new posts", joined[days[joined] >= made]),
    ):
        held = held | _people(who, rows)
        steps.append((kind, held))
    changes: dict[str, int] = {}
    count = old.people
    for kind, people in steps:
        changes[kind] = changes.get(kind, 0) + len(people) - count
        count = len(people)
    return tuple(
        Cause.model_validate({"kind": kind, "people": change})
        for kind, change in changes.items()
        if change
    )


def _time(
    digest: Digest, corpus: Corpus, was: NDArray[np.int64], within: NDArray[np.int64]
) -> list[tuple[str, set[int]]]:
    """Part those who last spoke before the period from those whose source could not be read.

    How many spoke in such a source is said above the privacy floor only.
    """
    gaps = [s.name for s in digest.sources if s.state != "ok" or s.failed]
    gone = was[~np.isin(was, within)]
    unread = gone[np.isin(corpus.sources[gone], gaps)]
    everybody, held = _people(corpus.people, was), _people(corpus.people, within)
    unheard = _people(corpus.people, unread) - held
    others = everybody - held - unheard
    floor = digest.min_people
    if len(unheard) < floor or 0 < len(others) < floor:
        return [("time", held)]
    return [("time", held | unheard), ("source gap", held)]


def _people(who: NDArray[np.int64], rows: NDArray[np.int64]) -> set[int]:
    return set(who[rows].tolist())
