"""What the page of one topic tells: its weeks, its people by source, its newest words, its past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

from insights.digest.content import Share
from insights.digest.shares import MOST, fold
from insights.models import Post
from insights.text.quote import quote

Row = Mapping[str, Any]
WEEKS = 52
QUOTES = 6
QUOTE_LENGTH = 300
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


class Words(TypedDict):
    """A post word for word, and where it is."""

    text: str
    post_id: str
    source: str
    at: datetime
    url: str | None


class Told(TypedDict):
    """What may be told of a topic; `weeks` count people, the last one until the last night."""

    topic: Row
    area: Row | None
    weeks: list[int]
    days: list[str]
    newest_at: datetime | None
    sources: list[Share]
    quotes: list[Words]
    signals: Sequence[Row]
    history: Sequence[Row]


def told(
    topic: Row,
    rows: Sequence[Row],
    *,
    history: Sequence[Row],
    signals: Sequence[Row],
    area: Row | None,
    posts: Callable[[Iterable[str]], Mapping[str, Post]],
    floor: int,
    as_of: datetime,
) -> Told:
    """Put together what is known of a topic from its counted passages, oldest first.

    Quotes are of different people, and there are none where fewer than `floor` people count.
    """
    people: dict[str, set[str]] = {}
    for row in rows:
        people.setdefault(row["source"], set()).add(row["person"])
    everybody = set().union(*people.values())
    numbers = {person: number for number, person in enumerate(sorted(everybody))}
    by_source, _ = fold(
        {name: {numbers[person] for person in who} for name, who in people.items()}, floor, MOST
    )
    weeks, days = _weeks([row for row in rows if row["created_at"] < as_of], as_of)
    return Told(
        topic=topic,
        area=area,
        weeks=weeks,
        days=days,
        newest_at=rows[-1]["created_at"] if rows else None,
        sources=[Share(name=name, people=len(who)) for name, who in by_source.items()],
        quotes=_quotes(rows, posts) if len(everybody) >= floor else [],
        signals=signals,
        history=history[::-1],
    )


def _weeks(rows: Sequence[Row], end: datetime) -> tuple[list[int], list[str]]:
    """Count people a week until `end`, oldest first, from the first week on that has any."""
    people: dict[int, set[str]] = {}
    for row in rows:
        back = int((end - row["created_at"]) / WEEK)
        if back < WEEKS:
            people.setdefault(back, set()).add(row["person"])
    order = range(max(people, default=-1), -1, -1)
    days = [f"{end - back * WEEK - DAY:%-d %b}" for back in order]
    return [len(people.get(back, ())) for back in order], days


def _quotes(
    rows: Sequence[Row], posts: Callable[[Iterable[str]], Mapping[str, Post]]
) -> list[Words]:
    newest: dict[str, Row] = {}
    for row in reversed(rows):
        newest.setdefault(row["person"], row)
    wanted = list(newest.values())[: 2 * QUOTES]
    held = posts([row["post_id"] for row in wanted])
    found: list[Words] = []
    for row in wanted:
        post = held.get(row["post_id"])
        span = quote(post.text, row["text"], limit=QUOTE_LENGTH) if post else None
        if post and span and len(found) < QUOTES:
            found.append(
                Words(
                    text=post.text[slice(*span)], post_id=post.id, source=post.source,
                    at=post.created_at, url=post.url,
                )
            )  # fmt: skip
    return found
