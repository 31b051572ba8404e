"""Counts people by a column or by area, so that no share below the privacy floor can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.digest.content import AreaCount, Share, Where
from insights.models import Trait

MOST = 5
MOST_AREAS = 12
People = set[int]
TOTAL = ("source", "release")
"""Traits of which everybody has one value or another."""


def fold(
    people: Mapping[str, People], floor: int, most: int, rest: frozenset[int] = frozenset()
) -> tuple[dict[str, People], People]:
    """Return the largest groups of people that may be shown, and the people of all others.

    What is left over must not be countable by subtraction either: the smallest groups are folded
    until what they hold together, with `rest`, is nobody or at least `floor` people.
    """
    ranked = sorted(people.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    shown, others = ranked[:most], set(rest).union(*(who for _, who in ranked[most:]))
    while shown and (len(shown[-1][1]) < floor or 0 < len(others) < floor):
        others |= shown.pop()[1]
    return dict(shown), others


def split(
    corpus: Corpus, rows: NDArray[np.int64], column: NDArray[np.object_], floor: int
) -> tuple[Share, ...]:
    """Count people by a column, showing no share below the privacy floor."""
    people: dict[str, People] = {}
    for row in rows:
        if column[row]:
            people.setdefault(str(column[row]), set()).add(int(corpus.people[row]))
    shown, rest = fold(people, floor, MOST)
    shares = [Share(name=name, people=len(who)) for name, who in shown.items()]
    return (*shares, Share(name="other", people=len(rest))) if len(rest) >= floor else (*shares,)


def by_segment(corpus: Corpus, rows: NDArray[np.int64], floor: int) -> tuple[Share, ...]:
    """Count people by what they are, one attribute after the other.

    Of whom nothing is known is left over, too, and must not be countable by subtraction.
    """
    known: dict[str, dict[str, People]] = {}
    everybody = {int(person) for person in corpus.people[rows]}
    for row in rows:
        for label in corpus.segments[row] or ():
            groups = known.setdefault(label.partition(": ")[0], {})
            groups.setdefault(label, set()).add(int(corpus.people[row]))
    found: list[Share] = []
    for groups in known.values():
        silent = frozenset(everybody.difference(*groups.values()))
        shown = fold(groups, floor, MOST, silent)[0]
        found += [Share(name=name, people=len(who)) for name, who in shown.items()]
    return tuple(found)


def where(traits: Sequence[Trait], floor: int) -> tuple[Where, ...]:
    """Return the traits that may be shown: where everybody has some value, no few may be left."""
    return tuple(
        Where(kind=t.kind, name=t.name, people=t.people, of=t.of, times=t.times)
        for t in traits
        if t.people >= floor and (t.kind not in TOTAL or not 0 < t.of - t.people < floor)
    )


def by_area(
    corpus: Corpus,
    now: NDArray[np.int64],
    then: NDArray[np.int64],
    titles: Mapping[str, str],
    area_of: Mapping[int, str],
    floor: int,
) -> tuple[AreaCount, ...]:
    """Count people and posts of two periods by area, most people first.

    `now` and `then` are the rows of the periods, `titles` those of areas by id, `area_of` the
    area of a topic number. Who is in no area counts to the rest, as do areas below the floor;
    where only the period before is below it, its counts are None.
    """
    areas = np.array([area_of.get(int(number), "") for number in corpus.topics], object)
    counted = (now[corpus.counted[now]], then[corpus.counted[then]])
    shown, before = (_shown(corpus, rows, areas, floor) for rows in counted)
    found = []
    for area, who in shown.items():
        rows, earlier = (part[areas[part] == area] for part in counted)
        told = area in before or not len(earlier)
        found.append(
            AreaCount(
                id=area,
                title=titles[area],
                topics=len(np.unique(corpus.topics[rows])),
                people=len(who),
                people_before=len(before.get(area, ())) if told else None,
                posts=len(set(corpus.post_ids[rows])),
                posts_before=len(set(corpus.post_ids[earlier])) if told else None,
            )
        )
    return tuple(found)


def _shown(
    corpus: Corpus, rows: NDArray[np.int64], areas: NDArray[np.object_], floor: int
) -> dict[str, People]:
    people: dict[str, People] = {}
    for row in rows.tolist():
        people.setdefault(areas[row], set()).add(int(corpus.people[row]))
    return fold(people, floor, MOST_AREAS, frozenset(people.pop("", ())))[0]
