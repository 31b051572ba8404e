"""Tables of what was found: runs, topics, signals, insights, and how they are shown."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from insights.store.columns import Utc, metadata

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
    Column("latest", Float, nullable=False),
    Column("peak", Float, nullable=False),
    Column("peak_at", Utc, nullable=False),
    Column("traits", JSON, nullable=False),
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
