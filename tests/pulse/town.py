"""A small town whose people ask and answer each other, written into a real archive."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from insights.models import INTENTS, Passage, Post
from insights.store import Database, passages, posts

NIGHT = datetime(2026, 7, 6, tzinfo=UTC)
WEEK = 7.0


@dataclass(frozen=True)
class Said:
    """What somebody wrote `ago` days before NIGHT."""

    who: str | None
    ago: float
    thread: str | None = None
    reply: bool = False
    source: str = "forum"
    intents: dict[str, float] = field(default_factory=dict)
    noise: dict[str, float] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)


def asks(who: str, ago: float, thread: str, **more: Any) -> Said:
    return Said(who, ago, thread, intents={"question": 0.9}, **more)


def answers(who: str, ago: float, thread: str, **more: Any) -> Said:
    return Said(who, ago, thread, reply=True, **more)


def settle(database: Database, said: Iterable[Said]) -> None:
    """Put what was said into an archive, read and understood."""
    by_source: dict[str, list[tuple[Said, Post]]] = defaultdict(list)
    for number, one in enumerate(sorted(said, key=lambda each: -each.ago)):
        post = Post(
            source=one.source, native_id=str(number), text=f"words {number}",
            created_at=NIGHT - timedelta(days=one.ago), author=one.who, thread_id=one.thread,
            parent_id="0" if one.reply else None, attributes=one.about,
        )  # fmt: skip
        by_source[one.source].append((one, post))
    with database.write() as tx:
        for source, pairs in by_source.items():
            posts.save(tx, source, [post for _, post in pairs], NIGHT)
            keys = posts.keys_of(tx, [post.id for _, post in pairs])
            passages.save(
                tx,
                [
                    (keys[post.id], [Passage(post_id=post.id, index=0, text=post.text, start=0,
                                             end=5, normal_hash="0" * 32, noise=one.noise)])
                    for one, post in pairs
                ],
                1,
            )  # fmt: skip
        read = {
            f"{one.source}:{post.native_id}": one.intents
            for pairs in by_source.values()
            for one, post in pairs
        }
        known = list(_ids(tx))
        none = dict.fromkeys(INTENTS, 0.0)
        scores = [{**none, **read[post_id]} for _, post_id in known]
        passages.save_intents(tx, [key for key, _ in known], scores)


def _ids(tx: Any) -> Iterator[tuple[int, str]]:
    from sqlalchemy import text

    query = (
        "SELECT passage.id, post.source || ':' || post.native_id FROM passage "
        "JOIN post ON post.id = passage.post_id"
    )
    yield from tx.execute(text(query))


def weeks(
    count: int, *, seed: int = 1, people: int = 60, busy: dict[int, float] | None = None
) -> Iterator[Said]:
    """Yield `count` weeks of talk, the last one first: all alike, but for those that are `busy`.

    Each week some 40 % of `people` write; every third post asks, and most are answered in a day.
    """
    dice = random.Random(seed)
    for week in range(count):
        for number in range(people):
            if dice.random() > 0.4 * (busy or {}).get(week, 1.0):
                continue
            who, ago = f"p{number}", WEEK * week + 0.05 + dice.random() * 6.9
            if dice.random() > 0.5:
                yield Said(who, ago, intents={"praise": dice.random(), "problem": dice.random()})
                continue
            thread = f"{week}-{number}"
            yield asks(who, ago, thread)
            wait = dice.expovariate(2.0)
            if ago - wait > WEEK * week:
                yield answers(f"h{dice.randrange(12)}", ago - wait, thread)
