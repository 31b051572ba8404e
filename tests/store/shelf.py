"""What tests put into the store and look up in it, past the doors that the product uses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import text

from insights.models import Passage, Post
from insights.store import Database, passages, posts, topics

NOW = datetime(2026, 5, 4, 2, tzinfo=UTC)
MODEL = "words-128"


def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """Return every row of a table, whatever the product would show of it."""
    with database.read() as tx:
        found = tx.execute(text(f'SELECT * FROM "{table}" ORDER BY 1'))
        return [dict(row) for row in found.mappings()]


def written(native_id: str, words: str, *, author: str | None = None) -> Post:
    """Return a post that says `words`."""
    return Post(source="forum", native_id=native_id, text=words, created_at=NOW, author=author)


def kept(database: Database, *given: Post) -> None:
    """Save posts, and everything that is made of a post on its way to a topic."""
    with database.write() as tx:
        posts.save(tx, "forum", given, NOW)
    prepared(database)
    assigned(database)


def prepared(database: Database) -> None:
    """Make one passage of each post that has none, and a vector of each text."""
    with database.write() as tx:
        todo = posts.unprepared(tx, 1, 10_000)
        passages.save(tx, [(key, [_passage(post)]) for key, post in todo], 1)
        hashes = [text_hash for text_hash, _ in passages.without_vector(tx, MODEL)]
        passages.save_vectors(tx, MODEL, hashes, np.ones((len(hashes), 8), np.float32))


def assigned(database: Database) -> None:
    """Put every passage into topic T1."""
    keys = [row["id"] for row in rows(database, "passage")]
    with database.write() as tx:
        topics.assign(
            tx, [{"passage_id": k, "topic_id": "T1", "score": 1.0, "run_id": "r"} for k in keys]
        )


def _passage(post: Post) -> Passage:
    return Passage(
        post_id=post.id, index=0, text=post.text, start=0, end=len(post.text), normal_hash="0" * 32
    )
