"""How much of the past is there to hold a night against, and where does it have holes?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from insights.corpus import EPOCH, Corpus, day_of
from insights.signals import trend
from insights.signals.options import SignalOptions

SILENT = 1e-6
"""Chance of a silence, under the usual rate of its source, below which posts must be missing."""
SPREAD = 3.0
"""How much more the posts of a day vary than Poisson counts: people write in threads."""


class Late(TypedDict):
    """Posts of a source that came after a night had looked at their days, counted since 1970."""

    posts: int
    first: float
    last: float


def missing(corpus: Corpus, as_of: datetime, options: SignalOptions) -> tuple[str, ...]:
    """Say which questions cannot be answered yet, and what is missing for them.

    Nothing new can be told from what was always there until a source has a past of its own.
    """
    today = day_of(as_of)
    needed = options.warm_up_days + options.window_days
    said = []
    for source, days in _by_source(corpus):
        past = today - float(days.min())
        if past < needed:
            said.append(
                f"warming up: {source} has {_days(past)} of history; what emerges there is told "
                f"from {_days(needed)} on"
            )
    weeks = int((today - float(corpus.days.min(initial=today))) // trend.WEEK)
    if len(corpus) and weeks <= trend.FEWEST_WEEKS:
        said.append(
            "warming up: rising and falling topics need this week and "
            f"{trend.FEWEST_WEEKS} before it; there are {weeks} in all"
        )
    return tuple(said)


def gaps(corpus: Corpus, as_of: datetime, options: SignalOptions) -> tuple[str, ...]:
    """Say on which days of the past a source has nothing where silence is next to impossible.

    Both detectors hold each source against what was read of it, so a gap raises and lowers
    nothing; but whoever reads a series should know. Days of the last `history_days` count.
    """
    today = int(np.floor(day_of(as_of)))
    first = today - int(options.history_days)
    said = []
    for source, days in _by_source(corpus):
        said += [
            f"{source} has nothing {_span(start, end)}, where about {rate:.0f} posts a day are "
            "usual; it is read as a gap, not as silence"
            for start, end, rate in holes(days, first, today)
        ]
    return tuple(said)


def holes(days: NDArray[np.float64], first: int, today: int) -> list[tuple[int, int, float]]:
    """Return (start, end, posts a day) of the gaps of a source from `first` day to `today`.

    `days` are those of its posts. The chance of a silence is exp(-rate * days), widened for the
    bursts in which people write.
    """
    begun = max(first, int(np.floor(float(days.min(initial=np.inf))))) if len(days) else today
    counts = np.bincount(
        np.floor(days[(days >= begun) & (days < today)]).astype(np.int64) - begun,
        minlength=max(0, today - begun),
    )
    found = []
    for start, end in _silences(counts):
        rate = float(counts.sum()) / max(1, len(counts) - (end - start))
        if np.exp(-rate * (end - start) / SPREAD) < SILENT:
            found.append((begun + start, begun + end, rate))
    return found


def late_arrivals(corpus: Corpus, rows: NDArray[np.int64]) -> dict[str, Late]:
    """Count, by source, the posts of rows that a night sees too late, and when they were written.

    They count on their own days from now on: in every series, and in the past that the nights to
    come are held against. What was told before stays as it was told.
    """
    found = {}
    for source in sorted(set(corpus.sources[rows])):
        mine = rows[corpus.sources[rows] == source]
        days = np.floor(corpus.days[mine])
        posts = len(set(corpus.post_ids[mine]))
        found[str(source)] = Late(posts=posts, first=float(days.min()), last=float(days.max()))
    return found


def lateness(met: Sequence[Mapping[str, Late]]) -> tuple[str, ...]:
    """Say what came late, of what each night of a period met: `late_arrivals` as stored."""
    said = []
    for source in sorted({source for late in met for source in late}):
        mine = [late[source] for late in met if source in late]
        posts = int(sum(late["posts"] for late in mine))
        first, last = min(late["first"] for late in mine), max(late["last"] for late in mine)
        said.append(
            f"{posts:,} post{'' if posts == 1 else 's'} of {source} came late, written "
            f"{_span(int(first), int(last) + 1)}: they count on the days on which they were "
            "written, and nothing that was told before knew of them"
        )
    return tuple(said)


def _by_source(corpus: Corpus) -> Iterator[tuple[str, NDArray[np.float64]]]:
    names, of_row = np.unique(corpus.sources.astype(str), return_inverse=True)
    for place, name in enumerate(names.tolist()):
        yield name, corpus.days[of_row == place]


def _silences(counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield start and end of every run of zeros."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], counts == 0, [0]]).astype(np.int64)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _days(days: float) -> str:
    return f"{days:.0f} day" if round(days) == 1 else f"{days:.0f} days"


def _span(start: int, end: int) -> str:
    first, last = (EPOCH + timedelta(days=day) for day in (start, end - 1))
    return f"on {first:%d %b}" if start == end - 1 else f"from {first:%d %b} to {last:%d %b}"
