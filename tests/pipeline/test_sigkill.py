"""A night whose process is killed outright is finished by the next one, as if nothing had been."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from insights.pipeline import nightly
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from tests.pipeline import village

NIGHT = """
import sys
from pathlib import Path
from insights.pipeline import nightly
from tests.conftest import WordEncoder
from tests.pipeline import village
engine = village.engine(Path(sys.argv[1]), WordEncoder(), None)
print("ready", flush=True)
nightly.run(engine, as_of=village.NIGHT, community=village.COMMUNITY)
"""
KILLS = 3
LONGEST = 0.5
"""Seconds that a night of the village takes, about."""


@pytest.fixture
def run(encoder: Encoder, intents: IntentModel) -> Callable[[Path], dict[str, Any]]:
    """Run the village's last night in this process; return all that it leaves."""

    def night(folder: Path) -> dict[str, Any]:
        engine = village.engine(folder, encoder, intents)
        nightly.run(engine, as_of=village.NIGHT, community=village.COMMUNITY)
        found = village.outcome(engine, folder)
        engine.database.close()
        return found

    return night


@pytest.fixture
def start(tmp_path: Path, encoder: Encoder, intents: IntentModel) -> Path:
    """The village before its last night, whose topics need no BERTopic to be joined."""
    folder = tmp_path / "start"
    village.write(folder, until=village.EVENING_BEFORE)
    engine = village.engine(folder, encoder, intents)
    nightly.run(engine, as_of=village.EVENING_BEFORE, community=village.COMMUNITY)
    engine.database.close()
    village.write(folder, until=village.NIGHT)
    return folder


def killed(folder: Path, after: float) -> int:
    """Kill a night in a process of its own `after` seconds; return how it ended."""
    here = Path(__file__).parents[2]
    command = [sys.executable, "-c", NIGHT, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=here) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after)
        process.kill()
    return process.returncode


def test_nights_that_were_killed_at_any_moment_end_as_if_they_had_not_been(
    start: Path, tmp_path: Path, run: Callable[[Path], dict[str, Any]]
) -> None:
    undisturbed = run(village.copy(start, tmp_path / "undisturbed"))
    dice = random.Random(20)
    ends = []
    for number in range(KILLS):
        folder = village.copy(start, tmp_path / f"killed-{number}")
        ends.append(killed(folder, dice.uniform(0, LONGEST)))
        assert village.differences(run(folder), undisturbed) == [], f"kill {number}"
    assert -signal.SIGKILL in ends
