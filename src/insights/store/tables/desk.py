"""Tables of what went out, what people said about it, and who may write."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from insights.store.columns import Utc, metadata

digest = Table(
    "digest",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), nullable=False),
    Column("audience", String(40), nullable=False, default=""),
    Column("as_of", Utc, nullable=False),
    Column("content", JSON, nullable=False),
    Column("evidence", JSON(none_as_null=True)),
    Column("made_at", Utc),
    Column("stale", Boolean, nullable=False, default=False),
    UniqueConstraint("run_id", "audience"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("digest_id", ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(100), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("status", String(20), nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("letter", LargeBinary),
    Column("letter_hash", String(64)),
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
