"""A community in a database of its own: people write and delete, nights pass, people correct."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from insights.models import Post, Tombstone
from insights.pipeline import analyze, curate, nightly
from insights.pipeline.desk import Wish
from insights.pipeline.embed import embed
from insights.pipeline.engine import Engine, Options
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import prepare
from insights.store import Database, classifiers, passages, posts, runs, topics
from insights.topics.options import TopicOptions
from insights.topics.standing import apply

FIRST = datetime(2026, 5, 1, 2, tzinfo=UTC)
THEMES = (
    "login password refused account locked again",
    "export drawing layers lost pdf blank",
    "dark theme contrast night screen bright",
    "sync calendar duplicate events phone tablet",
    "invoice billing card charged twice refund",
)
ASIDES = ("today", "lately", "honestly", "maybe", "always", "often", "since", "spring", "outside")
OPTIONS = Options(topics=TopicOptions(resolution=0.5, min_people=2))


def template(folder: Path, encoder: Any, intents: Any) -> Path:
    """Make an empty database that communities begin with."""
    path = folder / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.write() as tx:
        classifiers.save(tx, f"intents for {encoder.name}", intents.to_bytes(), {})
    database.checkpoint()
    database.close()
    return path


class OtherEncoder:
    """The same words in half as many dimensions."""

    name = "words-64"

    def __init__(self, words: Any) -> None:
        self.words = words

    def encode(self, texts: Any) -> Any:
        half = self.words.encode(texts)[:, :64]
        return half / np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-12)


class Community:
    """People, nights and corrections, one after the other."""

    def __init__(self, empty: Path, at: Path, encoder: Any) -> None:
        shutil.copy(empty, at)
        self.at = at
        self.database = Database(f"sqlite:///{at}")
        self.engine = Engine(self.database, encoder, b"k" * 32, options=OPTIONS)
        self.clock = FIRST
        self.written = 0

    def write(self, theme: int, count: int) -> None:
        """Let `count` people write about a theme, each in words of their own."""
        said = []
        for _ in range(count):
            n = self.written = self.written + 1
            aside = f"{ASIDES[n % 9]} {ASIDES[n * 7 % 5]} number{n}"
            text = f"{THEMES[theme]} {aside}"
            at = self.clock - timedelta(hours=1) + timedelta(seconds=n)
            said.append(
                Post(source="forum", native_id=str(n), text=text, created_at=at, author=f"p{n}")
            )
        with self.database.write() as tx:
            posts.save(tx, "forum", said, self.clock)

    def delete(self, post_ids: list[str]) -> None:
        """Let posts be deleted where they were written."""
        stones = [Tombstone(post_id.partition(":")[2]) for post_id in post_ids]
        with self.database.write() as tx:
            posts.bury(tx, "forum", stones, self.clock)

    def night(self) -> str:
        """Let a night pass, as far as topics go; return its run's id."""
        with Lease(self.database) as lease:
            night = nightly.start(self.engine, lease, self.clock)
            prepare(self.engine, lease)
            embed(self.engine, lease)
            analyze.find_topics(self.engine, analyze.load(self.engine), night, lease)
            with lease.write() as tx:
                runs.finish(tx, night.run_id)
        self.clock += timedelta(days=1)
        return night.run_id

    def correct(self, wish: Wish) -> int:
        """Let somebody correct something; return the correction's number."""
        return curate.correct(self.engine, wish, by="ana")[0]

    def undo(self, number: int | None = None) -> None:
        """Let somebody take a correction back."""
        curate.undo(self.engine, number, by="ben")

    def topics(self) -> dict[str, dict[str, Any]]:
        """Return all topics by id."""
        with self.database.read() as tx:
            return {row["id"]: row for row in topics.exported(tx)}

    def living(self) -> list[str]:
        """Return the ids of topics that are told."""
        return [name for name, row in self.topics().items() if row["status"] == "active"]

    def assigned(self) -> dict[str, str | None]:
        """Return the topic of each post."""
        with self.database.read() as tx:
            return {row["post_id"]: row["topic_id"] for row in passages.exported(tx)}

    def scores(self) -> dict[str, float]:
        """Return how sure the topic of each post is."""
        with self.database.read() as tx:
            return {row["post_id"]: row["score"] for row in passages.exported(tx)}

    def history(self, topic_id: str | None = None) -> list[dict[str, Any]]:
        """Return what became of topics, with what people said."""
        with self.database.read() as tx:
            return topics.history(tx, topic_id)

    def snapshot(self) -> tuple[Any, ...]:
        """Return everything about topics that people can see."""
        return self.topics(), self.assigned(), self.scores()

    def is_laid_over(self) -> bool:
        """Say whether the store holds what a night would find to hold."""
        state = analyze.load(self.engine)
        with self.database.read() as tx:
            begun = [run["as_of"] for run in runs.every(tx) if run["steps"]]
        if not begun:
            return True
        encoder = self.engine.encoder
        held = apply(
            state.corpus, state.found, state.said, as_of=begun[-1], model=encoder.name,
            encode=encoder.encode,
        )  # fmt: skip
        same = np.array_equal(held.numbers, state.held.numbers)
        return same and held.topics == state.held.topics

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
        self.at.unlink(missing_ok=True)
