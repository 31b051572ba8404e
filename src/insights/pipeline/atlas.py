"""Gathers what the map page and its exports show: places, sizes over time, lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.atlas.history import families, lineage, monday, spans, weekly
from insights.atlas.page import render
from insights.corpus import Corpus
from insights.errors import UsageError
from insights.models import Topic
from insights.pipeline.engine import Engine
from insights.store import passages, places, runs, topics, wordings
from insights.text.redact import redact
from insights.topics import bertopic_model
from insights.topics.map import Places, lay_out, let_in

SNIPPET = 180
CENTRAL = 3
GRID = 65535
USUAL = 0.7
"""The share of passages that are drawn to scale on the page."""


@dataclass(frozen=True)
class Atlas:
    """The counted passages of an archive and where they lie, shape (n, 2)."""

    corpus: Corpus
    places: Places


def survey(engine: Engine) -> Atlas:
    """Return every counted passage with its place; make and store the places that are missing.

    The layout is made when there is none and when the archive has doubled since; in between, new
    passages are let in and nobody moves.
    """
    with engine.database.read() as tx:
        model = _model(engine, tx)
        corpus = passages.corpus(tx, model)
        held = {row["passage_id"]: row for row in places.every(tx, model)}
    corpus = corpus.take(corpus.counted)
    ids = corpus.passage_ids.tolist()
    known = np.array([key in held for key in ids], bool)
    found = np.zeros((len(ids), 2), np.float32)
    old = [held[key] for key in ids if key in held]
    found[known] = np.array([(row["x"], row["y"]) for row in old], np.float32).reshape(-1, 2)
    found[~known] = let_in(corpus.vectors[~known], corpus.vectors[known], found[known])
    fitted = len(ids) > 2 * sum(row["fitted"] for row in old)
    if fitted:
        engine.progress("map", 0, len(ids))
        found = lay_out(corpus.vectors, found if len(old) else None)
        engine.progress("map", len(ids), len(ids))
    if fitted or not known.all():
        new = range(len(ids)) if fitted else np.flatnonzero(~known).tolist()
        rows = [
            {
                "passage_id": ids[row],
                "x": float(found[row, 0]),
                "y": float(found[row, 1]),
                "fitted": fitted,
            }
            for row in new
        ]
        with engine.database.write() as tx:
            places.save(tx, model, rows)
    return Atlas(corpus, found)


def map_rows(engine: Engine) -> list[dict[str, Any]]:
    """Return the place of every counted passage: `post_id`, `passage`, `topic_id`, `x`, `y`."""
    atlas = survey(engine)
    corpus = atlas.corpus
    return [
        {
            "post_id": str(corpus.post_ids[row]),
            "passage": int(corpus.positions[row]),
            "topic_id": f"T{corpus.topics[row]}" if corpus.topics[row] >= 0 else None,
            "x": round(float(atlas.places[row, 0]), 4),
            "y": round(float(atlas.places[row, 1]), 4),
        }
        for row in range(len(corpus))
    ]


def timeline_rows(engine: Engine) -> list[dict[str, Any]]:
    """Return the weekly posts and people of every topic."""
    with engine.database.read() as tx:
        return weekly(passages.corpus(tx, _model(engine, tx)))


def lineage_rows(engine: Engine) -> list[dict[str, Any]]:
    """Return which topics became of which."""
    with engine.database.read() as tx:
        return lineage(topics.history(tx))


def save_bertopic(engine: Engine, folder: Path) -> int:
    """Write the topics as a BERTopic model; return how many are active."""
    with engine.database.read() as tx:
        corpus, known = passages.corpus(tx, _model(engine, tx)), _topics(tx)
    if not len(corpus):
        raise UsageError("there is nothing to write yet; topics are made by: insights run")
    try:
        bertopic_model.save(corpus, known, folder, min_people=engine.options.digest.min_people)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror})") from None
    return sum(topic.status == "active" for topic in known)


def _model(engine: Engine, tx: Any) -> str:
    """Return the encoder of the last run: the topics there are were made from its vectors."""
    last = runs.last(tx)
    return str(last["versions"]["encoder"]) if last else engine.encoder.name


def _topics(tx: Any) -> list[Topic]:
    names = Topic.__dataclass_fields__
    rows = [{name: row[name] for name in names} for row in topics.every(tx)]
    return [Topic(**{**row, "keywords": tuple(row["keywords"])}) for row in rows]


def page(engine: Engine, community: str) -> bytes:
    """Return the map, sizes over time and the lineage as one page of HTML."""
    atlas = survey(engine)
    with engine.database.read() as tx:
        known = _topics(tx)
        edges = lineage(topics.history(tx))
        worded = wordings.in_use(tx)
        last = runs.last(tx)
    as_of = last["as_of"] if last else datetime.now(UTC)
    hide = redact if engine.options.keep_raw else str
    return render(
        {
            "community": community,
            "as_of": as_of.isoformat(),
            "floor": engine.options.digest.min_people,
            **page_data(atlas, known, edges, worded, engine.options.digest.min_people, hide),
        }
    )


def page_data(
    atlas: Atlas,
    known: Sequence[Topic],
    edges: Sequence[Mapping[str, Any]],
    worded: Mapping[str, Mapping[str, Any]],
    min_people: int,
    hide: Any = str,
) -> dict[str, Any]:
    """Return what the page shows: topics by people, points in order of time, weeks, lineage.

    Of a topic with fewer than `min_people` distinct authors, and of the novelty pool, only points
    are shown. `hide` is put over every text.
    """
    corpus = atlas.corpus
    rows_of = {t.number: np.flatnonzero(corpus.topics == t.number) for t in known}
    people = {n: len(np.unique(corpus.people[rows])) for n, rows in rows_of.items()}
    shown = [t for t in known if people[t.number] >= min_people]
    shown.sort(key=lambda topic: (-people[topic.number], topic.number))
    order = {topic.number: place for place, topic in enumerate(shown)}
    grid = _on_grid(atlas.places)
    weeks, series = _weeks(corpus)
    return {
        "posts": len(set(corpus.post_ids)),
        "hidden": sum(0 < people[t.number] < min_people for t in known),
        "topics": [
            {
                **_topic(topic, corpus, rows_of[topic.number], grid, worded.get(topic.id), hide),
                "people": people[topic.number],
                **series(topic.id),
            }
            for topic in shown
        ],
        "x": grid[:, 0].tolist(),
        "y": grid[:, 1].tolist(),
        "topic": [order.get(int(number), -1) for number in corpus.topics],
        "texts": [
            _snippet(hide(text)) if int(number) in order else ""
            for text, number in zip(corpus.texts, corpus.topics, strict=True)
        ],
        "weeks": [week.isoformat() for week in weeks],
        "lives": _lives(known, edges, {t.id: hide(t.title) for t in shown}),
        "edges": [{**edge, "at": edge["at"].isoformat()} for edge in edges],
    }


def _topic(
    topic: Topic,
    corpus: Corpus,
    rows: NDArray[np.int64],
    grid: NDArray[np.int64],
    worded: Mapping[str, Any] | None,
    hide: Any,
) -> dict[str, Any]:
    middle = rows[np.abs(grid[rows] - np.median(grid[rows], axis=0)).sum(axis=1).argmin()]
    return {
        "id": topic.id,
        "title": hide(topic.title),
        "keywords": [hide(word) for word in topic.keywords],
        "summary": hide(worded["summary"]) if worded else "",
        "worded": worded["model"] if worded else "",
        "posts": len(set(corpus.post_ids[rows])),
        "born_at": topic.born_at.isoformat(),
        "x": int(grid[middle, 0]),
        "y": int(grid[middle, 1]),
        "central": _central(corpus, rows),
    }


def _central(corpus: Corpus, rows: NDArray[np.int64]) -> list[int]:
    """Return the rows nearest to a topic's mean, each by somebody else and in other words."""
    nearness = corpus.vectors[rows] @ corpus.vectors[rows].mean(axis=0)
    chosen: list[int] = []
    for row in rows[np.argsort(-nearness, kind="stable")].tolist():
        told = {(corpus.people[one], corpus.sayings[one]) for one in chosen}
        if all(corpus.people[row] != who and corpus.sayings[row] != h for who, h in told):
            chosen.append(row)
        if len(chosen) == CENTRAL:
            break
    return chosen


def _lives(
    known: Sequence[Topic], edges: Sequence[Mapping[str, Any]], titles: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return when each topic was there, relatives next to each other."""
    listed = [{"id": topic.id, "born_at": topic.born_at} for topic in known]
    found = [
        {
            "id": id_,
            "title": titles.get(id_, ""),
            "from": born.isoformat(),
            "until": until.isoformat() if until else None,
        }
        for id_, born, until in spans(listed, edges)
    ]
    eldest = families([topic.id for topic in known], edges)
    return sorted(found, key=lambda life: eldest[life["id"]])


def _weeks(corpus: Corpus) -> tuple[list[Any], Any]:
    counted = weekly(corpus)
    if not counted:
        return [], lambda _: {"weekly_posts": [], "weekly_people": []}
    first = min(row["week"] for row in counted)
    last = max(row["week"] for row in counted)
    start = (first - monday(0)).days // 7
    weeks = [monday(start + step) for step in range((last - first).days // 7 + 1)]
    held = {(row["topic_id"], row["week"]): row for row in counted}

    def series(topic_id: str) -> dict[str, list[int]]:
        rows = [held.get((topic_id, week), {"posts": 0, "people": 0}) for week in weeks]
        return {f"weekly_{name}": [row[name] for row in rows] for name in ("posts", "people")}

    return weeks, series


def _on_grid(found: Places) -> NDArray[np.int64]:
    """Return places as whole numbers 0..65535 on each axis.

    What lies far out (another language, as a rule) is drawn in, by the logarithm of how far it
    is: else one island would leave the rest no room.
    """
    if not len(found):
        return np.zeros((0, 2), np.int64)
    centred = found - np.median(found, axis=0)
    radius = np.linalg.norm(centred, axis=1, keepdims=True)
    usual = max(float(np.quantile(radius, USUAL)), 1e-9)
    beyond = np.maximum(radius / usual, 1.0)
    drawn = centred * (1.0 + np.log(beyond) / 2.0) / beyond
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    scale = GRID / np.maximum(high - low, 1e-9)
    grid: NDArray[np.int64] = np.clip(np.rint((drawn - low) * scale), 0, GRID).astype(np.int64)
    return grid


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET else f"{line[: SNIPPET - 1].rstrip()}…"
