"""What every test may use: real parts, small and fast."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from insights.pipeline.engine import Engine
from insights.signals.intent import IntentModel
from insights.store import Database, classifiers

DIMENSION = 128


class WordEncoder:
    """A small deterministic encoder: a text is the sum of its words, each a fixed random vector.

    Texts that share words are near each other; it knows no synonyms.
    """

    name = "words-128"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
                row += _word_vector(word)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _word_vector(word: str) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)


@pytest.fixture(scope="session")
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def intents(encoder: WordEncoder) -> IntentModel:
    """The intent classifier for the small encoder, learned from the seeds once."""
    from insights.signals.intent_training import build

    return build(encoder)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own; the address of an empty database is made from it."""
    import pgserver

    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address of an empty database, on each kind that is supported."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'insights.db'}"
    from sqlalchemy import create_engine, make_url, text

    server = make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
    name = "t" + hashlib.blake2b(str(tmp_path).encode(), digest_size=8).hexdigest()
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with the current schema."""
    made = Database(database_url)
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def engine(database: Database, encoder: WordEncoder, intents: IntentModel) -> Engine:
    """What the steps work with, on an empty database and the small encoder."""
    with database.write() as tx:
        classifiers.save(tx, f"intents for {encoder.name}", intents.to_bytes(), {})
    return Engine(database=database, encoder=encoder, key=b"k" * 32)
