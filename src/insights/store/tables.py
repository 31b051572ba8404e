"""The tables: one for each word that lasts longer than a run."""

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
)  # fmt: skip

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
    UniqueConstraint("source", "native_id"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("native_id", String(500), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Utc, nullable=False),
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

run = Table(
    "run",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("as_of", Utc, nullable=False, unique=True),
    Column("status", String(20), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    Column("steps", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("versions", JSON, nullable=False),
)

topic = Table(
    "topic",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("parent_id", String(40)),
    Column("status", String(20), nullable=False),
    Column("born_at", Utc, nullable=False),
    Column("run_id", String(40), nullable=False),
    Column("size", Integer, nullable=False),
    Column("merged_into", String(40)),
    Column("found_title", Text),
    Column("found_status", String(20)),
    Column("found_into", String(40)),
    Column("centre", LargeBinary),
    Column("centre_model", String(200)),
)

area = Table(
    "area",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("status", String(20), nullable=False),
    Column("born_at", Utc, nullable=False),
    Column("run_id", String(40), nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", String(40), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("event", String(20), nullable=False),
    Column("topic_id", String(40), nullable=False, index=True),
    Column("others", JSON, nullable=False),
    Column("share", Float),
    Column("detail", JSON, nullable=False),
)

assignment = Table(
    "assignment",
    metadata,
    Column("passage_id", ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", String(40), index=True),
    Column("score", Float, nullable=False),
    Column("run_id", String(40), nullable=False),
    Column("found_id", String(40)),
    Column("found_score", Float),
)

signal = Table(
    "signal",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("topic_id", String(40)),
    Column("title", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("raised_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("run_id", String(40), nullable=False, index=True),
    Column("observed", Float, nullable=False),
    Column("expected", Float, nullable=False),
    Column("p", Float, nullable=False),
    Column("q", Float, nullable=False),
    Column("people", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("post_ids", JSON, nullable=False),
)

insight = Table(
    "insight",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("people", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

digest = Table(
    "digest",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), nullable=False, unique=True),
    Column("as_of", Utc, nullable=False),
    Column("content", JSON, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("digest_id", ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True),
    Column("publisher", String(100), primary_key=True),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("until", Utc, nullable=False),
)

classifier = Table(
    "classifier",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("trained_at", Utc, nullable=False),
)

correction = Table(
    "correction",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", String(20), nullable=False, index=True),
    Column("subject", String(700), nullable=False, index=True),
    Column("body", JSON, nullable=False),
    Column("undoes", ForeignKey("correction.id"), unique=True),
)

place = Table(
    "place",
    metadata,
    Column("passage_id", ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True),
    Column("model", String(200), nullable=False),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("fitted", Boolean, nullable=False),
)

wording = Table(
    "wording",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("topic_id", String(40), nullable=False, index=True),
    Column("model", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("refused", Text, nullable=False),
    Column("post_ids", JSON, nullable=False),
    Column("made_at", Utc, nullable=False),
)

Index("ix_passage_post", passage.c.post_id)
Index("ix_mark_passage", mark.c.passage_id)
