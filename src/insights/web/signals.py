"""Signals as a page with the life of each, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from insights.digest import figures
from insights.store import signals, topics
from insights.web import floor
from insights.web.shell import Site, page, table

Row = Mapping[str, Any]
COLUMNS = (
    "id", "kind", "status", "title", "topic_id", "raised_at", "last_at", "people", "observed",
    "expected", "p", "q", "latest", "peak", "peak_at", "why",
)  # fmt: skip
WIDTH, HEIGHT, EDGE = 190, 46, 4
"""The picture of a life, in px."""
MOST_CLOSED = 50


def add_signals(app: FastAPI, site: Site) -> None:
    """Show what stood out, and what became of it."""

    def shown() -> tuple[list[Row], list[Row], int]:
        with site.database.read() as tx:
            every, known = signals.every(tx), topics.exported(tx)
        told = floor.signals(every, known, site.min_people)
        return told, floor.topics(known, site.min_people), len(every) - len(told)

    @app.get("/signals.html", response_class=HTMLResponse)
    def show_signals() -> Response:
        told, named, below = shown()
        ids = {row["id"] for row in named}
        newest = sorted(told, key=lambda row: row["last_at"], reverse=True)
        lives: list[dict[str, Any]] = [
            {"row": row, "life": life(row), "told": said(row), "topic": row["topic_id"] in ids}
            for row in newest
        ]
        closed = [each for each in lives if each["row"]["status"] == "closed"]
        groups = [
            ("Lasting", [each for each in lives if each["row"]["status"] != "closed"]),
            ("Over", closed[:MOST_CLOSED]),
        ]
        return page(
            "signals.html", here="/signals.html", groups=groups, below=below, floor=site.min_people
        )

    @app.get("/signals.json")
    def list_signals() -> Sequence[Row]:
        return shown()[0]

    @app.get("/signals.csv")
    def signals_table() -> Response:
        return table(shown()[0], COLUMNS)


def life(signal: Row) -> list[tuple[float, float]]:
    """Return where the observed stood when it was raised, at its peak, and last: x, y in px."""
    seen = [
        (signal["raised_at"], signal["observed"]),
        (signal["peak_at"], signal["peak"]),
        (signal["last_at"], signal["latest"]),
    ]
    start, days = seen[0][0], max((seen[2][0] - seen[0][0]).total_seconds(), 1.0)
    top = max(*(value for _, value in seen), 1e-9)
    points = {
        (
            round(EDGE + (WIDTH - 2 * EDGE) * min(1.0, (at - start).total_seconds() / days), 1),
            round(HEIGHT - 1 - (HEIGHT - 2 * EDGE - 1) * max(0.0, value) / top, 1),
        )
        for at, value in seen
    }
    return sorted(points)


def said(signal: Row) -> str:
    """Say what the picture of a life shows, for those who do not see it."""
    return (
        f"Observed {figures.decimal(signal['observed'])} on {figures.day(signal['raised_at'])}, "
        f"at most {figures.decimal(signal['peak'])} on {figures.day(signal['peak_at'])}, "
        f"{figures.decimal(signal['latest'])} on {figures.day(signal['last_at'])}"
    )
