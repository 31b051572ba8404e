"""The posts of a community as columns: who wrote when, and in answer to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def load(tx: Any, as_of: datetime, period_days: float, roles: Roles) -> Talk:
    """Read the posts of a quarter and a period before `as_of`, or of as many periods as count."""
    length = timedelta(days=period_days)
    start = as_of - max(QUARTER + length, (PAST + 1) * length)
    rows = [row for row in talk.posts(tx, start, as_of) if not row.machine]
    begun = talk.begun(tx)
    names = tuple(sorted(name for name, at in begun.items() if at < as_of))
    days = np.array([day_of(row.created_at) for row in rows], np.float64)
    numbers = {name: number for number, name in enumerate(names)}
    sources = np.array([numbers[row.source] for row in rows], np.int64)
    keys = [_key(row) for row in rows]
    known, people = _numbered(keys)
    threads, opens = _threads(rows, talk.older_threads(tx, start))
    asks = np.array([(row.asks or 0.0) >= ASKS for row in rows], bool) & opens
    first = talk.newcomers(tx, start, as_of)
    return Talk(
        ids=np.array([row.id for row in rows], np.int64),
        days=days,
        sources=sources,
        people=people,
        threads=threads,
        opens=opens,
        asks=asks,
        moods=np.array([np.nan if row.mood is None else row.mood for row in rows], np.float64),
        keys=known,
        named=np.array([not key.startswith(NOBODY) for key in known], bool),
        staff=_marked(known, rows, lambda row: row.staff or row.account in roles.staff),
        unnamed=_marked(known, rows, lambda row: row.account in roles.unnamed),
        first=np.array(
            [day_of(first[key]) if key in first else -np.inf for key in known], np.float64
        ),
        names=names,
        begun=np.array([day_of(begun[name]) for name in names], np.float64),
        blind=_blind(tx, names, days, sources, (start, as_of)),
    )


def _key(row: Any) -> str:
    """Name the person of a post; one without an author is a person of its own."""
    return row.person or f"{NOBODY}{row.id}"


def _marked(known: tuple[str, ...], rows: Sequence[Any], marks: Callable[[Any], bool]) -> Bools:
    """Say of each person whether any post, of any account, is marked."""
    chosen = {_key(row) for row in rows if marks(row)}
    return np.array([key in chosen for key in known], bool)


def _numbered(keys: list[str]) -> tuple[tuple[str, ...], Ints]:
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    return tuple(numbers), codes


def _threads(rows: list[Any], older: set[tuple[str, str]]) -> tuple[Ints, Bools]:
    """Number the threads; say which posts open one. Those that began before are opened by none."""
    numbers: dict[tuple[str, str], int] = {}
    codes, opens = np.full(len(rows), -1, np.int64), np.zeros(len(rows), bool)
    for place, row in enumerate(rows):
        if row.thread_id is None:
            continue
        thread = row.source, row.thread_id
        opens[place] = thread not in numbers and not row.is_reply and thread not in older
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
