"""Parts that are about one kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from insights.pipeline.engine import Engine
from insights.protocols import Encoder
from insights.store import Database


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database in a file."""
    made = Database(f"sqlite:///{tmp_path / 'insights.db'}")
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def engine_on_sqlite(sqlite: Database, encoder: Encoder) -> Engine:
    """What erasure works with, on a database whose bytes can be read."""
    return Engine(database=sqlite, encoder=encoder, key=b"k" * 32)
