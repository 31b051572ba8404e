"""Makes subtopics for those who ask for them: nothing of them is stored."""

from __future__ import annotations

from typing import Any

import numpy as np

from insights.corpus import Corpus
from insights.pipeline.analyze import style
from insights.pipeline.engine import Engine
from insights.store import passages, runs, topics
from insights.topics.subtopics import Subtopic, subtopics


def rows(engine: Engine, topic_id: str | None = None) -> list[dict[str, Any]]:
    """Return the subtopics of a topic, or of every active one: title, keywords, posts, people."""
    with engine.database.read() as tx:
        active = [row for row in topics.every(tx) if row["status"] == "active"]
        asked = [row["number"] for row in active if topic_id in (None, row["id"])]
        last = runs.last(tx)
        model = last["versions"]["encoder"] if last else engine.encoder.name
        corpus = passages.corpus(tx, model, topic_id=topic_id)
    return [
        _row(corpus, part)
        for number in asked
        for part in subtopics(
            corpus, number, style(engine), min_people=engine.options.digest.min_people
        )
    ]


def _row(corpus: Corpus, part: Subtopic) -> dict[str, Any]:
    post_ids = sorted(set(corpus.post_ids[part.rows]))
    return {
        "parent_id": part.parent_id,
        "place": part.place,
        "title": part.title,
        "keywords": list(part.keywords),
        "posts": len(post_ids),
        "people": len(np.unique(corpus.people[part.rows])),
        "post_ids": post_ids,
    }
