"""What a digest claims: each number and each quote, with the query that gives it again.

Nothing is counted here. `of` lists what a digest states as (path, value, query); paths are stable
names such as `people`, `areas/A1/posts` or `items/emerging-S4/weeks/7`, which links and commands
use. What the queries are about is kept beside the digest, as its `Evidence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from insights.corpus import Corpus
from insights.digest.content import Digest, Item, Share
from insights.digest.moves import about as subject
from insights.digest.moves import items
from insights.digest.part import Part
from insights.digest.query import Claim, Evidence, Measure, Query, Scope
from insights.models import OF_A_TOPIC, WAITING, Insight

SPLITS = {"by_source": "source", "by_version": "version", "by_segment": "segment"}
"""The splits of an item, each by what it parts people."""
STOOD = ("people_before", "score_before", "place_before", "section_before")
FIGURE = (
    "value", "of", "before/value", "before/now", "quarter/value", "quarter/now", "past", "usual",
    "moved",
)  # fmt: skip
"""What is told of a figure of the community's health."""
VERDICTS = ("judged", "useful", "not_useful", "wrong", "useful_between", "wrong_between")
SAID = {"asks_for": "asks_for", "fails": "fails", "conditions": "condition"}
"""What people say in the same words, each with the facts of passages that hold it."""
PULLED = ("pulls", "failed", "new", "changed", "deleted", "skipped", "requests", "waited_s")
WEEKS = 8
"""How many weeks of an item are told."""
OTHER = "other"
WAITS = "topics that wait"
"""Begins the row of people who wait for an answer: no figure is called so."""


def evidence(
    digest: Digest,
    corpus: Corpus,
    insights: Sequence[Insight],
    area_of: Mapping[int, str],
    segments: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> Evidence:
    """Return what `digest`, composed of these insights, is about."""
    shown = {item.id for item in items(digest)}
    scopes = {i.id: _scope(corpus, i, days(digest)) for i in insights}
    areas: dict[str, list[str]] = {area.id: [] for area in digest.areas}
    for number, area in sorted(area_of.items()):
        if area in areas:
            areas[area].append(f"T{number}")
    return Evidence(
        items={i.id: scopes[i.id] for i in insights if i.id in shown},
        watched=tuple(scopes[i.id] for i in insights if i.people < digest.min_people),
        areas={area: tuple(topics) for area, topics in areas.items()},
        segments={name: tuple(values) for name, values in segments.items()},
    )


def _scope(corpus: Corpus, insight: Insight, period: float) -> Scope:
    since = None if insight.kind in WAITING else period
    if insight.signal is None or insight.kind in OF_A_TOPIC:
        topics = (insight.topic.id,) if insight.topic else ()
        return Scope(since=since, topics=topics)
    posts = sorted(set(corpus.post_ids[insight.all_rows].tolist()))
    return Scope(since=since, posts=tuple(posts))


def days(digest: Digest) -> float:
    """Return how many days the digest looks back on."""
    return (digest.period.end - digest.period.start).total_seconds() / 86400.0


def of(digest: Digest, about: Evidence) -> tuple[Claim, ...]:
    """Return everything that a digest states and that can be counted again."""
    period = days(digest)
    now = Scope(since=period, counted=False)
    before = now.model_copy(update={"since": 2 * period, "until": period})
    stated = (
        *_header(digest, about, now, before),
        *_sources(digest, now, before),
        *_areas(digest, about, now, before),
        *_pulse(digest),
        *_judged(digest),
        *(
            claim
            for item in items(digest)
            if item.id in about.items
            for claim in _item(item, about.items[item.id], period)
        ),
    )
    if about.kept_since is None:
        return stated
    kept = (digest.as_of - about.kept_since) / timedelta(days=1)
    return tuple(
        claim
        for claim in stated
        if claim.query.measure != "pulse"
        if all(scope.since is not None and scope.since < kept for scope in claim.query.of)
    )


def _claim(path: str, value: Any, measure: Measure, *scopes: Scope, **more: str) -> Claim:
    return Claim(path=path, value=value, query=Query(measure=measure, of=scopes, **more))


def _header(digest: Digest, about: Evidence, now: Scope, before: Scope) -> Iterator[Claim]:
    yield _claim("posts", digest.posts, "posts", now)
    yield _claim("posts_before", digest.posts_before, "posts", before)
    yield _claim("people", digest.people, "people", now)
    yield _claim("people_before", digest.people_before, "people", before)
    yield _claim("accounts", digest.accounts, "accounts", now)
    yield _claim("coverage", digest.coverage, "share", now)
    yield _claim("watched", digest.watched, "few", *about.watched)
    yield _claim("watched_people", digest.watched_people, "people", *about.watched)


def _sources(digest: Digest, now: Scope, before: Scope) -> Iterator[Claim]:
    for source in digest.sources:
        path = f"sources/{source.name}"
        mine: dict[str, Any] = {"by": "source", "named": (source.name,)}
        current, earlier = now.model_copy(update=mine), before.model_copy(update=mine)
        yield _claim(f"{path}/posts", source.posts, "posts", current)
        yield _claim(f"{path}/posts_before", source.posts_before, "posts", earlier)
        newest = f"source/{source.name}/newest_at"
        yield _claim(f"{path}/newest_at", source.newest_at, "newest", current, earlier, row=newest)
        for name in PULLED:
            row = f"pull/{source.name}/{name}"
            yield _claim(f"{path}/{name}", getattr(source, name), "stored", row=row)


def _areas(digest: Digest, about: Evidence, now: Scope, before: Scope) -> Iterator[Claim]:
    for area in digest.areas:
        path, mine = f"areas/{area.id}", {"counted": True, "topics": about.areas.get(area.id, ())}
        current, earlier = now.model_copy(update=mine), before.model_copy(update=mine)
        yield _claim(f"{path}/topics", area.topics, "topics", current)
        yield _claim(f"{path}/people", area.people, "people", current)
        yield _claim(f"{path}/posts", area.posts, "posts", current)
        if area.people_before is not None:
            yield _claim(f"{path}/people_before", area.people_before, "people", earlier)
        if area.posts_before is not None:
            yield _claim(f"{path}/posts_before", area.posts_before, "posts", earlier)


def _item(item: Item, now: Scope, period: float) -> Iterator[Claim]:
    path = f"items/{item.id}"
    since = None if now.since is None else 2 * period
    before = now.model_copy(update={"since": since, "until": period})
    yield _claim(f"{path}/people", item.people, "people", now)
    yield _claim(f"{path}/people_before", item.people_before, "people", before)
    yield _claim(f"{path}/accounts", item.accounts, "accounts", now)
    yield _claim(f"{path}/posts", item.posts, "posts", now)
    for place, people in enumerate(item.weeks):
        back = 7.0 * (len(item.weeks) - place)
        week = now.model_copy(update={"since": back, "until": back - 7.0})
        yield _claim(f"{path}/weeks/{place}", people, "people", week)
    for split, column in SPLITS.items():
        yield from _split(f"{path}/{split}", getattr(item, split), now, column)
    for words, kind in SAID.items():
        for place, share in enumerate(getattr(item, words)):
            saying = now.model_copy(update={"said": kind, "words": share.name})
            yield _claim(f"{path}/{words}/{place}", share.people, "people", saying)
    yield from _stored(path, item, now)
    yield from _moved(item)
    for place, quote in enumerate(item.quotes):
        named = {"post": quote.post_id, "words": quote.text}
        yield _claim(f"{path}/quotes/{place}", quote.text, "quote", now, **named)


def _moved(item: Item) -> Iterator[Claim]:
    for name in STOOD if item.moved else ():
        row = f"{subject(item.id)}/{name}"
        path = f"items/{item.id}/moved/{name}"
        yield _claim(path, getattr(item.moved, name), "before", row=row)


def _pulse(digest: Digest) -> Iterator[Claim]:
    """Claim the figures; of who waits the people of each topic, and for how long."""
    if digest.pulse is None:
        return
    for figure in digest.pulse.figures:
        for name in FIGURE:
            row = f"{figure.key}/{name}"
            yield _claim(f"pulse/{row}", part_of(figure, name), "pulse", row=row)
    for place, waiting in enumerate(digest.pulse.waiting):
        for name in ("people", "oldest_days"):
            row = f"{WAITS}/{waiting.topic_id or OTHER}/{name}"
            yield _claim(f"pulse/waiting/{place}/{name}", getattr(waiting, name), "pulse", row=row)


def part_of(part: Part, path: str) -> Any:
    """Return what stands at a path in a part of a digest, lists for tuples."""
    found: Any = part
    for name in path.split("/"):
        found = getattr(found, name)
    return list(found) if isinstance(found, tuple) else found


def _judged(digest: Digest) -> Iterator[Claim]:
    for one in digest.judged:
        for name in VERDICTS:
            row = f"{one.kind}/{name}"
            yield _claim(f"judged/{row}", part_of(one, name), "judged", row=row)


def _split(path: str, shares: Sequence[Share], now: Scope, column: str) -> Iterator[Claim]:
    """Claim each share; the last may hold all others together, as `shares.split` folds them."""
    names = tuple(share.name for share in shares)
    folded = len(shares) > 0 and names[-1] == OTHER
    for place, share in enumerate(shares):
        rest = folded and place == len(shares) - 1
        named = names[:-1] if rest else (share.name,)
        part = now.model_copy(update={"by": column, "named": named, "rest": rest})
        yield _claim(f"{path}/{place}", share.people, "people", part)


def _stored(path: str, item: Item, now: Scope) -> Iterator[Claim]:
    row = f"insight/{item.id}"
    yield _claim(f"{path}/born_at", item.born_at, "stored", now, row=f"{row}/born_at")
    yield _claim(f"{path}/score", item.score, "stored", now, row=f"{row}/score")
    for name, value in item.parts.items():
        yield _claim(f"{path}/parts/{name}", value, "stored", now, row=f"{row}/parts/{name}")
    if item.observed is None:
        return
    signal = f"signal/{item.id}"
    for name in ("observed", "expected", "q", "why"):
        value = getattr(item, name)
        yield _claim(f"{path}/{name}", value, "stored", now, row=f"{signal}/{name}")
    for place, trait in enumerate(item.where):
        told = [trait.kind, trait.name, trait.people, trait.of, trait.times]
        stands = f"{signal}/traits/{trait.kind}/{trait.name}"
        yield _claim(f"{path}/where/{place}", told, "stored", now, row=stands)
