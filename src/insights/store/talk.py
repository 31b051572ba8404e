"""Who wrote when and in answer to whom: what the health of a community is measured on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select, true

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


By = datetime | None


def posts(
    connection: Connection, start: datetime, end: datetime, known_by: By = None
) -> Sequence[Any]:
    """Return the posts with start <= time < end by time, source and native id.

    Rows are of COLUMNS: `person` and `account` are None where the author is not known, `asks` is
    0..1, `mood` -1..1, both None if nothing was read; `machine` marks posts of bots, and spam.
    With `known_by`, what came later, and accounts that were linked later, are left out, as
    everywhere here.
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
        .outerjoin(t.account, _linked(known_by))
        .outerjoin(read, read.c.post_id == p.id)
        .where(inside, _came(known_by))
        .order_by(p.created_at, p.source, p.native_id)
    )
    return connection.execute(query).all()


def _came(known_by: By) -> Any:
    c = t.post.c.came_at
    return true() if known_by is None else or_(c.is_(None), c <= known_by)


def _linked(known_by: By) -> Any:
    same = t.account.c.author == t.post.c.author
    return same if known_by is None else and_(same, t.account.c.at <= known_by)


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


def newcomers(
    connection: Connection, start: datetime, end: datetime, known_by: By = None
) -> dict[str, datetime]:
    """Return when each person wrote first, of those who had not written before `start`."""
    p = t.post.c
    who = func.coalesce(t.account.c.person, p.author)
    first = func.min(p.created_at)
    query = (
        select(who.label("person"), first.label("at"))
        .outerjoin(t.account, _linked(known_by))
        .where(p.author.is_not(None), p.created_at < end, _came(known_by))
        .group_by(who)
        .having(first >= start)
    )
    return {row.person: row.at for row in connection.execute(query)}


def begun(connection: Connection, known_by: By = None) -> dict[str, datetime]:
    """Return when the first post of each source was written."""
    query = select(t.post.c.source, func.min(t.post.c.created_at).label("at"))
    query = query.where(_came(known_by)).group_by(t.post.c.source)
    return {row.source: row.at for row in connection.execute(query)}


def older_threads(
    connection: Connection, start: datetime, known_by: By = None
) -> set[tuple[str, str]]:
    """Return source and name of the threads that were going on before `start`."""
    p = t.post.c
    later = select(p.source, p.thread_id).where(p.created_at >= start, p.thread_id.is_not(None))
    later_threads = later.distinct().subquery()
    same = and_(p.source == later_threads.c.source, p.thread_id == later_threads.c.thread_id)
    query = select(p.source, p.thread_id).join(later_threads, same).where(p.created_at < start)
    query = query.where(_came(known_by))
    return {(row.source, row.thread_id) for row in connection.execute(query.distinct())}


def topics_of(
    connection: Connection,
    post_keys: Iterable[int],
    *,
    night: datetime | None = None,
    told: Set[str] = frozenset(),
) -> dict[int, tuple[str, str]]:
    """Return id and title of the topic of each of these posts that is in an active one.

    Of a `night` it is the topic to which the post belonged then; one that was `told` counts
    whatever became of it.
    """
    found: dict[int, tuple[str, str]] = {}
    m = t.membership.c
    for piece in pieces(post_keys):
        if night is None:
            at, topic = t.passage, t.assignment.c.topic_id
            joined = at.join(t.assignment, t.assignment.c.passage_id == at.c.id)
            query = select(at.c.post_id, t.topic.c.id, t.topic.c.title).select_from(
                joined.join(t.topic, t.topic.c.id == topic)
            )
        else:
            at = t.membership
            query = select(at.c.post_id, t.topic.c.id, t.topic.c.title).select_from(
                at.join(t.topic, t.topic.c.id == m.topic_id)
            )
            query = query.where(m.since_at <= night, m.until_at.is_(None) | (m.until_at > night))
        query = query.where(
            at.c.post_id.in_(piece), or_(t.topic.c.status == "active", t.topic.c.id.in_(told))
        ).order_by(at.c.post_id, at.c.position.desc())
        found.update((row.post_id, (row.id, row.title)) for row in connection.execute(query))
    return found
