"""Tables of what people wrote, and of what was read from it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from insights.store.columns import Utc, metadata

source = Table(
    "source",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("connector", String(100), nullable=False),
    Column("cursor", JSON(none_as_null=True)),
    Column("state", String(20), nullable=False, default="ok"),
    Column("note", Text, nullable=False, default=""),
    Column("last_attempt_at", Utc),
    Column("last_success_at", Utc),
    Column("resume_at", Utc),
)

backfill = Table(
    "backfill",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("window", String(60), primary_key=True),
    Column("cursor", JSON(none_as_null=True)),
)

account = Table(
    "account",
    metadata,
    Column("author", String(64), primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("at", Utc, nullable=False),
)

segment = Table(
    "segment",
    metadata,
    Column("author", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("value", String(200), nullable=False),
    Column("at", Utc, nullable=False),
)

pull = Table(
    "pull",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("resume_at", Utc),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("since_at", Utc),
    Column("oldest_at", Utc),
    Column("newest_at", Utc),
    *(
        Column(name, Integer, nullable=False, default=0)
        for name in ("new", "changed", "same", "deleted", "skipped", "expired", "asked", "requests")
    ),
    Column("waited_s", Float, nullable=False, default=0.0),
)

skipped = Table(
    "skipped",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(200), nullable=False, index=True),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("source", "place"),
)

post = Table(
    "post",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(200), nullable=False),
    Column("native_id", String(500), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("markup", String(20), nullable=False),
    Column("author", String(64), index=True),
    Column("url", Text),
    Column("space", Text),
    Column("thread_id", Text, index=True),
    Column("parent_id", Text),
    Column("created_at", Utc, nullable=False, index=True),
    Column("updated_at", Utc),
    Column("rating", Float),
    Column("reactions", Integer, nullable=False, default=0),
    Column("tags", JSON, nullable=False),
    Column("language", Text),
    Column("version", Text),
    Column("attributes", JSON, nullable=False),
    Column("words_hash", String(32), nullable=False),
    Column("content_hash", String(32), nullable=False),
    Column("prepared", Integer, nullable=False, default=0, index=True),
    Column("checked_at", Utc, nullable=False),
    Column("came_at", Utc),
    UniqueConstraint("source", "native_id"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("native_id", String(500), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("checked_at", Utc, nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("mark", String(32)),
)

release = Table(
    "release",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("version", String(200), primary_key=True),
    Column("released_at", Utc, nullable=False),
    Column("url", Text),
    Column("notes", Text, nullable=False),
)

passage = Table(
    "passage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post_id", ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text_hash", String(32), nullable=False, index=True),
    Column("normal_hash", String(32), nullable=False, index=True),
    Column("noise", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("intents", JSON(none_as_null=True)),
    Column("language", String(16)),
    Column("facts", JSON(none_as_null=True)),
    Column("facts_by", String(16)),
    Column("severity", Float),
    UniqueConstraint("post_id", "position"),
)

template_line = Table(
    "template_line",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("line", String(32), primary_key=True),
)

mark = Table(
    "mark",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("value", "at")),
    Column("passage_id", ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)

copy = Table(
    "copy",
    metadata,
    Column("passage_id", ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True),
    Column("original_id", ForeignKey("passage.id", ondelete="SET NULL"), index=True),
    Column("likeness", Float, nullable=False),
    Column("elsewhere", Boolean, nullable=False),
)

embedding = Table(
    "embedding",
    metadata,
    Column("text_hash", String(32), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

Index("ix_post_checked", post.c.source, post.c.checked_at)
Index("ix_passage_post", passage.c.post_id)
Index("ix_mark_passage", mark.c.passage_id)
