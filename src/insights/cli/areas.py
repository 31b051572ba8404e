"""The command that reads topics by area."""

from __future__ import annotations

from typing import Any

from insights.cli import terminal


def areas() -> None:
    """List areas with the active topics in them, the largest first.

    There are none below ten topics.
    """
    from insights.store import areas as held
    from insights.store import topics

    with terminal.workspace().database.read() as tx:
        active = [area for area in held.every(tx) if area["status"] == "active"]
        rows = [row for row in topics.exported(tx) if row["status"] == "active"]
    inside: dict[str, list[dict[str, Any]]] = {area["id"]: [] for area in active}
    for row in sorted(rows, key=lambda row: (-row["people"], row["number"])):
        if row["parent_id"] in inside:
            inside[row["parent_id"]].append(row)
    for area in sorted(active, key=lambda area: -sum(r["posts"] for r in inside[area["id"]])):
        mine = inside[area["id"]]
        title = terminal.one_line(area["title"], 60)
        print(f"{area['id']:>6}  {len(mine):,} topics {_posts(mine):,} posts  {title}")
        for row in mine:
            title = terminal.one_line(row["title"], 60)
            print(f"  {row['id']:>6}  {row['people']:>6,} people {row['posts']:>7,} posts  {title}")
    if not active:
        terminal.say("there is no area yet; areas are made of ten topics and more")


def _posts(rows: list[dict[str, Any]]) -> int:
    return sum(row["posts"] for row in rows)
