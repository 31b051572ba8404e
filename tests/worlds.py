"""Small worlds for topics and signals: passages around known points, with known people and days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus, count_words, day_of
from insights.models import INTENTS

NIGHT = datetime(2026, 5, 1, 2, tzinfo=UTC)
DIMENSION = 32


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    made: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


def points(count: int, seed: int = 1) -> NDArray[np.float32]:
    """`count` directions that have nothing to do with each other."""
    return unit(np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32))


def around(centre: NDArray[np.float32], count: int, spread: float = 0.1, seed: int = 2):
    """`count` vectors near one point."""
    noise = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return unit(centre + spread * noise)


def world(
    vectors: NDArray[np.float32],
    days_ago: Sequence[float],
    *,
    people: Sequence[int] | None = None,
    sources: Sequence[str] | None = None,
    topics: Sequence[int] | None = None,
    counted: Sequence[bool] | None = None,
    texts: Sequence[str] | None = None,
    threads: Sequence[str | None] | None = None,
    replies: Sequence[bool] | None = None,
    leaves: Sequence[bool] | None = None,
    intents: dict[str, Sequence[float]] | None = None,
) -> Corpus:
    """A corpus as of NIGHT; rows are put in order of time, each by a person of its own."""
    n = len(vectors)
    days = day_of(NIGHT) - np.asarray(days_ago, float)
    order = np.argsort(days, kind="stable")

    def column(values, default):
        made = np.empty(n, dtype=object)
        made[:] = default if values is None else list(values)
        return made[order]

    said = texts or [f"some words that are long enough {row}" for row in range(n)]
    return Corpus(
        passage_ids=np.arange(n, dtype=np.int64)[order],
        post_ids=column([f"forum:{row}" for row in range(n)], None),
        positions=np.zeros(n, np.int64),
        texts=column(said, None),
        sayings=np.unique(np.array(said, str), return_inverse=True)[1].astype(np.int64)[order],
        words=np.array([count_words(text) for text in said], np.int64)[order],
        languages=column(None, [None] * n),
        days=days[order],
        people=np.asarray(people if people is not None else range(n), np.int64)[order],
        sources=column(sources, ["forum"] * n),
        versions=column(None, [None] * n),
        ratings=np.full(n, np.nan),
        threads=column(threads, [None] * n),
        replies=np.asarray(replies if replies is not None else [False] * n, bool)[order],
        counted=np.asarray(counted if counted is not None else [True] * n, bool)[order],
        intents=np.column_stack(
            [np.asarray((intents or {}).get(name, [0.0] * n), np.float32) for name in INTENTS]
        )[order],
        severities=np.full(n, np.nan, np.float32),
        leaves=np.asarray(leaves if leaves is not None else [False] * n, bool)[order],
        topics=np.asarray(topics if topics is not None else [-2] * n, np.int64)[order],
        vectors=np.asarray(vectors, np.float32)[order],
    )
