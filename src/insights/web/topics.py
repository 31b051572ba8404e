"""The pages of topics: all by area, and each by itself; as JSON and CSV, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from insights.store import areas, members, posts, runs, signals, topics
from insights.web import floor, overview
from insights.web.shell import Site, page, table
from insights.web.topic import Told, told

Row = Mapping[str, Any]
COLUMNS = (
    "id", "title", "keywords", "parent_id", "status", "people", "accounts", "posts", "born_at",
    "merged_into",
)  # fmt: skip


def add_topics(app: FastAPI, site: Site) -> None:
    """Show topics by area, and each by itself."""

    def named() -> list[Row]:
        with site.database.read() as tx:
            return floor.topics(topics.exported(tx), site.min_people)

    @app.get("/topics.html", response_class=HTMLResponse)
    def show_topics() -> str:
        with site.database.read() as tx:
            return overview.page(topics.exported(tx), areas.every(tx), floor=site.min_people)

    @app.get("/topics.json")
    def list_topics() -> Sequence[Row]:
        return named()

    @app.get("/topics.csv")
    def topics_table() -> Response:
        return table(named(), COLUMNS)

    @app.get("/areas.json")
    def list_areas() -> Sequence[Row]:
        with site.database.read() as tx:
            return floor.areas(areas.every(tx), named())

    def found(topic_id: str) -> Told | str:
        """Return what may be told of a topic, or the id of the one that it lives on in."""
        with site.database.read() as tx:
            every = {row["id"]: row for row in topics.exported(tx)}
            row = every.get(topic_id)
            if row is None:
                raise HTTPException(404, "no topic has this id")
            if row["status"] == "merged" and row["merged_into"] in every:
                return str(row["merged_into"])
            if not floor.topics([row], site.min_people):
                raise HTTPException(404, f"fewer than {site.min_people} people speak of this topic")
            return told(
                row,
                members.of_topic(tx, topic_id),
                history=topics.history(tx, topic_id),
                signals=floor.signals(
                    [s for s in signals.every(tx) if s["topic_id"] == topic_id],
                    list(every.values()),
                    site.min_people,
                ),
                area=next((a for a in areas.every(tx) if a["id"] == row["parent_id"]), None),
                posts=lambda ids: posts.by_id(tx, ids),
                floor=site.min_people,
                as_of=max(run["as_of"] for run in runs.every(tx)),
            )

    @app.get("/topics/{topic_id}.html", response_class=HTMLResponse)
    def show_topic(topic_id: str) -> Response:
        topic = found(topic_id)
        if isinstance(topic, str):
            return RedirectResponse(f"/topics/{topic}.html")
        return page("topic.html", **topic)

    @app.get("/topics/{topic_id}.json")
    def read_topic(topic_id: str) -> Any:
        topic = found(topic_id)
        return RedirectResponse(f"/topics/{topic}.json") if isinstance(topic, str) else topic
