"""The tables: one for each word that lasts longer than a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Utc(TypeDecorator[datetime]):
    """An aware time in UTC, on databases that know zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: guessing a zone would move posts between nights."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Hand out UTC, whatever zone the session of the database is in."""
        if value is None:
            return None
        at: datetime = value
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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
    Column("thread_id", Text),
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
    Column("intents", JSON(none_as_null=True)),
    Column("language", String(16)),
    Column("facts", JSON(none_as_null=True)),
    UniqueConstraint("post_id", "position"),
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

Index("ix_passage_post", passage.c.post_id)
