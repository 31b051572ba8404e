"""The page of all topics, by area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from insights.web.shell import write

Row = Mapping[str, Any]
ALL = "All topics"
OTHER = "In no area"


def page(topics: Sequence[Row], areas: Sequence[Row], *, floor: int) -> str:
    """Return the page of active topics by area, the largest first; areas by their posts.

    `topics` are rows as exported, with `people` and `posts`. Those of fewer than `floor` people
    are counted and not named.
    """
    active = [row for row in topics if row["status"] == "active" and row["posts"]]
    shown = [row for row in active if row["people"] >= floor]
    groups = _groups(shown, areas)
    return write(
        "topics.html",
        here="/topics.html",
        groups=groups,
        below=len(active) - len(shown),
        floor=floor,
    )


def _groups(topics: Sequence[Row], areas: Sequence[Row]) -> list[dict[str, Any]]:
    titles = {area["id"]: area["title"] for area in areas if area["status"] == "active"}
    inside: dict[str | None, list[Row]] = {}
    for row in sorted(topics, key=lambda row: (-row["people"], row["number"])):
        area = row["parent_id"] if row["parent_id"] in titles else None
        inside.setdefault(area, []).append(row)
    groups = [
        {
            "id": area,
            "title": titles[area] if area else OTHER if titles else ALL,
            "topics": rows,
            "posts": sum(row["posts"] for row in rows),
        }
        for area, rows in inside.items()
    ]
    return sorted(groups, key=lambda group: (group["id"] is None, -group["posts"]))
