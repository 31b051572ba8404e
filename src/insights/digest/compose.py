"""Composes a digest from stored facts: same facts, same digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from insights.corpus import EPOCH, Corpus, day_of
from insights.digest import changes, health, moves, shares, vital, wording
from insights.digest.choice import URGENT, choose, weeks
from insights.digest.content import (
    AreaCount,
    Digest,
    Item,
    Period,
    Quote,
    Share,
    SourceHealth,
    name,
)
from insights.digest.facts import Facts
from insights.digest.linked import Issues, next_step
from insights.digest.said import most_said, phrases
from insights.digest.sections import placed
from insights.models import Insight, Post

Role = Literal["typical", "newest", "dissenting"]
STATUS = {
    "raised": "new", "growing": "growing", "peaked": "steady", "cooling": "cooling",
    "returned": "returned", "closed": "quiet",
}  # fmt: skip
"""What the life of a signal is called in a digest."""


def compose(facts: Facts) -> Digest:
    """Return the digest of the period that ends at `facts.as_of`."""
    length = timedelta(days=facts.options.period_days)
    period = Period(start=facts.as_of - length, end=facts.as_of)
    earlier = Period(start=period.start - length, end=period.start)
    now, then = _rows(facts.corpus, period), _rows(facts.corpus, earlier)
    shown = [i for i in facts.insights if i.people >= facts.options.min_people]
    watched = [i for i in facts.insights if i.people < facts.options.min_people]
    sections = _sections(facts, shown)
    digest = Digest(
        id=name(facts.as_of, facts.audience),
        run_id=facts.run_id,
        community=" · ".join(filter(None, (facts.community, facts.audience))),
        audience=facts.audience,
        pages=(facts.options.base_url or "").rstrip("/") or None,
        as_of=facts.as_of,
        period=period,
        compared_with=earlier,
        headline="",
        posts=_posts(facts.corpus, now),
        posts_before=_posts(facts.corpus, then),
        people=_people(facts.corpus, now),
        people_before=_people(facts.corpus, then),
        accounts=_accounts(facts.corpus, now),
        sources=tuple(_source(facts, row, now, then) for row in facts.sources),
        coverage=_coverage(facts.corpus, now),
        versions=dict(sorted(facts.versions.items())),
        sentences=(),
        watched=len(watched),
        watched_people=len(
            np.unique(facts.corpus.people[_joined([insight.rows for insight in watched])])
        ),
        min_people=facts.options.min_people,
        warming=tuple(facts.warming),
        gaps=tuple(facts.gaps),
        areas=_areas(facts, now, then),
        pulse=facts.pulse(facts.options.min_people) if facts.pulse else None,
        judged=tuple(facts.judged),
    )
    digest = placed(digest.model_copy(update=sections))
    digest = moves.told(digest, facts.then, facts.corpus, shown)
    return digest.model_copy(
        update={
            "headline": wording.headline(digest),
            "sentences": wording.sentences(digest),
            "changes": changes.since(
                facts.before, digest, facts.events, facts.insights, facts.closed, facts.linked
            ),
            "not_seen": (*wording.not_seen(digest, facts.waves), *facts.notes),
            "method": (
                *wording.method(digest, _worded(facts, shown), facts.attributions),
                *vital.precision(digest.judged),
            ),
        }
    )


def _areas(facts: Facts, now: NDArray[np.int64], then: NDArray[np.int64]) -> tuple[AreaCount, ...]:
    floor = facts.options.min_people
    return shares.by_area(facts.corpus, now, then, facts.areas, facts.area_of, floor)


def _worded(facts: Facts, shown: Sequence[Insight]) -> dict[str, str]:
    titles = {insight.title for insight in shown}
    return {title: model for title, model in facts.worded.items() if title in titles}


def _sections(facts: Facts, shown: Sequence[Insight]) -> dict[str, tuple[Item, ...]]:
    chosen = choose(facts.corpus, shown)
    wanted = {row for insights in chosen.values() for i in insights for row in _quotable(facts, i)}
    posts = facts.posts(facts.corpus.post_ids[sorted(wanted)].tolist())
    rows = _joined([i.rows for insights in chosen.values() for i in insights])
    said = facts.said(np.unique(facts.corpus.passage_ids[rows]).tolist())
    return {
        name: tuple(_item(facts, insight, posts, said) for insight in insights)
        for name, insights in chosen.items()
    }


def _item(
    facts: Facts,
    insight: Insight,
    posts: Mapping[str, Post],
    said: Mapping[int, Mapping[str, Any]],
) -> Item:
    corpus, signal = facts.corpus, insight.signal
    issues = facts.issues.get(insight.id, Issues())

    def words(*kinds: str) -> tuple[Share, ...]:
        told = phrases(corpus, insight.rows, said, kinds[0]) if insight.kind in kinds[1:] else ()
        return most_said(told, facts.stop_words(), floor=facts.options.min_people)

    return Item(
        id=insight.id,
        kind=insight.kind,
        title=insight.title,
        status=_status(insight, facts.as_of),
        born_at=insight.born_at,
        age_days=max(0, (facts.as_of - insight.born_at).days),
        people=insight.people,
        people_before=insight.people_before,
        accounts=_accounts(corpus, insight.rows),
        posts=_posts(corpus, insight.rows),
        observed=signal.observed if signal else None,
        expected=signal.expected if signal else None,
        q=signal.q if signal else None,
        why=signal.why if signal else "",
        where=shares.where(signal.traits, facts.options.min_people) if signal else (),
        weeks=weeks(corpus, insight.all_rows, day_of(facts.as_of)),
        by_source=shares.split(corpus, insight.rows, corpus.sources, facts.options.min_people),
        by_version=shares.split(corpus, insight.rows, corpus.versions, facts.options.min_people),
        by_segment=shares.by_segment(corpus, insight.rows, facts.options.min_people),
        asks_for=words("asks_for", "request", "momentum", *URGENT),
        fails=words("fails", "problem", *URGENT),
        conditions=words("condition", "problem", *URGENT),
        score=round(insight.score, 1),
        parts=dict(insight.parts),
        quotes=_quotes(facts, insight, posts),
        keywords=insight.topic.keywords[:5] if insight.topic else (),
        linked=issues.told,
        links=issues.links,
        next_step=next_step(insight, issues, wording.next_step(insight)),
        topic_id=insight.topic.id if insight.topic else None,
    )


def _quotable(facts: Facts, insight: Insight) -> list[int]:
    """Return candidates for quotes: central ones first, then the newest, then the odd one out."""
    rows = insight.rows if facts.voices is None else insight.rows[facts.voices[insight.rows]]
    if not len(rows):
        return []
    vectors = facts.corpus.vectors[rows]
    nearness = vectors @ vectors.mean(axis=0)
    order = rows[np.argsort(-nearness, kind="stable")]
    central = order[: max(1, len(order) // 2)]
    return [*order[:3].tolist(), *central[np.argsort(central)][-3:].tolist(), int(order[-1])]


def _quotes(facts: Facts, insight: Insight, posts: Mapping[str, Post]) -> tuple[Quote, ...]:
    """Quote up to three different people, each word for word from a post that still exists."""
    candidates = _quotable(facts, insight)
    roles: tuple[tuple[Role, list[int]], ...] = (
        ("typical", candidates[:3]),
        ("newest", candidates[3:-1][::-1]),
        ("dissenting", candidates[-1:]),
    )
    quotes: list[Quote] = []
    quoted: set[int] = set()
    for role, rows in roles:
        for row in rows:
            person = int(facts.corpus.people[row])
            post = posts.get(str(facts.corpus.post_ids[row]))
            span = facts.quote(post.text, str(facts.corpus.texts[row])) if post else None
            if post is None or span is None or person in quoted:
                continue
            quoted.add(person)
            quotes.append(
                Quote(
                    role=role,
                    text=post.text[slice(*span)],
                    post_id=post.id,
                    source=post.source,
                    at=post.created_at,
                    url=post.url,
                )
            )
            break
    return tuple(quotes)


def _status(insight: Insight, as_of: datetime) -> str:
    told = STATUS[insight.signal.status] if insight.signal else ""
    if as_of - insight.born_at < timedelta(days=2) and told in ("", "steady"):
        return "new"  # what was most on its first night is not steady on its second
    if told:
        return told
    if insight.people > 1.3 * insight.people_before + 1:
        return "growing"
    return "cooling" if insight.people < 0.7 * insight.people_before - 1 else "steady"


def _source(
    facts: Facts, row: Mapping[str, Any], now: NDArray[np.int64], then: NDArray[np.int64]
) -> SourceHealth:
    mine = facts.corpus.sources == row["name"]
    days = facts.corpus.days[mine]
    return health.of_source(
        row,
        [pull for pull in facts.pulls if pull["source"] == row["name"]],
        posts=_posts(facts.corpus, now[mine[now]]),
        posts_before=_posts(facts.corpus, then[mine[then]]),
        newest_at=EPOCH + timedelta(days=float(days[-1])) if len(days) else None,
        last_success_at=facts.last_success.get(row["name"]),
    )


def _rows(corpus: Corpus, period: Period) -> NDArray[np.int64]:
    found = corpus.between(day_of(period.start), day_of(period.end))
    return np.arange(found.start, found.stop)


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _posts(corpus: Corpus, rows: NDArray[np.int64]) -> int:
    return len(set(corpus.post_ids[rows]))


def _people(corpus: Corpus, rows: NDArray[np.int64]) -> int:
    return len(np.unique(corpus.people[rows]))


def _accounts(corpus: Corpus, rows: NDArray[np.int64]) -> int | None:
    """Count accounts, each a person of its own, where that are more than people."""
    accounts = len(np.unique(corpus.accounts[rows]))
    return accounts if accounts > _people(corpus, rows) else None


def _coverage(corpus: Corpus, rows: NDArray[np.int64]) -> float:
    return round(float((corpus.topics[rows] >= 0).mean()), 4) if len(rows) else 0.0
