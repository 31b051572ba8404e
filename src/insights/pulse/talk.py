"""The posts of a community as columns: who wrote when, and in answer to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.corpus import day_of
from insights.pulse.options import Roles
from insights.signals.history import holes
from insights.store import pulls, talk

PAST = 12
"""Periods before this one that say how much a figure moves by chance."""
QUARTER = timedelta(days=91)
ASKS = 0.5
NOBODY = "\x1epost "
"""Begins the key of a person whose account is not known."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """Columns of equal length, by time, and what is known of people, threads and sources.

    `days` counts days since 1970, `sources`, `people` and `threads` (-1: in none) are small
    integers. `opens` marks the first post of a thread that answers nobody, `asks` those of them
    that ask something. `moods` are praise less problem, -1..1, NaN where nothing was read.
    Posts of bots and spam are not in it. Of each person: `keys`, the pseudonym; `named`, whether
    it has one; `staff`; `unnamed`, whether no list may show it; `first`, the day of the first post
    of all if that is in the columns, else -inf. Of each source: `names`; `begun`, its first day;
    `blind`, (first, last) days that could not be read, and why.
    """

    ids: Ints
    days: Floats
    sources: Ints
    people: Ints
    threads: Ints
    opens: Bools
    asks: Bools
    moods: Floats
    keys: tuple[str, ...]
    named: Bools
    staff: Bools
    unnamed: Bools
    first: Floats
    names: tuple[str, ...]
    begun: Floats
    blind: tuple[tuple[tuple[float, float, str], ...], ...]


def load(
    tx: Any, as_of: datetime, period_days: float, roles: Roles, known_by: datetime | None = None
) -> Talk:
    """Read the posts of a quarter and a period before `as_of`, or of as many periods as count.

    Posts that came after `known_by`, if that is given, are not there.
    """
    length = timedelta(days=period_days)
    start = as_of - max(QUARTER + length, (PAST + 1) * length)
    rows = [row for row in talk.posts(tx, start, as_of, known_by) if not row[-1]]
    # As columns: to read a row by its names takes longer than the database does.
    columns = list(zip(*rows, strict=True)) or [()] * len(talk.COLUMNS)
    ids, origins, persons, accounts, threads, replies, times, marked, asks, moods, _ = columns
    begun = {name: at for name, at in talk.begun(tx, known_by).items() if at < as_of}
    names = tuple(sorted(begun))
    numbers = {name: number for number, name in enumerate(names)}
    days = np.array([day_of(at) for at in times], np.float64)
    sources = np.array([numbers[name] for name in origins], np.int64)
    keys = [key or f"{NOBODY}{number}" for key, number in zip(persons, ids, strict=True)]
    known, people = _numbered(keys)
    codes, opens = _threads(origins, threads, replies, talk.older_threads(tx, start, known_by))
    first = talk.newcomers(tx, start, as_of, known_by)
    staff = {
        key
        for key, said, account in zip(keys, marked, accounts, strict=True)
        if said or account in roles.staff
    }
    unnamed = {k for k, account in zip(keys, accounts, strict=True) if account in roles.unnamed}
    return Talk(
        ids=np.array(ids, np.int64),
        days=days,
        sources=sources,
        people=people,
        threads=codes,
        opens=opens,
        asks=np.array([(score or 0.0) >= ASKS for score in asks], bool) & opens,
        moods=np.array([np.nan if mood is None else mood for mood in moods], np.float64),
        keys=known,
        named=np.array([not key.startswith(NOBODY) for key in known], bool),
        staff=np.array([key in staff for key in known], bool),
        unnamed=np.array([key in unnamed for key in known], bool),
        first=np.array(
            [day_of(first[key]) if key in first else -np.inf for key in known], np.float64
        ),
        names=names,
        begun=np.array([day_of(begun[name]) for name in names], np.float64),
        blind=_blind(tx, names, days, sources, (start, as_of)),
    )


def _numbered(keys: list[str]) -> tuple[tuple[str, ...], Ints]:
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    return tuple(numbers), codes


def _threads(
    origins: Sequence[str],
    threads: Sequence[str | None],
    replies: Sequence[bool],
    older: set[tuple[str, str]],
) -> tuple[Ints, Bools]:
    """Number the threads; say which posts open one. Those that began before are opened by none."""
    numbers: dict[tuple[str, str], int] = {}
    codes, opens = np.full(len(threads), -1, np.int64), np.zeros(len(threads), bool)
    for place, name in enumerate(threads):
        if name is None:
            continue
        thread = origins[place], name
        opens[place] = thread not in numbers and not replies[place] and thread not in older
        codes[place] = numbers.setdefault(thread, len(numbers))
    return codes, opens


def _blind(
    tx: Any, names: tuple[str, ...], days: Floats, sources: Ints, span: tuple[datetime, datetime]
) -> tuple[tuple[tuple[float, float, str], ...], ...]:
    """Return on which days each source could not be read: gaps, and nights that failed last."""
    first, today = int(np.floor(day_of(span[0]))), int(np.floor(day_of(span[1])))
    latest: dict[str, Mapping[str, Any]] = {}
    for row in pulls.between(tx, *span):
        if row["kind"] == pulls.PULL:
            latest[row["source"]] = row
    read_at = pulls.last_success(tx, span[1])
    found = []
    for number, name in enumerate(names):
        mine = [
            (float(start), float(end), "posts are missing")
            for start, end, _ in holes(days[sources == number], first, today)
        ]
        last = latest.get(name)
        if last is not None and last["state"] not in ("ok", "running"):
            since = day_of(read_at[name]) if name in read_at else -np.inf
            mine.append((since, np.inf, "it could not be read"))
        found.append(tuple(mine))
    return tuple(found)
