"""A night that was killed at any durable step ends as if it had not been."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from insights.pipeline import nightly
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from tests.pipeline import village
from tests.pipeline.faults import dying

ENOUGH = 80
"""Durable steps that no night of the village needs."""

Live = Callable[..., int]


@pytest.fixture(scope="module")
def live(encoder: Encoder, intents: IntentModel) -> Live:
    """Live a night in a folder, dying at durable step `at`; return the steps that were taken."""

    def night(folder: Path, as_of: datetime, *, at: int | None = None) -> int:
        engine = village.engine(folder, encoder, intents)
        with dying(engine.database, folder, at=at) as faults:
            nightly.run(engine, as_of=as_of, community=village.COMMUNITY)
        engine.database.close()
        return faults.steps

    return night


@pytest.fixture(scope="module")
def left(encoder: Encoder, intents: IntentModel) -> Callable[[Path], dict[str, Any]]:
    """Return all that the nights in a folder left for people."""

    def read(folder: Path) -> dict[str, Any]:
        engine = village.engine(folder, encoder, intents)
        found = village.outcome(engine, folder)
        engine.database.close()
        return found

    return read


@pytest.fixture(scope="module", params=["first-night", "later-night"])
def start(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, live: Live
) -> Path:
    """Before the first night nothing is imported; before a later one there is a past."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "later-night":
        village.write(folder, until=village.EVENING_BEFORE)
        live(folder, village.EVENING_BEFORE)
    village.write(folder, until=village.NIGHT)
    return folder


@pytest.fixture(scope="module")
def undisturbed(
    start: Path, tmp_path_factory: pytest.TempPathFactory, live: Live, left: Any
) -> dict[str, Any]:
    folder = village.copy(start, tmp_path_factory.mktemp("undisturbed") / "village")
    live(folder, village.NIGHT)
    return left(folder)


def test_the_village_gives_a_night_something_to_lose(undisturbed: dict[str, Any]) -> None:
    """Every export, stored digest and published file holds something that a kill could break."""
    assert all(undisturbed.values())
    assert {"posts", "topics", "assignments", "signals", "insights", "ledger", "latest.html"} <= (
        undisturbed.keys()
    )
    assert [s["kind"] for s in undisturbed["signals"]] == ["emerging"]


def test_a_night_killed_at_any_durable_step_ends_as_if_it_had_not_been(
    start: Path, undisturbed: dict[str, Any], tmp_path: Path, live: Live, left: Any
) -> None:
    """Killed at step 1, 2, 3 … until a night meets no fault, then run again at the same time."""
    for n in range(1, ENOUGH):
        folder = village.copy(start, tmp_path / f"killed-at-{n}")
        steps = live(folder, village.NIGHT, at=n)
        if steps >= n:
            live(folder, village.NIGHT)
        assert village.differences(left(folder), undisturbed) == [], f"killed at step {n}"
        if steps < n:
            assert n > 15, "a night has more durable steps than this: were they counted?"
            return
    pytest.fail(f"a night of the village takes more than {ENOUGH} durable steps")


@pytest.mark.parametrize("first", [3, 9, 13, 17])
def test_a_night_killed_again_while_it_recovers_ends_as_if_it_had_not_been(
    first: int, start: Path, undisturbed: dict[str, Any], tmp_path: Path, live: Live, left: Any
) -> None:
    """Killed at one step, then at steps 1, 2 and 3 of what should have mended it."""
    for second in (1, 2, 3):
        folder = village.copy(start, tmp_path / f"killed-again-at-{second}")
        for at in (first, second, None):
            live(folder, village.NIGHT, at=at)
        assert village.differences(left(folder), undisturbed) == [], f"{first}, then {second}"
