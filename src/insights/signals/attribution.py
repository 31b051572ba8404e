"""By what do the people of a matter stand out among all who wrote on the same days?

For every release, version, platform, device and source: how many of the matter's people have it,
how many of the other people of the same days, and how surprising that is (Fisher's exact test,
one-sided). All values of all matters of a night are corrected together (Benjamini and Hochberg
1995). Distinct people are counted, never posts.

Reports of problems name versions more often than greetings do. Where at least `NAMERS` of the
others name any version (platform, device), a value must also stand out among those who name one.

To have a release is to speak in the week since it; it is held against the week before it, each
person once, by the post in the middle of theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, hypergeom

from insights.corpus import Corpus, day_of
from insights.models import Release, Trait
from insights.versions import plain, same

FEWEST_PEOPLE = 3
CHANCE = 0.01
TIMES = 1.5
NAMERS = 10
DAYS = 14.0
"""How far back a matter's posts tell what it is about now."""
RELEASE_DAYS = 7.0
MOST_OTHERS = 3000
"""People whom a matter is held against, evenly taken, so that a busy archive costs no more."""
KINDS: tuple[str, ...] = get_args(get_type_hints(Trait)["kind"])

Rows = NDArray[np.int64]
Key = tuple[str, str]
Read = Callable[[str], Collection[str]]
"""Returns what a text names, as `version/4.2.0`, `platform/iOS 18`, `device/iPhone`."""


@dataclass(frozen=True, slots=True)
class _Value:
    """One value, and how many have it: of the matter's people, and of the others."""

    matter: int
    kind: str
    name: str
    people: int
    of: int
    others: int
    of_others: int
    namers: tuple[int, int] = (0, 0)

    @property
    def p(self) -> float:
        """The chance of so many or more, if the matter's people were any of them all."""
        have, everyone = self.people + self.others, self.of + self.of_others
        return float(hypergeom.sf(self.people - 1, everyone, have, self.of))

    @property
    def times(self) -> float:
        """How much more often the matter's people have it; half a person more has it elsewhere."""
        return _times(self.people, self.of, self.others, self.of_others)

    @property
    def stands_out(self) -> bool:
        """Whether enough people have it, and more of those who name any than elsewhere."""
        if self.people < FEWEST_PEOPLE or self.times < TIMES:
            return False
        mine, theirs = self.namers
        return theirs < NAMERS or _times(self.people, mine, self.others, theirs) >= TIMES


def attribute(
    corpus: Corpus,
    matters: Sequence[Rows],
    releases: Sequence[Release],
    read: Read,
    as_of: datetime,
) -> list[tuple[Trait, ...]]:
    """Return the traits of each matter, the surest first, at most one of each kind.

    `matters` are rows of `corpus`, which ends at `as_of`; what else their posts say is read too.
    """
    values = [
        value
        for number, rows in enumerate(matters)
        for value in _values(corpus, number, rows, releases, read, day_of(as_of))
    ]
    if not values:
        return [() for _ in matters]
    p = np.array([value.p for value in values])
    q = false_discovery_control(np.clip(p, 0.0, 1.0), method="bh")
    found: list[dict[str, Trait]] = [{} for _ in matters]
    order = sorted(
        range(len(values)), key=lambda at: (p[at], -values[at].people, _rank(values[at]))
    )
    for at in order:
        value = values[at]
        if q[at] < CHANCE and value.stands_out:
            trait = Trait(
                kind=value.kind,  # type: ignore[arg-type]
                name=value.name,
                people=value.people,
                of=value.of,
                times=round(value.times, 1),
                q=float(q[at]),
            )
            found[value.matter].setdefault(value.kind, trait)
    return [tuple(traits.values()) for traits in found]


def said(traits: Iterable[Trait], most: int = 2) -> str:
    """Say the surest traits behind a sentence: `; 11 of 14 mention 4.2.0, 6 times their share`."""
    return "".join(
        f"; {trait.people} of {trait.of} {_VERBS[trait.kind]} {trait.name}, "
        f"{_often(trait.times)} times their share"
        for trait in list(traits)[:most]
    )


_VERBS: Mapping[str, str] = {
    "release": "wrote in the days since release",
    "version": "mention",
    "platform": "mention",
    "device": "mention",
    "source": "are from",
}


def _often(times: float) -> str:
    if times > 99:
        return "over 99"
    return f"{times:.1f}" if times < 2 else f"{times:.0f}"


def _rank(value: _Value) -> tuple[int, int, str]:
    """Of values that are as sure, the more specific one is told."""
    return KINDS.index(value.kind), -len(value.name), value.name


def _times(people: int, of: int, others: int, of_others: int) -> float:
    return (people / max(1, of)) / ((others + 0.5) / (of_others + 1))


def _values(
    corpus: Corpus, number: int, rows: Rows, releases: Sequence[Release], read: Read, today: float
) -> list[_Value]:
    mine = _of_posts(corpus, rows[corpus.days[rows] >= today - DAYS])
    people = set(corpus.people[mine].tolist())
    if len(people) < FEWEST_PEOPLE:
        return []
    others = _others(corpus, mine, people)
    of_others = len(np.unique(corpus.people[others]))
    if not of_others:
        return []
    here, elsewhere = _named(corpus, mine, read), _named(corpus, others, read)
    names = {key: name for key, name in _names(corpus, mine, read).items() if key in here}
    namers = {
        kind: (_any(here, kind), _any(elsewhere, kind))
        for kind in ("version", "platform", "device")
    }
    found = [
        _Value(
            number, kind, names.get((kind, same_name), same_name), len(who), len(people),
            len(elsewhere.get((kind, same_name), ())), of_others, namers.get(kind, (0, 0)),
        )
        for (kind, same_name), who in sorted(here.items())
    ]  # fmt: skip
    return found + [
        value
        for release in releases
        if today - DAYS <= day_of(release.released_at) < today
        for value in _since(corpus, number, rows, release, today)
    ]


def _since(corpus: Corpus, number: int, rows: Rows, release: Release, today: float) -> list[_Value]:
    """Hold the week since a release against the week before it."""
    at = day_of(release.released_at)
    span = corpus.between(at - RELEASE_DAYS, min(today, at + RELEASE_DAYS))
    inside = np.arange(span.start, span.stop)
    inside = inside[corpus.counted[inside]]
    mine = np.isin(inside, rows)
    people = np.unique(corpus.people[inside[mine]])
    theirs = inside[~np.isin(corpus.people[inside], people)]
    ours, others = _middle(corpus, inside[mine]), _middle(corpus, theirs)
    if not len(ours) or not len(others):
        return []
    return [
        _Value(
            number, "release", plain(release.version), int((ours >= at).sum()), len(ours),
            int((others >= at).sum()), len(others),
        )
    ]  # fmt: skip


def _middle(corpus: Corpus, rows: Rows) -> NDArray[np.float64]:
    """Return for each person the day of the post in the middle of theirs."""
    order = rows[np.lexsort((corpus.days[rows], corpus.people[rows]))]
    _, first, counts = np.unique(corpus.people[order], return_index=True, return_counts=True)
    days: NDArray[np.float64] = corpus.days[order[first + counts // 2]]
    return days


def _of_posts(corpus: Corpus, rows: Rows) -> Rows:
    """Return all rows of the posts that rows belong to: the next sentence may name the device."""
    if not len(rows):
        return rows
    span = corpus.between(float(corpus.days[rows].min()), float(corpus.days[rows].max()) + 1e-9)
    posts = set(corpus.post_ids[rows].tolist())
    near = np.arange(span.start, span.stop)
    return near[[post_id in posts for post_id in corpus.post_ids[near].tolist()]]


def _others(corpus: Corpus, mine: Rows, people: set[int]) -> Rows:
    """Return the rows of the other people of the same days."""
    days = np.unique(np.floor(corpus.days[mine]))
    span = corpus.between(float(days[0]), float(days[-1]) + 1)
    near = np.arange(span.start, span.stop)
    near = near[corpus.counted[near] & np.isin(np.floor(corpus.days[near]), days)]
    near = near[~np.isin(corpus.people[near], list(people))]
    them = np.unique(corpus.people[near])
    step = -(-len(them) // MOST_OTHERS)
    return near[np.isin(corpus.people[near], them[::step])] if step > 1 else near


def _keys(corpus: Corpus, row: int, read: Read) -> list[tuple[Key, str]]:
    """Return what a row names: the value that all ways to write it share, and the way here."""
    names = [name.partition("/") for name in sorted(read(str(corpus.texts[row])))]
    told = [(kind, name) for kind, _, name in names]
    if corpus.versions[row]:
        told.append(("version", plain(str(corpus.versions[row]))))
    told.append(("source", str(corpus.sources[row])))
    return [((kind, same(name) if kind == "version" else name), name) for kind, name in told]


def _named(corpus: Corpus, rows: Rows, read: Read) -> dict[Key, set[int]]:
    found: dict[Key, set[int]] = {}
    for row in rows.tolist():
        for key, _ in _keys(corpus, row, read):
            found.setdefault(key, set()).add(int(corpus.people[row]))
    return found


def _names(corpus: Corpus, rows: Rows, read: Read) -> dict[Key, str]:
    """Return the way in which most write a value; of as many, the longest."""
    ways: dict[Key, Counter[str]] = {}
    for row in rows.tolist():
        for key, name in _keys(corpus, row, read):
            ways.setdefault(key, Counter())[name] += 1
    return {
        key: max(sorted(counts), key=lambda way, counts=counts: (counts[way], len(way)))  # type: ignore[misc]
        for key, counts in ways.items()
    }


def _any(named: Mapping[Key, set[int]], kind: str) -> int:
    return len(set().union(*(who for key, who in named.items() if key[0] == kind)))
