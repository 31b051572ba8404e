"""Passages, their vectors and intents: what was understood, and the archive as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    JSON,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from insights.corpus import EPOCH, Corpus, count_words
from insights.models import INTENTS, Passage
from insights.store import tables as t
from insights.store.rows import dicts, hash_text, pieces, upsert


def save(
    connection: Connection, prepared: Sequence[tuple[int, Sequence[Passage]]], version: int
) -> None:
    """Replace the passages of these posts and mark the posts as prepared by `version`.

    A passage that says what it said keeps its topic and what was read from it.
    """
    keys = [key for key, _ in prepared]
    held = _held(connection, keys)
    rows = [_row(key, passage) for key, passages in prepared for passage in passages]
    same = [
        {**row, "held": held[place][0]}
        for row in rows
        if (place := (row["post_id"], row["position"], row["text_hash"])) in held
    ]
    gone = {key for key, _ in held.values()}.difference(row["held"] for row in same)
    for piece in pieces(sorted(gone)):
        connection.execute(delete(t.passage).where(t.passage.c.id.in_(piece)))
    if same:
        renewed: dict[str, Any] = {
            name: bindparam(name) for name in ("start", "end", "normal_hash", "language")
        }
        renewed |= {name: bindparam(name, type_=JSON) for name in ("noise", "reasons")}
        statement = update(t.passage).where(t.passage.c.id == bindparam("held"))
        connection.execute(statement.values(**renewed), same)
        spoken = dict(held.values())
        anew = [row["held"] for row in same if row["language"] != spoken[row["held"]]]
        for piece in pieces(anew):  # their facts were read in another language
            again = update(t.passage).where(t.passage.c.id.in_(piece))
            connection.execute(again.values(facts_by=None))
    new = [row for row in rows if (row["post_id"], row["position"], row["text_hash"]) not in held]
    if new:
        connection.execute(insert(t.passage), new)
    for piece in pieces(keys):
        connection.execute(update(t.post).where(t.post.c.id.in_(piece)).values(prepared=version))


def _held(
    connection: Connection, keys: Sequence[int]
) -> dict[tuple[int, int, str], tuple[int, str | None]]:
    """Return id and language of the passages of these posts, by post, position and text."""
    c = t.passage.c
    found = {}
    for piece in pieces(keys):
        query = select(*c["id", "post_id", "position", "text_hash", "language"]).where(
            c.post_id.in_(piece)
        )
        for row in connection.execute(query):
            found[row.post_id, row.position, row.text_hash] = row.id, row.language
    return found


def _row(key: int, passage: Passage) -> dict[str, Any]:
    return {
        "post_id": key,
        "position": passage.index,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "text_hash": hash_text(passage.text),
        "normal_hash": passage.normal_hash,
        "noise": dict(passage.noise),
        "reasons": dict(passage.reasons),
        "language": passage.language,
    }


def without_vector(connection: Connection, model: str) -> list[tuple[str, str]]:
    """Return (hash, text) of the distinct passage texts that `model` has not embedded."""
    query = (
        select(t.passage.c.text_hash, t.passage.c.text)
        .outerjoin(t.embedding, _same_text(model))
        .where(t.embedding.c.text_hash.is_(None))
        .order_by(t.passage.c.id)
    )
    return list({row.text_hash: row.text for row in connection.execute(query)}.items())


def save_vectors(
    connection: Connection, model: str, hashes: Sequence[str], vectors: NDArray[np.float32]
) -> None:
    """Keep one vector a text and model, as float16; what is not a number becomes zero."""
    halves = np.nan_to_num(vectors.astype(np.float16), posinf=0.0, neginf=0.0)
    rows = [
        {"text_hash": text_hash, "model": model, "vector": vector.tobytes()}
        for text_hash, vector in zip(hashes, halves, strict=True)
    ]
    upsert(connection, t.embedding, rows)


def without_intents(
    connection: Connection, model: str, limit: int
) -> tuple[list[int], list[str], NDArray[np.float32]]:
    """Return ids, texts and vectors of embedded passages that no classifier has read."""
    query = (
        select(t.passage.c.id, t.passage.c.text, t.embedding.c.vector)
        .join(t.embedding, _same_text(model))
        .where(t.passage.c.intents.is_(None))
        .order_by(t.passage.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    return [row.id for row in rows], [row.text for row in rows], _matrix([r.vector for r in rows])


def save_intents(
    connection: Connection, ids: Sequence[int], scores: Sequence[dict[str, float]]
) -> None:
    """Write the intents of passages, each 0..1."""
    rows = [
        {"key": key, "scores": {name: round(value, 4) for name, value in score.items()}}
        for key, score in zip(ids, scores, strict=True)
    ]
    if rows:
        statement = update(t.passage).where(t.passage.c.id == bindparam("key"))
        connection.execute(statement.values(intents=bindparam("scores", type_=JSON)), rows)


def without_facts(connection: Connection, made_by: str, limit: int) -> list[Any]:
    """Return id, text, language and rating of passages that `made_by` has not read."""
    query = (
        select(*t.passage.c["id", "text", "language"], t.post.c.rating)
        .join(t.post, t.post.c.id == t.passage.c.post_id)
        .where(or_(t.passage.c.facts_by.is_(None), t.passage.c.facts_by != made_by))
        .order_by(t.passage.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).all())


def save_facts(
    connection: Connection, found: Sequence[tuple[int, dict[str, Any]]], made_by: str
) -> None:
    """Write the facts of passages; the severity, 0..1, stands in a column of its own, too."""
    rows = [
        {"key": key, "said": facts, "score": (facts.get("severity") or {}).get("score")}
        for key, facts in found
    ]
    if rows:
        statement = update(t.passage).where(t.passage.c.id == bindparam("key"))
        values = {
            "facts": bindparam("said", type_=JSON),
            "severity": bindparam("score"),
            "facts_by": made_by,
        }
        connection.execute(statement.values(values), rows)


def facts_of(connection: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the facts of these passages that say something."""
    found: dict[int, dict[str, Any]] = {}
    for piece in pieces(ids):
        query = select(t.passage.c.id, t.passage.c.facts).where(t.passage.c.id.in_(piece))
        found.update({row.id: row.facts for row in connection.execute(query) if row.facts})
    return found


def corpus(
    connection: Connection,
    model: str,
    noise_threshold: float = 0.5,
    *,
    topic_id: str | None = None,
) -> Corpus:
    """Load every embedded passage, or those of a topic, by time, source and native id."""
    query = _corpus_query(model)
    if topic_id is not None:
        query = query.where(t.assignment.c.topic_id == topic_id)
    rows = connection.execute(query).all()
    seconds = np.array([(row.created_at - EPOCH).total_seconds() for row in rows], np.float64)
    return Corpus(
        passage_ids=np.array([row.id for row in rows], np.int64),
        post_ids=_objects([f"{row.source}:{row.native_id}" for row in rows]),
        positions=np.array([row.position for row in rows], np.int64),
        texts=_objects([row.text for row in rows]),
        sayings=_numbered([row.text_hash for row in rows]),
        words=np.array([count_words(row.text) for row in rows], np.int64),
        languages=_objects([row.language for row in rows]),
        days=seconds / 86400.0,
        people=_numbered([row.person or row.author or f"post {row.post_id}" for row in rows]),
        accounts=_numbered([row.author or f"post {row.post_id}" for row in rows]),
        sources=_objects([row.source for row in rows]),
        versions=_objects([row.version for row in rows]),
        ratings=np.array([np.nan if row.rating is None else row.rating for row in rows], float),
        threads=_objects([row.thread_id for row in rows]),
        replies=np.array([row.parent_id is not None for row in rows], bool),
        counted=np.array(
            [all(score < noise_threshold for score in row.noise.values()) for row in rows], bool
        ),
        intents=np.array(
            [[(row.intents or {}).get(name, 0.0) for name in INTENTS] for row in rows], np.float32
        ).reshape(len(rows), len(INTENTS)),
        severities=np.array(
            [np.nan if row.severity is None else row.severity for row in rows], np.float32
        ),
        leaves=np.array([row.leaves for row in rows], bool),
        topics=np.array([_number(row.topic_id, row.run_id) for row in rows], np.int64),
        vectors=_matrix([row.vector for row in rows]),
    )


def _corpus_query(model: str) -> Select[Any]:
    p = t.post.c
    return (
        select(
            *t.passage.c["id", "post_id", "position", "text", "text_hash", "noise", "intents"],
            *t.passage.c["language", "severity"],
            *p["native_id", "source", "author", "created_at", "version", "rating", "thread_id"],
            *(p.parent_id, t.account.c.person, t.embedding.c.vector),
            # Read in the database: to parse all facts of an archive takes longer than the rest.
            t.passage.c.facts["leaves"].as_string().is_not(None).label("leaves"),
            *t.assignment.c["topic_id", "run_id"],
        )
        .join(t.post, p.id == t.passage.c.post_id)
        .join(t.embedding, _same_text(model))
        .outerjoin(t.assignment, t.assignment.c.passage_id == t.passage.c.id)
        .outerjoin(t.account, t.account.c.author == p.author)
        .order_by(p.created_at, p.source, p.native_id, t.passage.c.position)
    )


def _same_text(model: str) -> Any:
    return and_(t.embedding.c.text_hash == t.passage.c.text_hash, t.embedding.c.model == model)


def _number(topic_id: str | None, run_id: str | None) -> int:
    if topic_id is None:
        return -2 if run_id is None else -1
    return int(topic_id[1:])


def _numbered(names: list[str]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)


def _objects(values: list[Any]) -> NDArray[np.object_]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _matrix(vectors: list[bytes]) -> NDArray[np.float32]:
    if not vectors:
        return np.zeros((0, 1), np.float32)
    halves = np.frombuffer(b"".join(vectors), np.float16).reshape(len(vectors), -1)
    return halves.astype(np.float32)


def exported(connection: Connection) -> list[dict[str, Any]]:
    """Return every assignment as the export shows it."""
    query = (
        select(
            (t.post.c.source + ":" + t.post.c.native_id).label("post_id"),
            t.passage.c.position.label("passage"),
            *t.assignment.c["topic_id", "score", "run_id"],
        )
        .join(t.passage, t.passage.c.id == t.assignment.c.passage_id)
        .join(t.post, t.post.c.id == t.passage.c.post_id)
        .order_by(t.post.c.source, t.post.c.native_id, t.passage.c.position)
    )
    return dicts(connection, query)
