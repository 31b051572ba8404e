"""The table of what each passage was counted for, and from which night to which."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from insights.store.columns import Utc, metadata

membership = Table(
    "membership",
    metadata,
    Column("post_id", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("since_at", Utc, primary_key=True),
    Column("until_at", Utc),
    Column("topic_id", String(40)),
    Column("counted", Boolean, nullable=False),
)

Index("ix_membership_topic", membership.c.topic_id)
