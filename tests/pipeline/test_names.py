"""Who writes in a thread is not named by the others who write there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from insights.models import Batch, Post
from insights.pipeline.engine import Engine
from insights.pipeline.ingest import save_batch
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from insights.store import posts, sources
from tests.pipeline import village


@pytest.fixture
def engine(encoder: Encoder, intents: IntentModel, tmp_path: Path) -> Engine:
    made = village.engine(tmp_path, encoder, intents)
    with made.database.write() as tx:
        sources.open_source(tx, "forum", "file")
    return made


def save(engine: Engine, *told: tuple[str, str, str, str]) -> None:
    """Save (id, thread, author, text) in one batch."""
    at = datetime(2026, 5, 1, tzinfo=UTC)
    made = (
        Post(
            source="forum", native_id=native_id, thread_id=thread or None, author=author,
            text=text, title=text, created_at=at,
        )
        for native_id, thread, author, text in told
    )  # fmt: skip
    save_batch(engine, "forum", Batch(cursor={}, posts=tuple(made)))


def stored(engine: Engine, native_id: str) -> str:
    with engine.database.read() as tx:
        return posts.by_id(tx, [f"forum:{native_id}"])[f"forum:{native_id}"].text


def test_people_of_a_thread_are_hidden_in_it(engine: Engine) -> None:
    """Also those who wrote in an earlier batch, of whom only the keyed hash is kept."""
    save(engine, ("1", "a", "Marianne", "It fails."), ("2", "a", "jo_doe", "As Marianne says"))
    save(engine, ("3", "a", "Odwina", "Marianne and Jo_doe are right. Odwina"))
    assert stored(engine, "2") == "As <NAME> says"
    assert stored(engine, "3") == "<NAME> and <NAME> are right. <NAME>"


def test_the_same_word_elsewhere_stays(engine: Engine) -> None:
    """In another thread nobody is called so."""
    save(engine, ("1", "a", "Marianne", "It fails."), ("2", "b", "jo_doe", "As Marianne says"))
    save(engine, ("3", "", "Odwina", "Marianne, I am Odwina"))
    assert stored(engine, "2") == "As Marianne says"
    assert stored(engine, "3") == "Marianne, I am <NAME>"


def test_whoever_keeps_raw_texts_keeps_names(engine: Engine) -> None:
    """The setting holds for names, too."""
    raw = replace(engine, options=replace(engine.options, keep_raw=True))
    save(raw, ("1", "a", "Marianne", "It fails."), ("2", "a", "jo_doe", "As Marianne says"))
    assert stored(raw, "2") == "As Marianne says"
