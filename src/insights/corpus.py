"""The passages of an archive as columns, in order of time: what topics and signals compute on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from insights.models import INTENTS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)


def count_words(text: str) -> int:
    """Count words; in scripts without spaces two characters count as one.

    >>> count_words("it crashes again"), count_words("应用程序打不开了")
    (3, 4)
    """
    return max(len(text.split()), len(UNSPACED.findall(text)) // 2)


def day_of(at: datetime) -> float:
    """Count days, with fractions, since 1970-01-01 UTC: the unit of time on a corpus."""
    return (at - EPOCH).total_seconds() / 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Columns of equal length n, ordered by time, then source and native id.

    `days` counts days since 1970. `people` are small integers for distinct authors; a post
    without an author is a person of its own, and accounts that are known to be one person's are
    one. `accounts` counts each account by itself: the most people there can be. `sayings` are
    small integers for distinct texts, `words` their number of words. `counted` is False for noise
    and duplicates: they are shown and assigned, but shape and count nothing. `languages` are ISO
    639-1 codes or None.
    `vectors` has unit rows, shape (n, d). `intents` has a column a name of `models.INTENTS`,
    0..1. `severities` are 0..1, NaN where the words give no cue. `leaves` says whether the words
    announce that their author leaves or switches. `topics` holds topic numbers,
    -1 for the novelty pool and -2 for what no run has looked at yet. `segments` holds tuples of
    what the author is, such as "plan: enterprise", and `weights` how much that weighs in a score.
    """

    passage_ids: NDArray[np.int64]
    post_ids: NDArray[np.object_]
    positions: NDArray[np.int64]
    texts: NDArray[np.object_]
    sayings: NDArray[np.int64]
    words: NDArray[np.int64]
    languages: NDArray[np.object_]
    days: NDArray[np.float64]
    people: NDArray[np.int64]
    sources: NDArray[np.object_]
    versions: NDArray[np.object_]
    ratings: NDArray[np.float64]
    threads: NDArray[np.object_]
    replies: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    intents: NDArray[np.float32]
    severities: NDArray[np.float32]
    leaves: NDArray[np.bool_]
    topics: NDArray[np.int64]
    vectors: NDArray[np.float32]
    accounts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    segments: NDArray[np.object_] = field(default_factory=lambda: np.zeros(0, object))
    weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, np.float64))

    def __post_init__(self) -> None:
        if len(self.accounts) != len(self.people):  # where nobody linked any, both are the same
            object.__setattr__(self, "accounts", self.people)
        if len(self.weights) != len(self.people):  # where nothing is known, all weigh the same
            object.__setattr__(self, "segments", np.full(len(self.people), None))
            object.__setattr__(self, "weights", np.ones(len(self.people)))

    def __len__(self) -> int:
        return len(self.passage_ids)

    def take(self, which: Any) -> Corpus:
        """Return the rows that a slice, mask or index array names."""
        return Corpus(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def until(self, as_of: datetime) -> Corpus:
        """Return what was known at `as_of`: rows before it. A view, nothing is copied."""
        end = int(np.searchsorted(self.days, day_of(as_of), side="left"))
        return self.take(slice(0, end))

    def between(self, start: float, end: float) -> slice:
        """Return the rows with start <= day < end."""
        low, high = np.searchsorted(self.days, [start, end], side="left")
        return slice(int(low), int(high))

    def with_topics(self, topics: NDArray[np.int64]) -> Corpus:
        """Return the same passages under other topics."""
        return replace(self, topics=topics)

    def intent(self, name: str) -> NDArray[np.float32]:
        """Return one column of `intents`."""
        return self.intents[:, INTENTS.index(name)]

    def by_person(self, rows: NDArray[np.int64], values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the mean of `values`, one for each of `rows`, of every distinct author in them.

        Who writes much is heard once, as whoever writes once.
        """
        _, who = np.unique(self.people[rows], return_inverse=True)
        sums = np.bincount(who, weights=values.astype(np.float64))
        means: NDArray[np.float64] = sums / np.bincount(who)
        return means

    def standing(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how well each of these passages speaks for others, 0..1.

        Half for opening a thread rather than answering in one, half for saying a problem, a
        request or a praise rather than small talk.
        """
        claims = np.max([self.intent(name)[rows] for name in ("problem", "request", "praise")], 0)
        standing: NDArray[np.float64] = 0.5 * ~self.replies[rows] + 0.5 * claims
        return standing


class Counted(NamedTuple):
    """A passage as a night counted it: of which post and whom, and what it belonged to.

    `person` and `account` are keys that tell people apart, `topic` an id or None. `counted` is
    False for noise, duplicates and coordinated waves, which are part of totals only.
    """

    post: str
    position: int
    person: str
    account: str
    source: str
    version: str | None
    at: datetime
    topic: str | None
    counted: bool
