"""The tags of passages: written anew, and listed for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Connection, Text, bindparam, cast, select, update

from insights.models import INTENTS, Post
from insights.store import posts
from insights.store import tables as t
from insights.store.rows import dicts, pieces


def save(
    connection: Connection, tags: Mapping[int, tuple[Mapping[str, float], Mapping[str, str]]]
) -> None:
    """Replace the noise and the reasons of passages, by the ids of the passages."""
    rows = [
        {"key": key, "scores": dict(noise), "words": dict(reasons)}
        for key, (noise, reasons) in tags.items()
    ]
    if rows:
        statement = update(t.passage).where(t.passage.c.id == bindparam("key"))
        values = {
            "noise": bindparam("scores", type_=JSON),
            "reasons": bindparam("words", type_=JSON),
        }
        connection.execute(statement.values(values), rows)


def tagged(connection: Connection, keys: Iterable[int]) -> list[tuple[int, Post, dict[int, str]]]:
    """Return posts by their keys, each with the texts of its passages by passage id."""
    keys = list(dict.fromkeys(keys))
    texts: dict[int, dict[int, str]] = {key: {} for key in keys}
    for piece in pieces(keys):
        c = t.passage.c
        for row in connection.execute(select(c.id, c.post_id, c.text).where(c.post_id.in_(piece))):
            texts[row.post_id][row.id] = row.text
    return [(key, post, texts[key]) for key, post in posts.by_key(connection, keys)]


def put_off(connection: Connection, version: int) -> None:
    """Let every post that `version` prepared wait for its tags to be given anew."""
    connection.execute(update(t.post).where(t.post.c.prepared == version).values(prepared=-version))


def waiting(connection: Connection, version: int, limit: int) -> list[int]:
    """Return keys of posts whose tags wait to be given anew."""
    query = select(t.post.c.id).where(t.post.c.prepared == -version).order_by(t.post.c.id)
    return list(connection.execute(query.limit(limit)).scalars())


def done(connection: Connection, keys: Sequence[int], version: int) -> None:
    """Note that the tags of these posts are what they should be."""
    for piece in pieces(keys):
        connection.execute(update(t.post).where(t.post.c.id.in_(piece)).values(prepared=version))


def listed(connection: Connection, name: str | None, limit: int) -> list[dict[str, Any]]:
    """Return the latest tagged passages: `post_id`, `text`, `noise`, `reasons`, `original`.

    `original` is the id of the post that a copy repeats, or None.
    """
    p, first, source = t.passage, t.passage.alias(), t.post.alias()
    query = (
        select(
            (t.post.c.source + ":" + t.post.c.native_id).label("post_id"),
            *p.c["text", "noise", "reasons"],
            (source.c.source + ":" + source.c.native_id).label("original"),
        )
        .join(t.post, t.post.c.id == p.c.post_id)
        .outerjoin(t.copy, t.copy.c.passage_id == p.c.id)
        .outerjoin(first, first.c.id == t.copy.c.original_id)
        .outerjoin(source, source.c.id == first.c.post_id)
        .where(cast(p.c.noise, Text).like(f'%"{name}"%' if name else '%":%'))
        .order_by(t.post.c.created_at.desc(), p.c.id)
        .limit(limit)
    )
    return dicts(connection, query)


def override_intents(connection: Connection, keys: Sequence[int], said: Mapping[str, bool]) -> None:
    """Put what a person said in place of the intents that were read from passages of posts."""
    for piece in pieces(keys):
        query = select(t.passage.c.id, t.passage.c.intents).where(
            t.passage.c.post_id.in_(piece), t.passage.c.intents.is_not(None)
        )
        for row in connection.execute(query).all():
            scores = {
                **row.intents,
                **{name: float(said[name]) for name in INTENTS if name in said},
            }
            connection.execute(
                update(t.passage).where(t.passage.c.id == row.id).values(intents=scores)
            )


def forget_intents(connection: Connection, key: int) -> None:
    """Let the classifier read the passages of a post again."""
    connection.execute(update(t.passage).where(t.passage.c.post_id == key).values(intents=None))
