"""What pages and JSON may name: nothing below the privacy floor, and nothing that was dismissed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def topics(rows: Sequence[Row], floor: int) -> list[Row]:
    """Return the topics that may be named."""
    return [row for row in rows if row["people"] >= floor and row["status"] != "dismissed"]


def areas(rows: Sequence[Row], named: Sequence[Row]) -> list[Row]:
    """Return the areas of topics that may be named: their titles are words of these."""
    parents = {row["parent_id"] for row in named}
    return [row for row in rows if row["id"] in parents]


def signals(rows: Sequence[Row], known: Sequence[Row], floor: int) -> list[Row]:
    """Return the signals that may be named, `known` being all topics."""
    gone = {row["id"] for row in known if row["status"] == "dismissed"}
    return [row for row in rows if row["people"] >= floor and row["topic_id"] not in gone]
