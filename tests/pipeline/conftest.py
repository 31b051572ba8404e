"""A village that has lived through two nights, once for all tests that only look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from insights.pipeline import nightly
from insights.pipeline.engine import Engine
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from tests.pipeline import village

Village = Callable[..., Engine]


@pytest.fixture(scope="session")
def two_nights(
    encoder: Encoder, intents: IntentModel, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of a village after its last two nights."""
    folder = tmp_path_factory.mktemp("two-nights")
    for as_of in (village.EVENING_BEFORE, village.NIGHT):
        village.write(folder, until=as_of)
        engine = village.engine(folder, encoder, intents)
        nightly.run(engine, as_of=as_of, community=village.COMMUNITY)
        engine.database.close()
    return folder


@pytest.fixture
def lived(
    two_nights: Path, tmp_path: Path, encoder: Encoder, intents: IntentModel
) -> Iterator[Engine]:
    """A copy of the village after two nights, in `tmp_path / "lived"`."""
    folder = village.copy(two_nights, tmp_path / "lived")
    engine = village.engine(folder, encoder, intents)
    yield engine
    engine.database.close()


@pytest.fixture
def untouched(tmp_path: Path, encoder: Encoder, intents: IntentModel) -> Iterator[Engine]:
    """The village with all its posts written and none imported, in `tmp_path / "untouched"`."""
    folder = tmp_path / "untouched"
    village.write(folder, until=village.NIGHT)
    engine = village.engine(folder, encoder, intents)
    yield engine
    engine.database.close()
