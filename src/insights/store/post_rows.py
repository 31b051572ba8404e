"""Posts as rows, and rows as posts."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import RowMapping

from insights.models import Post
from insights.store.rows import hash_text


def values_of(source: str, post: Post) -> dict[str, Any]:
    """Return the row of a post that is to be prepared, with hashes that tell an edit."""
    row = {
        "source": source,
        "native_id": post.native_id,
        "title": post.title,
        "text": post.text,
        "markup": post.markup,
        "author": post.author,
        "url": post.url,
        "space": post.space,
        "thread_id": post.thread_id,
        "parent_id": post.parent_id,
        "created_at": post.created_at,
        "rating": post.rating,
        "reactions": post.reactions,
        "tags": list(post.tags),
        "language": post.language,
        "version": post.version,
        "attributes": dict(post.attributes),
    }
    return {
        **row,
        "updated_at": post.updated_at,
        "words_hash": hash_text(post.title, post.text, post.markup),
        "content_hash": hash_text(json.dumps(row, sort_keys=True, default=str)),
        "prepared": 0,
    }


def post_of(row: RowMapping) -> Post:
    """Read a row of the table of posts."""
    return Post(
        source=row["source"],
        native_id=row["native_id"],
        title=row["title"],
        text=row["text"],
        markup=row["markup"],
        author=row["author"],
        url=row["url"],
        space=row["space"],
        thread_id=row["thread_id"],
        parent_id=row["parent_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        rating=row["rating"],
        reactions=row["reactions"],
        tags=tuple(row["tags"]),
        language=row["language"],
        version=row["version"],
        attributes=row["attributes"],
    )
