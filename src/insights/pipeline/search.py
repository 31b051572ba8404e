"""Finds posts by meaning: the nearest passages of a query, one hit a post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insights.pipeline.embed import embed
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import VERSION, prepare
from insights.store import passages, posts
from insights.text.clean import clean


@dataclass(frozen=True, slots=True)
class Hit:
    """A post that answers a query; `score` is the cosine of its nearest passage, -1..1."""

    post_id: str
    score: float
    text: str


def search(engine: Engine, queries: Sequence[str], *, limit: int) -> list[list[Hit]]:
    """Return the nearest posts for each query, best first; posts not yet embedded are first."""
    with engine.database.read() as tx:
        waiting = posts.unprepared(tx, VERSION, 1) or passages.without_vector(
            tx, engine.encoder.name
        )
    if waiting:
        with Lease(engine.database) as lease:
            prepare(engine, lease)
            embed(engine, lease)
    with engine.database.read() as tx:
        corpus = passages.corpus(tx, engine.encoder.name)
    if not len(corpus) or not queries:
        return [[] for _ in queries]
    vectors = engine.encoder.encode([clean(query, "auto").text or query for query in queries])
    answers = []
    for vector in vectors:
        cosines = corpus.vectors @ vector
        hits: dict[str, Hit] = {}
        for row in np.argsort(-cosines, kind="stable"):
            post_id = str(corpus.post_ids[row])
            hits.setdefault(
                post_id, Hit(post_id, round(float(cosines[row]), 4), str(corpus.texts[row]))
            )
            if len(hits) == limit:
                break
        answers.append(list(hits.values()))
    return answers
