"""What each passage was counted for, night by night, so that an old digest can be counted again.

A row says of a passage, by its post and its place in it, to which topic it belonged and whether
it was counted, from one night on until another. It goes with its post, and an edit leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Float,
    Select,
    Subquery,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from insights.corpus import Counted
from insights.store import posts
from insights.store import tables as t
from insights.store.columns import Utc
from insights.store.rows import pieces

NOISE = 0.5
"""From this score of any kind of noise on, a passage is not counted."""
COORDINATED = "coordinated"
Key = tuple[int, int]


def take(
    connection: Connection, as_of: datetime, *, since: datetime, post_ids: Iterable[str] = ()
) -> None:
    """Write down what holds now, for the night of `as_of`, of what was written from `since` on.

    Read from passages, assignments and signals as they are stored; so are the posts that are
    named. What a night wrote of itself before is written over.
    """
    p, m, now = t.post.c, t.membership.c, _standing(connection)
    keys = list(posts.keys_of(connection, post_ids).values())
    same = and_(now.c.post_id == m.post_id, now.c.position == m.position)
    holds = and_(same, now.c.topic_id.is_not_distinct_from(m.topic_id), now.c.counted == m.counted)
    stretch = (p.created_at >= since, p.created_at < as_of)
    for which in (stretch, *((p.created_at < since, p.id.in_(piece)) for piece in pieces(keys))):
        mine = select(p.id).where(*which)
        over = and_(m.until_at.is_(None), m.post_id.in_(mine), ~exists().where(holds))
        # What began this very night has never held.
        connection.execute(delete(t.membership).where(over, m.since_at >= as_of))
        connection.execute(update(t.membership).where(over).values(until_at=as_of))
        held = exists().where(same, m.until_at.is_(None)).correlate(now)
        fresh = select(now, literal(as_of, Utc)).where(now.c.post_id.in_(mine), ~held)
        columns = [*now.c.keys(), "since_at"]
        connection.execute(insert(t.membership).from_select(columns, fresh))


def rows(
    connection: Connection,
    as_of: datetime,
    *,
    since: datetime,
    post_ids: Iterable[str] = (),
    linked_by: datetime | None = None,
) -> list[Counted]:
    """Return the passages that the night of `as_of` counted and whose posts still exist.

    Of what was written from `since` on, and of the posts that are named. Accounts that were
    linked after `linked_by` count as people of their own.
    """
    keys = list(posts.keys_of(connection, post_ids).values())
    p, m, link = t.post.c, t.membership.c, t.account.c
    linked = link.author == p.author
    if linked_by is not None:
        linked = and_(linked, link.at <= linked_by)
    query = (
        select(
            *p["id", "source", "native_id", "author", "version", "created_at"],
            *(m.position, m.topic_id, m.counted, link.person),
        )
        .join(t.membership, m.post_id == p.id)
        .outerjoin(t.account, linked)
        .where(m.since_at <= as_of, m.until_at.is_(None) | (m.until_at > as_of))
    )
    found: dict[Key, Counted] = {}
    for part in _both(query, as_of, since, keys):
        for key, source, native, author, version, at, place, topic, counted, person in (
            connection.execute(part)
        ):  # fmt: skip
            account = author or f"post {key}"
            found[key, place] = Counted(
                f"{source}:{native}", place, person or account, account, source, version, at,
                topic, counted,
            )  # fmt: skip
    return list(found.values())


def verbatim(connection: Connection, rows: Iterable[Counted]) -> dict[tuple[str, int], str]:
    """Return the verbatim words of passages that still exist, by post and position."""
    wanted = {(row.post, row.position) for row in rows}
    named = {key: post for post, key in posts.keys_of(connection, {p for p, _ in wanted}).items()}
    c = t.passage.c
    found = {}
    for piece in pieces(named):
        query = select(c.post_id, c.position, c.start, c.end, t.post.c.text)
        query = query.join(t.post, t.post.c.id == c.post_id).where(c.post_id.in_(piece))
        for key, position, start, end, text in connection.execute(query):
            if (named[key], position) in wanted:
                found[named[key], position] = text[start:end]
    return found


def newest(connection: Connection, source: str, as_of: datetime) -> datetime | None:
    """Return the time of the latest post of a source before `as_of`."""
    p = t.post.c
    said = select(t.passage.c.post_id).where(t.passage.c.post_id == p.id).exists()
    query = select(p.created_at).where(p.source == source, p.created_at < as_of, said)
    return connection.execute(query.order_by(p.created_at.desc()).limit(1)).scalar_one_or_none()


def _standing(connection: Connection) -> Subquery:
    """Return what passages count for as they stand: post, position, topic, and whether at all."""
    c, a = t.passage.c, t.assignment.c
    each = func.json_each if connection.dialect.name == "sqlite" else func.json_each_text
    noise = each(c.noise).table_valued("key", "value")
    noisy = exists().where(cast(noise.c.value, Float) >= NOISE).correlate(t.passage)
    # The keys stand in the statement: there may be more than it takes values.
    waved: BindParameter[Any] = bindparam(
        "waved", _waved(connection), expanding=True, literal_execute=True
    )
    return (
        select(
            c.post_id,
            c.position,
            a.topic_id,
            and_(~noisy, c.post_id.not_in(waved)).label("counted"),
        )
        .outerjoin(t.assignment, a.passage_id == c.id)
        .subquery()
    )


def _both(
    query: Select[Any], as_of: datetime, since: datetime, keys: list[int]
) -> Iterator[Select[Any]]:
    """Ask for a stretch of time, and for posts before it by their keys."""
    p = t.post.c
    yield query.where(p.created_at >= since, p.created_at < as_of)
    for piece in pieces(keys):
        yield query.where(p.created_at < since, p.id.in_(piece))


def _waved(connection: Connection) -> list[int]:
    """Return the keys of the posts of coordinated waves."""
    query = select(t.signal.c.post_ids).where(t.signal.c.kind == COORDINATED)
    named = {post for found in connection.execute(query).scalars() for post in found}
    return sorted(posts.keys_of(connection, named).values())
