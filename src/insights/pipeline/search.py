"""Finds posts: by meaning, and by the letter where a query names a piece of code or an error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insights.pipeline.embed import embed
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import VERSION, prepare
from insights.store import passages, posts
from insights.text.clean import clean
from insights.text.code import code_lines


@dataclass(frozen=True, slots=True)
class Hit:
    """A post that answers a query; `score` is the cosine of its nearest passage, -1..1.

    A post that holds the very letters of a query that is code has the score 1.
    """

    post_id: str
    score: float
    text: str


def search(engine: Engine, queries: Sequence[str], *, limit: int) -> list[list[Hit]]:
    """Return the nearest posts for each query, best first; posts not yet embedded are first.

    Code, logs and stack traces are not embedded. A query that looks like an identifier or an
    error is looked up in the posts as they were written, and those that hold it come first.
    """
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
        exact = [
            posts.holding(tx, query.strip(), limit) if _is_code(query) else [] for query in queries
        ]
    if not len(corpus) or not queries:
        return [[Hit(post_id, 1.0, line) for post_id, line in held] for held in exact]
    vectors = engine.encoder.encode([clean(query, "auto").text or query for query in queries])
    answers = []
    for vector, held in zip(vectors, exact, strict=True):
        cosines = corpus.vectors @ vector
        hits = {post_id: Hit(post_id, 1.0, line) for post_id, line in held}
        for row in np.argsort(-cosines, kind="stable"):
            if len(hits) >= limit:
                break
            post_id = str(corpus.post_ids[row])
            hits.setdefault(
                post_id, Hit(post_id, round(float(cosines[row]), 4), str(corpus.texts[row]))
            )
        answers.append(list(hits.values()))
    return answers


_NAME = re.compile(r"\S*(?:_|::|->|\w\.\w|[a-z][A-Z]|\w\(\)|\b0x)\S*")
_ERROR = re.compile(r"[\w.$:]*(?:Error|Exception|Traceback)\b.*")
_LENGTHS = 3, 200


def _is_code(query: str) -> bool:
    """Say whether a query is a name in some code, or a line that only a machine writes."""
    line = query.strip()
    if not _LENGTHS[0] <= len(line) <= _LENGTHS[1] or "\n" in line:
        return False
    return bool(_NAME.fullmatch(line) or _ERROR.match(line) or code_lines([line])[1])
