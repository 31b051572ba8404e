"""Who wrote when and in answer to whom: what the health of a community is measured on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from insights.store import tables as t
from insights.store.rows import pieces

NOISE = 0.5
STAFF = {
    "staff": ("true",),
    "role": ("staff", "admin", "employee"),
    "association": ("OWNER", "MEMBER", "COLLABORATOR"),
}
"""Values of attributes by which a source says that an author belongs to the team."""

COLUMNS = (
    "id", "source", "person", "account", "thread_id", "is_reply", "created_at", "staff", "asks",
    "mood", "machine",
)  # fmt: skip
"""What is told of a post, in this order."""


def posts(connection: Connection, start: datetime, end: datetime) -> Sequence[Any]:
    """Return the posts with start <= time < end by time, source and native id.

    Rows are of COLUMNS: `person` and `account` are None where the author is not known, `asks` is
    0..1, `mood` -1..1, both None if nothing was read; `machine` marks posts of bots, and spam.
    """
    p = t.post.c
    inside = (p.created_at >= start) & (p.created_at < end)
    read = _read(inside)
    query = (
        select(
            p.id,
            p.source,
            func.coalesce(t.account.c.person, p.author).label("person"),
            p.author.label("account"),
            p.thread_id,
            p.parent_id.is_not(None).label("is_reply"),
            p.created_at,
            _staff().label("staff"),
            *read.c["asks", "mood", "machine"],
        )
        .outerjoin(t.account, t.account.c.author == p.author)
        .outerjoin(read, read.c.post_id == p.id)
        .where(inside)
        .order_by(p.created_at, p.source, p.native_id)
    )
    return connection.execute(query).all()


def _read(inside: Any) -> Any:
    """What was read from the passages of posts."""
    c = t.passage.c
    intent = {name: c.intents[name].as_float() for name in ("question", "praise", "problem")}
    machine = [func.coalesce(c.noise[name].as_float(), 0.0) for name in ("bot", "spam")]
    return (
        select(
            c.post_id,
            func.max(intent["question"]).label("asks"),
            func.avg(intent["praise"] - intent["problem"]).label("mood"),
            func.max(case((or_(*(score >= NOISE for score in machine)), 1), else_=0)).label(
                "machine"
            ),
        )
        .join(t.post, t.post.c.id == c.post_id)
        .where(inside)
        .group_by(c.post_id)
        .subquery()
    )


def _staff() -> Any:
    about = t.post.c.attributes
    said = or_(*(about[name].as_string().in_(values) for name, values in STAFF.items()))
    return func.coalesce(said, False)


def newcomers(connection: Connection, start: datetime, end: datetime) -> dict[str, datetime]:
    """Return when each person wrote first, of those who had not written before `start`."""
    p = t.post.c
    who = func.coalesce(t.account.c.person, p.author)
    first = func.min(p.created_at)
    query = (
        select(who.label("person"), first.label("at"))
        .outerjoin(t.account, t.account.c.author == p.author)
        .where(p.author.is_not(None), p.created_at < end)
        .group_by(who)
        .having(first >= start)
    )
    return {row.person: row.at for row in connection.execute(query)}


def begun(connection: Connection) -> dict[str, datetime]:
    """Return when the first post of each source was written."""
    query = select(t.post.c.source, func.min(t.post.c.created_at).label("at")).group_by(
        t.post.c.source
    )
    return {row.source: row.at for row in connection.execute(query)}


def older_threads(connection: Connection, start: datetime) -> set[tuple[str, str]]:
    """Return source and name of the threads that were going on before `start`."""
    p = t.post.c
    later = select(p.source, p.thread_id).where(p.created_at >= start, p.thread_id.is_not(None))
    later_threads = later.distinct().subquery()
    same = and_(p.source == later_threads.c.source, p.thread_id == later_threads.c.thread_id)
    query = select(p.source, p.thread_id).join(later_threads, same).where(p.created_at < start)
    return {(row.source, row.thread_id) for row in connection.execute(query.distinct())}


def topics_of(connection: Connection, post_keys: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return id and title of the topic of each of these posts that is in an active one."""
    found: dict[int, tuple[str, str]] = {}
    for piece in pieces(post_keys):
        query = (
            select(t.passage.c.post_id, t.topic.c.id, t.topic.c.title)
            .join(t.assignment, t.assignment.c.passage_id == t.passage.c.id)
            .join(t.topic, t.topic.c.id == t.assignment.c.topic_id)
            .where(t.passage.c.post_id.in_(piece), t.topic.c.status == "active")
            .order_by(t.passage.c.post_id, t.passage.c.position.desc())
        )
        found.update((row.post_id, (row.id, row.title)) for row in connection.execute(query))
    return found
