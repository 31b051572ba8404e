"""How long does the digest of a large archive take to compose, to validate and to render?

    python benchmarks/digest.py [--posts 100000] [--days 730 63]

The archive is made of rows: posts, passages, vectors, topics and signals are written as the steps
before would leave them, and nothing is encoded. `--days` is over how long the posts are spread: the
fewer, the more of them a digest counts. Seconds are those of the processor, and of the wall where
the machine did nothing else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import delete, insert

from insights.digest.claims import of
from insights.digest.content import Digest
from insights.digest.options import DigestOptions
from insights.digest.query import Evidence
from insights.digest.recount import differing, recount
from insights.digest.render import render
from insights.models import INTENTS, Post
from insights.pipeline import analyze, claims, nightly, publish
from insights.pipeline.engine import Engine, Options
from insights.pipeline.lease import Lease
from insights.pulse.options import Roles
from insights.store import Database, digests, tables
from insights.store.post_rows import values_of
from insights.store.rows import hash_text

NIGHT = datetime(2026, 6, 1, 2, tzinfo=UTC)
SOURCES = ("forum", "chat", "reviews", "tracker", "list", "social")
TOPICS, AREAS, SIGNALS, WIDTH = 400, 16, 25, 384
ASKED = ("dark mode", "export to CSV", "two windows", "offline maps", "shared folders")
WORDS = ("sync", "map", "note", "page", "export", "search", "tag", "share", "login", "crash")
BATCH = 2000


class Named:
    """Stands for the encoder whose vectors are stored."""

    name = "made-up-384"

    def encode(self, texts: Any) -> Any:
        raise AssertionError("nothing is to be encoded")


def fill(database: Database, count: int, days: float, dice: np.random.Generator) -> None:
    """Write an archive of `count` posts of `count / 8` people."""
    ago = np.sort(dice.uniform(0, days, count))[::-1]
    topic = dice.zipf(1.3, count) % TOPICS
    centres = dice.standard_normal((TOPICS, WIDTH))
    for first in range(0, count, BATCH):
        rows = range(first, min(count, first + BATCH))
        said = [" ".join(dice.choice(WORDS, 14)) + f", number {row}" for row in rows]
        posts = [
            _post(row, float(ago[row]), text, dice) for row, text in zip(rows, said, strict=True)
        ]
        vectors = centres[topic[rows]] + dice.standard_normal((len(rows), WIDTH))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with database.write() as tx:
            tx.execute(insert(tables.post), [
                {"id": row + 1, **values_of(post.source, post), "checked_at": NIGHT}
                for row, post in zip(rows, posts, strict=True)
            ])  # fmt: skip
            tx.execute(
                insert(tables.passage),
                [_passage(r, t, dice) for r, t in zip(rows, said, strict=True)],
            )
            tx.execute(insert(tables.embedding), [
                {"text_hash": hash_text(text), "model": Named.name, "vector": vector.tobytes()}
                for text, vector in zip(said, vectors.astype(np.float16), strict=True)
            ])  # fmt: skip
            tx.execute(insert(tables.assignment), [
                {
                    "passage_id": row + 1, "topic_id": f"T{topic[row]}" if row % 12 else None,
                    "score": 0.8, "run_id": "made-up", "found_score": 0.8,
                    "found_id": f"T{topic[row]}" if row % 12 else None,
                }
                for row in rows
            ])  # fmt: skip


def _post(row: int, ago: float, text: str, dice: np.random.Generator) -> Post:
    return Post(
        source=SOURCES[int(dice.integers(len(SOURCES)))], native_id=str(row), text=text,
        author=f"author{int(dice.integers(12_500))}", created_at=NIGHT - timedelta(days=ago),
        version=f"{1 + row % 4}.0", url=f"https://example.org/{row}",
    )  # fmt: skip


def _passage(row: int, text: str, dice: np.random.Generator) -> dict[str, Any]:
    intents = dict(
        zip(INTENTS, dice.dirichlet(np.full(len(INTENTS), 0.3)).round(4).tolist(), strict=True)
    )
    spans = [{"text": str(dice.choice(ASKED)), "start": 0, "end": 9}]
    return {
        "id": row + 1, "post_id": row + 1, "position": 0, "text": text, "start": 0,
        "end": len(text),
        "text_hash": hash_text(text), "normal_hash": hash_text(text), "reasons": {},
        "noise": {"duplicate": 1.0} if row % 20 == 0 else {}, "intents": intents, "language": "en",
        "facts": {"asks_for": spans} if row % 3 else {"fails": spans}, "facts_by": "x",
        "severity": 0.5,
    }  # fmt: skip


def _named(count: int) -> dict[str, list[dict[str, Any]]]:
    """Return sources, topics, areas and signals."""
    born = NIGHT - timedelta(days=90)
    topics = [
        {
            "id": f"T{n}", "number": n, "title": f"Matter {n} of the app", "keywords": ["app"],
            "parent_id": f"A{n % AREAS}", "status": "active", "born_at": born, "run_id": "made-up",
            "size": 100, "found_title": f"Matter {n} of the app", "found_status": "active",
        }
        for n in range(TOPICS)
    ]  # fmt: skip
    areas = [
        {"id": f"A{n}", "number": n, "title": f"Area {n}", "keywords": [], "status": "active",
         "born_at": born, "run_id": "made-up"}
        for n in range(AREAS)
    ]  # fmt: skip
    return {"topic": topics, "area": areas}


def _signals(database: Database) -> list[dict[str, Any]]:
    """Return signals, each of sixty of the latest posts."""
    with database.read() as tx:
        p = tables.post.c
        latest = tx.execute(
            p.id.table.select().order_by(p.created_at.desc()).limit(60 * SIGNALS)
        ).all()
    ids = [f"{row.source}:{row.native_id}" for row in latest]
    return [
        {
            "id": f"S{n}", "number": n, "kind": ("emerging", "rising", "unanswered", "risk")[n % 4],
            "topic_id": f"T{n}", "title": f"Matter {n} of tonight", "status": "raised",
            "raised_at": NIGHT,
            "last_at": NIGHT, "run_id": "made-up", "observed": 40.0, "expected": 4.5, "p": 1e-9,
            "q": 1e-7, "people": 40, "why": "40 people where 4.5 were expected",
            "post_ids": ids[n::SIGNALS], "latest": 40.0, "peak": 40.0, "peak_at": NIGHT,
            "traits": [],
        }
        for n in range(SIGNALS)
    ]  # fmt: skip


def timed(name: str, step: Callable[[], Any], seconds: dict[str, float]) -> Any:
    """Do a step; note its seconds of the processor, and under `wall` those of the wall."""
    begun, began = time.process_time(), time.perf_counter()
    result = step()
    seconds[name] = round(time.process_time() - begun, 2)
    seconds["wall"] = round(seconds.get("wall", 0.0) + time.perf_counter() - began, 2)
    return result


def measure(folder: Path, count: int, days: float) -> dict[str, Any]:
    """Make an archive and the digest of its last night; return seconds by step."""
    database = Database(f"sqlite:///{folder / 'insights.db'}")
    database.migrate()
    dice = np.random.default_rng(7)
    fill(database, count, days, dice)
    with database.write() as tx:
        for name, rows in _named(count).items():
            tx.execute(insert(getattr(tables, name)), rows)
        for name in SOURCES:
            tx.execute(insert(tables.source), {"name": name, "connector": "file", "state": "ok"})
    with database.write() as tx:
        tx.execute(insert(tables.signal), _signals(database))
    options = Options(digest=DigestOptions(base_url="https://insights.example.org"))
    engine = Engine(database=database, encoder=Named(), key=b"k" * 32, options=options)
    seconds: dict[str, float] = {}
    with Lease(database) as lease:
        night = nightly.start(engine, lease, NIGHT)
        state = timed("load", lambda: analyze.load(engine), seconds)
        ranked = timed("rank", lambda: analyze.find_insights(engine, state, night, lease), seconds)
        whole: Digest = timed(
            "compose and validate",
            lambda: publish.compose_digest(engine, state, ranked, night, lease, "Bench"),
            seconds,
        )
        with lease.write() as tx:
            about = Evidence.model_validate(digests.evidence(tx, whole.id)[0])
            tx.execute(delete(tables.membership))
            timed("validate", lambda: claims.grounded(tx, whole, about, Roles()), seconds)
        with database.read() as tx:
            _, _, archive = timed(
                "read again", lambda: claims.archive_of(tx, whole.id, Roles()), seconds
            )
    stated = of(whole, about)
    failed = timed("recount", lambda: differing(stated, recount(stated, archive)), seconds)
    documents = render(whole)
    sizes = {}
    for form in documents:
        sizes[form] = len(timed(f"render {form}", lambda form=form: documents[form], seconds))
    seconds["in all"] = round(
        seconds["compose and validate"]
        + sum(s for n, s in seconds.items() if n.startswith("render")),
        2,
    )
    return {
        "posts": count, "days": days, "counted": len(archive.rows), "claims": len(stated),
        "failed": len(failed), "not seen": list(whole.not_seen), "seconds": seconds, "bytes": sizes,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--days", type=float, nargs="+", default=[730.0, 63.0])
    given = parser.parse_args()
    for days in given.days:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(Path(folder), given.posts, days), indent=1), flush=True)


if __name__ == "__main__":
    main()
