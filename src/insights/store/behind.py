"""The posts behind each item of the last digests, by which the next one says why it moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, insert, select

from insights.store import tables as t
from insights.store.rows import pieces


def save(connection: Connection, digest_id: str, posts: Mapping[str, Iterable[str]]) -> None:
    """Note the posts behind the items of a digest, by item; earlier digests' are forgotten.

    Of the digest before this one they stay, so that this one can be made again.
    """
    held = t.item_post.c.digest_id
    connection.execute(delete(t.item_post).where(held == digest_id))
    last = connection.execute(select(func.max(held)).where(held < digest_id)).scalar_one()
    if last is not None:
        connection.execute(delete(t.item_post).where(held < last))
    ids = _numbers(connection, {post for each in posts.values() for post in each})
    rows = [
        {"digest_id": digest_id, "item_id": item_id, "post_id": ids[post]}
        for item_id, each in posts.items()
        for post in sorted(set(each))
        if post in ids
    ]
    if rows:
        connection.execute(insert(t.item_post), rows)


def posts_of(connection: Connection, digest_id: str) -> dict[str, frozenset[str]]:
    """Return the posts behind the items of a digest that still exist, by item."""
    held = t.item_post.c
    query = (
        select(held.item_id, t.post.c.source, t.post.c.native_id)
        .join(t.post, t.post.c.id == held.post_id)
        .where(held.digest_id == digest_id)
    )
    found: dict[str, set[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.item_id, set()).add(f"{row.source}:{row.native_id}")
    return {item_id: frozenset(posts) for item_id, posts in found.items()}


def newest(connection: Connection) -> int:
    """Return the number of the post that was stored last, 0 where there is none."""
    return connection.execute(select(func.max(t.post.c.id))).scalar_one() or 0


def stored_since(connection: Connection, number: int, posts: Iterable[str]) -> frozenset[str]:
    """Return those of some posts that were stored after the post of this number."""
    found = _numbers(connection, posts)
    return frozenset(post for post, mine in found.items() if mine > number)


def _numbers(connection: Connection, posts: Iterable[str]) -> dict[str, int]:
    by_source: dict[str, list[str]] = {}
    for post in posts:
        source, _, native_id = post.partition(":")
        by_source.setdefault(source, []).append(native_id)
    found: dict[str, int] = {}
    for source, native_ids in by_source.items():
        for piece in pieces(native_ids):
            c = t.post.c
            query = select(c.id, c.native_id).where(c.source == source, c.native_id.in_(piece))
            found.update((f"{source}:{row.native_id}", row.id) for row in connection.execute(query))
    return found
