"""Reads and writes what discovery found in topics, and what holds of it after corrections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Topic
from insights.store import corrections, topics
from insights.topics.corrections import Correction, number_of, parse
from insights.topics.discover import Discovery
from insights.topics.lives import remembered
from insights.topics.neighbours import Matrix
from insights.topics.standing import Found, Held


def load(tx: Any, corpus: Corpus, model: str) -> tuple[Found, Held]:
    """Read what was found and what holds, in the rows of `corpus`.

    Centres of another encoder than `model` mean nothing to this one and are left out.
    """
    rows = topics.every(tx)
    assigned = topics.assigned(tx)
    numbers = np.full(len(corpus), -2, np.int64)
    scores, held_scores = np.zeros(len(corpus)), np.zeros(len(corpus))
    for row, passage_id in enumerate(corpus.passage_ids.tolist()):
        if passage_id in assigned:
            topic_id, scores[row], held_scores[row] = assigned[passage_id]
            numbers[row] = number_of(topic_id) if topic_id else -1
    held = tuple(topic_of(row) for row in rows)
    found = tuple(
        replace(
            topic,
            title=row["found_title"],
            status=row["found_status"],
            merged_into=row["found_into"],
        )
        for topic, row in zip(held, rows, strict=True)
    )
    centres = {
        row["number"]: np.frombuffer(row["centre"], np.float16).astype(np.float32)
        for row in rows
        if row["centre"] is not None and row["centre_model"] == model
    }
    return Found(numbers, scores, found, centres), Held(corpus.topics, held_scores, held)


def in_force(tx: Any) -> list[Correction]:
    """Read the corrections of topics that nobody took back, in their order."""
    return [read(entry) for entry in corrections.in_force(tx, corrections.TOPIC)]


def read(entry: dict[str, Any]) -> Correction:
    """Return a stored entry as the correction that it is."""
    return parse({name: value for name, value in entry["body"].items() if name != "after"})


def ended(found: Found) -> dict[int, Matrix]:
    """Return the remembered centres of topics that discovery merged or retired."""
    gone = {topic.number for topic in found.topics if topic.status in ("merged", "retired")}
    return {number: centre for number, centre in found.centres.items() if number in gone}


def gone_on(found: Found, known: Corpus, night: Discovery) -> Found:
    """Return what is found after a night that looked at `known`, the first rows of the archive."""
    numbers, scores = found.numbers.copy(), found.scores.copy()
    told = np.flatnonzero(~np.isnan(night.scores))
    numbers[: len(known)] = night.topics
    scores[told] = np.round(night.scores[told], 4)
    by_number = {topic.number: topic for topic in [*found.topics, *night.changed]}
    after = tuple(by_number[number] for number in sorted(by_number))
    # A centre moves only where somebody came or went.
    moved = {int(number) for number in np.unique(night.topics[told])} | {
        int(number) for number in np.unique(found.numbers[told])
    }
    still = {
        topic.number: found.centres[topic.number]
        for topic in after
        if topic.status == "active" and topic.number in found.centres and topic.number not in moved
    }
    others = [topic for topic in after if topic.number not in still]
    living = remembered(known, night.topics, others)
    # As they are stored, so that a replay goes on from what a night by itself would read.
    short = {n: c.astype(np.float16).astype(np.float32) for n, c in living.items()}
    gone = {t.number for t in after if t.status != "active"}
    kept = {number: centre for number, centre in found.centres.items() if number in gone}
    return Found(numbers, scores, after, {**kept, **still, **short})


def save_topics(
    tx: Any, found: Found, held: Held, *, before: tuple[Found, Held] | None = None
) -> None:
    """Write topics, as they hold and as they were found; with `before` those that differ."""
    written = set(zip(before[1].topics, before[0].topics, strict=True)) if before else set()
    topics.save(
        tx,
        [
            {
                **_row(topic),
                "found_title": as_found.title,
                "found_status": as_found.status,
                "found_into": as_found.merged_into,
            }
            for topic, as_found in zip(held.topics, found.topics, strict=True)
            if (topic, as_found) not in written
        ],
    )


def save_centres(tx: Any, found: Found, model: str, *, before: Found) -> None:
    """Write the centres that moved since `before`, and forget those that are not remembered."""
    topics.save_centres(
        tx,
        {
            f"T{number}": centre.astype(np.float16).tobytes()
            for number, centre in found.centres.items()
            if before.centres.get(number) is not centre
        },
        model,
        forgotten=[
            f"T{topic.number}" for topic in found.topics if topic.number not in found.centres
        ],
    )


def assign(
    tx: Any, corpus: Corpus, found: Found, held: Held, told: NDArray[np.int64], run_id: str
) -> None:
    """Write the rows of which discovery told something tonight."""
    topics.assign(
        tx,
        [
            {
                "passage_id": int(corpus.passage_ids[row]),
                "topic_id": _id(held.numbers[row]),
                "score": float(held.scores[row]),
                "run_id": run_id,
                "found_id": _id(found.numbers[row]),
                "found_score": float(found.scores[row]),
            }
            for row in told.tolist()
        ],
    )


def reassign(tx: Any, corpus: Corpus, before: Held, held: Held) -> None:
    """Write the rows that corrections alone made something else of than they were."""
    differs = (before.numbers != held.numbers) | (before.scores != held.scores)
    topics.reassign(
        tx,
        [
            {
                "key": int(corpus.passage_ids[row]),
                "held_id": _id(held.numbers[row]),
                "held_score": float(held.scores[row]),
            }
            for row in np.flatnonzero(differs & (before.numbers > -2)).tolist()
        ],
    )


def topic_of(row: dict[str, Any]) -> Topic:
    """Return a stored topic as it holds."""
    fields = {name: row[name] for name in Topic.__dataclass_fields__}
    return Topic(**{**fields, "keywords": tuple(row["keywords"])})


def _row(topic: Topic) -> dict[str, Any]:
    """Return a topic as it is stored; of what it is a part is written by whoever groups topics."""
    row = {n: getattr(topic, n) for n in Topic.__dataclass_fields__ if n != "parent_id"}
    return {**row, "id": topic.id, "keywords": list(topic.keywords)}


def _id(number: Any) -> str | None:
    return f"T{number}" if number >= 0 else None
