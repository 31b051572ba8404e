"""The query that gives a value of a digest again, and what the queries of a digest are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from insights.digest.part import Part

Measure = Literal[
    "people",
    "accounts",
    "posts",
    "topics",
    "share",
    "few",
    "newest",
    "stored",
    "quote",
    "before",
    "pulse",
    "judged",
]


class Scope(Part):
    """Which passages a query is about: those for which everything holds that is given.

    `since` and `until` are days before the digest's `as_of`; without `since` however old.
    """

    since: float | None = None
    until: float = 0.0
    counted: bool = Field(True, description="without noise, duplicates and coordinated waves")
    topics: tuple[str, ...] | None = None
    posts: tuple[str, ...] | None = None
    by: Literal["", "source", "version", "segment"] = ""
    named: tuple[str, ...] = Field((), description="the values of the column `by`")
    rest: bool = Field(False, description="all values of the column `by` but those `named`")
    said: str = Field("", description="asks_for, fails or condition: a fact that holds `words`")
    words: str = ""


class Query(Part):
    """How a value comes out of the store: a measure of scopes together, or what a row says.

    `people` and `accounts` are distinct authors (accounts only where they are more than people),
    `share` the part that belongs to a topic, `few` the number of scopes with fewer people than
    the privacy floor, `newest` the time of the latest post (of what `row` names where there is
    none), `quote` the words of a post. A `stored` value stands in a row of the night:
    `signal/risk-S1/q`, `insight/risk-S1/score`, `pull/forum/new`. What stood `before` is that of
    the last digest; `pulse` is measured, and `judged` counted, anew.
    """

    measure: Measure
    of: tuple[Scope, ...] = ()
    row: str = ""
    post: str = ""
    words: str = ""


class Claim(Part):
    """One thing that a digest states, and the query that must give it."""

    path: str
    value: Any
    query: Query


class Evidence(Part):
    """What the queries of a digest are about.

    `items` are the passages of each item by its id, in the period or, for what still waits,
    however old; `watched` the same of each topic or signal below the privacy floor; `areas` the
    topics of each area. What was written at `kept_since` or before is kept no longer.
    """

    items: Mapping[str, Scope] = Field(default_factory=dict)
    watched: tuple[Scope, ...] = ()
    areas: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    segments: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="the segments that accounts are in, by attribute"
    )
    kept_since: datetime | None = None

    @property
    def posts(self) -> set[str]:
        """The posts that are named one by one."""
        return {post for s in (*self.items.values(), *self.watched) for post in s.posts or ()}

    def without(self, gone: Iterable[str]) -> Evidence:
        """Return the same without these posts."""
        lost = set(gone)

        def kept(scope: Scope) -> Scope:
            left = tuple(post for post in scope.posts or () if post not in lost)
            return scope if scope.posts is None else scope.model_copy(update={"posts": left})

        items = {key: kept(scope) for key, scope in self.items.items()}
        watched = tuple(kept(scope) for scope in self.watched)
        return self.model_copy(update={"items": items, "watched": watched})
