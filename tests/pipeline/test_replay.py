"""A replayed archive is the archive lived through night by night."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from insights.errors import UsageError
from insights.pipeline import nightly
from insights.pipeline.engine import Engine
from insights.pipeline.ingest import ingest_all
from insights.pipeline.replay import replay
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from tests.pipeline import village
from tests.pipeline.faults import dying

SINCE = village.NIGHT - timedelta(days=6)
NIGHTS = 7


@pytest.fixture
def imported(untouched: Engine) -> Engine:
    ingest_all(untouched)
    return untouched


@pytest.fixture
def one_by_one(tmp_path: Path, encoder: Encoder, intents: IntentModel) -> dict[str, Any]:
    """The exports of the same nights, each run by itself."""
    folder = tmp_path / "one-by-one"
    village.write(folder, until=village.NIGHT)
    engine = village.engine(folder, encoder, intents)
    ingest_all(engine)
    for day in range(NIGHTS):
        as_of = SINCE + timedelta(days=day)
        nightly.run(
            engine, as_of=as_of, community=village.COMMUNITY, ingesting=False, publishing=False
        )
    return of_the_end(engine)


def of_the_end(engine: Engine) -> dict[str, Any]:
    """All exports, of insights those of the last night: a replay ranks no other."""
    found = village.exports(engine.database)
    last = max((row["run_id"] for row in found["insights"]), default="")
    return {**found, "insights": [row for row in found["insights"] if row["run_id"] == last]}


def test_a_replay_ends_as_the_nights_run_one_by_one(
    imported: Engine, one_by_one: dict[str, Any]
) -> None:
    assert replay(imported, since=SINCE, until=village.NIGHT) == NIGHTS
    assert village.differences(of_the_end(imported), one_by_one) == []


def test_a_replay_that_was_killed_goes_on_and_ends_the_same(
    imported: Engine, one_by_one: dict[str, Any], tmp_path: Path
) -> None:
    for at in (5, 9, 14, 21):
        with dying(imported.database, tmp_path, at=at):
            replay(imported, since=SINCE, until=village.NIGHT)
    assert replay(imported, since=SINCE, until=village.NIGHT) < NIGHTS
    assert village.differences(of_the_end(imported), one_by_one) == []


def test_a_signal_carries_the_night_on_which_it_would_have_been_raised(imported: Engine) -> None:
    replay(imported, since=SINCE, until=village.NIGHT)
    (outbreak,) = village.exports(imported.database)["signals"]
    assert outbreak["raised_at"] == village.EVENING_BEFORE
    assert outbreak["last_at"] == village.NIGHT


def test_a_night_in_a_replay_knows_only_its_past(imported: Engine) -> None:
    """The outbreak is not known a day before it begins, though its posts are in the store."""
    replay(imported, since=SINCE, until=village.EVENING_BEFORE - timedelta(days=1))
    assert village.exports(imported.database)["signals"] == []


def test_replaying_again_replays_nothing(imported: Engine) -> None:
    replay(imported, since=SINCE, until=village.NIGHT)
    before = village.exports(imported.database)
    assert replay(imported, since=SINCE, until=village.NIGHT) == 0
    assert village.differences(village.exports(imported.database), before) == []


def test_a_stretch_that_ends_before_it_begins_is_refused(imported: Engine) -> None:
    with pytest.raises(UsageError, match="later than"):
        replay(imported, since=village.NIGHT, until=SINCE)
