"""Tables of what is done about a finding: issues that it is linked to, and what was sent once."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table, Text

from insights.store.columns import Utc, metadata

link = Table(
    "link",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("url", String(700), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("source", String(200)),
    Column("native_id", String(500)),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("closed_at", Utc),
    Column("release", String(200)),
    Column("looked_at", Utc),
    Column("note", Text, nullable=False),
    Column("verdict", JSON(none_as_null=True)),
    Column("at", Utc, nullable=False),
    Column("by", Text, nullable=False),
)

sending = Table(
    "sending",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("source", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("url", Text),
    Column("detail", Text, nullable=False),
    Column("quoted", JSON, nullable=False),
    Column("at", Utc, nullable=False),
    Column("by", Text, nullable=False),
    Column("outdated_at", Utc),
)
