"""A site over the archive of the village, with a full digest as the latest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from insights.store import digests
from insights.web.app import create_app
from tests.digest import example
from tests.pipeline import village
from tests.pipeline.conftest import two_nights

__all__ = ["two_nights"]


@pytest.fixture(scope="session")
def app(
    two_nights: Path,
    tmp_path_factory: pytest.TempPathFactory,
    encoder: Encoder,
    intents: IntentModel,
) -> Iterator[FastAPI]:
    """The application, over a copy of the village after two nights."""
    folder = village.copy(two_nights, tmp_path_factory.mktemp("site") / "village")
    engine = village.engine(folder, encoder, intents)
    full = example.full()
    with engine.database.write() as tx:
        digests.save(tx, full.id, full.run_id, full.as_of, full.model_dump(mode="json"))
    yield create_app(engine.database, min_people=3)
    engine.database.close()


@pytest.fixture
def site(app: FastAPI) -> TestClient:
    """Somebody on this machine who asks the site."""
    return TestClient(app)
