"""Counts claims again from what the store holds, by sets of names and not by the corpus."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from insights.corpus import Counted
from insights.digest.claims import OTHER, SAID, WAITS, WEEKS, days, part_of
from insights.digest.content import Digest, Item, Judged, SourceHealth
from insights.digest.moves import items
from insights.digest.pulse import Pulse
from insights.digest.query import Claim, Evidence, Query, Scope
from insights.digest.said import spoken
from insights.models import Post

Rows = Sequence[Counted]
Names = tuple[str, ...] | None
Members = tuple[Names, Names, bool]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """What the store holds for one digest, read in a few passes.

    `told` are rows of the night by table and name, `facts` those of passages by post and
    position, `posts` those that are quoted and still exist. `segments` are those of people,
    `pulse` and `judged` what is measured anew, `before` section, place and item of the last
    digest by what it is about.
    """

    as_of: datetime
    min_people: int
    rows: Rows = ()
    told: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    facts: Mapping[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    segments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pulse: Pulse | None = None
    judged: Sequence[Judged] = ()
    before: Mapping[str, tuple[str, int, Item]] = field(default_factory=dict)

    _held: dict[Members, tuple[list[Counted], list[datetime]]] = field(default_factory=dict)
    """What was asked for before, by time."""

    def of(self, scope: Scope) -> list[Counted]:
        """Return the passages of a scope, by time."""
        rows, times = self._members((scope.topics, scope.posts, scope.counted))
        low = 0
        if scope.since is not None:
            low = bisect_left(times, self.as_of - timedelta(days=scope.since))
        high = bisect_left(times, self.as_of - timedelta(days=scope.until))
        found = rows[low:high]
        if scope.by == "segment":
            found = [r for r in found if not self._is(r.person).isdisjoint(scope.named)]
        elif scope.by:
            found = [row for row in found if self._splits(scope, getattr(row, scope.by))]
        return [row for row in found if self._says(scope, row)] if scope.said else found

    def together(self, scopes: Sequence[Scope]) -> list[Counted]:
        """Return the passages of several scopes, each once."""
        if len(scopes) == 1:
            return self.of(scopes[0])
        return list({(r.post, r.position): r for scope in scopes for r in self.of(scope)}.values())

    def _members(self, members: Members) -> tuple[list[Counted], list[datetime]]:
        """Return the passages of topics or posts with their times, in order of time."""
        if members not in self._held:
            topics, posts, counted = members
            found = [row for row in self._near(topics, posts) if row.counted or not counted]
            found.sort(key=lambda row: row.at)
            self._held[members] = found, [row.at for row in found]
        return self._held[members]

    def _near(self, topics: Names, posts: Names) -> Rows:
        if posts is not None:
            mine = [row for name in posts for row in self._by_post.get(name, ())]
            return mine if topics is None else [row for row in mine if row.topic in topics]
        if topics is not None:
            return [row for name in topics for row in self._by_topic.get(name, ())]
        return self.rows

    @cached_property
    def _by_post(self) -> dict[str, list[Counted]]:
        found: dict[str, list[Counted]] = {}
        for row in self.rows:
            found.setdefault(row.post, []).append(row)
        return found

    @cached_property
    def _by_topic(self) -> dict[str | None, list[Counted]]:
        found: dict[str | None, list[Counted]] = {}
        for row in self.rows:
            found.setdefault(row.topic, []).append(row)
        return found

    def _is(self, person: str) -> frozenset[str]:
        return self.segments.get(person, frozenset())

    def _splits(self, scope: Scope, value: str | None) -> bool:
        return bool(value) and (value in scope.named) != scope.rest

    def _says(self, scope: Scope, row: Counted) -> bool:
        spans = self.facts.get((row.post, row.position), {}).get(scope.said, ())
        return any(spoken(str(span["text"]), scope.words) for span in spans)


def needs(digest: Digest, about: Evidence) -> dict[str, Any]:
    """Say what of the store a digest is counted again from, as `nights.gather` takes it."""
    back = max(7.0 * WEEKS, 2 * days(digest))
    saying = [about.items[i.id] for i in items(digest) if i.id in about.items if _tells(i)]
    return {
        "run_id": digest.run_id,
        "as_of": digest.as_of,
        "start": digest.period.start,
        "since": digest.as_of - timedelta(days=back),
        "post_ids": about.posts,
        "silent": {s.name for s in digest.sources if _is_silent(s, digest.compared_with.start)},
        "quoted": {quote.post_id for item in items(digest) for quote in item.quotes},
        "saying": (
            {topic for scope in saying for topic in scope.topics or ()},
            {post for scope in saying for post in scope.posts or ()},
        ),
    }


def _is_silent(source: SourceHealth, since: datetime) -> bool:
    return source.newest_at is not None and source.newest_at < since


def _tells(item: Item) -> bool:
    return any(getattr(item, field) for field in SAID)


def recount(claims: Iterable[Claim], archive: Archive) -> dict[str, Any]:
    """Return what the query of each claim gives, by path."""
    return {claim.path: evaluate(claim.query, archive) for claim in claims}


def evaluate(query: Query, archive: Archive) -> Any:
    """Return what a query gives; None where there is nothing."""
    return _MEASURES[query.measure](query, archive)


def behind(query: Query, archive: Archive) -> list[Counted]:
    """Return the passages behind a value."""
    rows = archive.together(query.of)
    return [row for row in rows if not query.post or row.post == query.post]


def differing(claims: Iterable[Claim], counted: Mapping[str, Any]) -> list[Claim]:
    """Return the claims of which something else was counted."""
    return [claim for claim in claims if not _same(claim.value, counted[claim.path])]


def _same(stated: Any, counted: Any) -> bool:
    return bool(stated == counted) or (stated != stated and counted != counted)


def people(rows: Rows) -> int:
    """Count the distinct people of passages."""
    return len({row.person for row in rows})


def _accounts(query: Query, archive: Archive) -> int | None:
    rows = archive.together(query.of)
    accounts = len({row.account for row in rows})
    return accounts if accounts > people(rows) else None


def _share(query: Query, archive: Archive) -> float:
    rows = archive.together(query.of)
    inside = sum(row.topic is not None for row in rows)
    return round(inside / len(rows), 4) if rows else 0.0


def _few(query: Query, archive: Archive) -> int:
    return sum(people(archive.of(scope)) < archive.min_people for scope in query.of)


def _newest(query: Query, archive: Archive) -> datetime | None:
    found = [row.at for row in archive.together(query.of)]
    at: datetime | None = max(found) if found else _stored(query, archive)
    return at


def _quote(query: Query, archive: Archive) -> str | None:
    """Return the words if they stand in their post, and the post behind the item."""
    post = archive.posts.get(query.post)
    if post is None or query.words not in post.text:
        return None
    held = {row.post for row in archive.together(query.of)}
    return query.words if post.id in held else None


def _stored(query: Query, archive: Archive) -> Any:
    table, name, value = _parted(query.row)
    row = archive.told.get(table, {}).get(name)
    if table == "pull":
        told = (row or {}).get(value, 0)
        return round(told, 1) if value == "waited_s" else told
    if row is None:
        return None
    if table == "signal" and value.startswith("traits/"):
        return _trait(row["traits"], value.removeprefix("traits/"))
    if value.startswith("parts/"):
        return row["parts"].get(value.removeprefix("parts/"))
    if value == "score":
        return round(row["score"], 1)
    return datetime.fromisoformat(row[value]) if value == "born_at" else row.get(value)


def _parted(row: str) -> tuple[str, str, str]:
    """Part the name of a stored value; names of sources may hold slashes."""
    table, _, rest = row.partition("/")
    for inner in ("parts", "traits"):
        name, found, value = rest.partition(f"/{inner}/")
        if found and table != "pull":
            return table, name, f"{inner}/{value}"
    name, _, value = rest.rpartition("/")
    return table, name, value


def _trait(traits: Sequence[Mapping[str, Any]], named: str) -> list[Any] | None:
    for trait in traits:
        if f"{trait['kind']}/{trait['name']}" == named:
            return [trait[name] for name in ("kind", "name", "people", "of", "times")]
    return None


def _before(query: Query, archive: Archive) -> Any:
    subject, _, name = query.row.rpartition("/")
    if subject not in archive.before:
        return None
    section, place, item = archive.before[subject]
    return {
        "section_before": section, "place_before": place,
        "people_before": item.people, "score_before": item.score,
    }[name]  # fmt: skip


def _pulse(query: Query, archive: Archive) -> Any:
    if archive.pulse is None:
        return None
    key, _, name = query.row.partition("/")
    if key != WAITS:
        figures = {figure.key: figure for figure in archive.pulse.figures}
        return part_of(figures[key], name) if key in figures else None
    topic, _, name = name.rpartition("/")
    rows = {one.topic_id or OTHER: one for one in archive.pulse.waiting}
    return part_of(rows[topic], name) if topic in rows else None


def _judged(query: Query, archive: Archive) -> Any:
    kind, _, name = query.row.partition("/")
    found = {one.kind: one for one in archive.judged}
    return part_of(found[kind], name) if kind in found else None


_MEASURES = {
    "people": lambda query, archive: people(archive.together(query.of)),
    "accounts": _accounts,
    "posts": lambda query, archive: len({row.post for row in archive.together(query.of)}),
    "topics": lambda query, archive: len({row.topic for row in archive.together(query.of)}),
    "share": _share,
    "few": _few,
    "newest": _newest,
    "stored": _stored,
    "quote": _quote,
    "before": _before,
    "pulse": _pulse,
    "judged": _judged,
}
