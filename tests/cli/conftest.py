"""A folder of its own for each test, and the command line in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from insights.cli import answer
from insights.pipeline import nightly
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from tests.pipeline import village


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of JSON that it wrote."""
        return [json.loads(line) for line in self.out.splitlines()]


Insights = Callable[..., Answer]


@pytest.fixture
def insights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Insights:
    """Run a command in an empty folder; an exception that comes out of it is a traceback."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = answer(list(arguments))
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


def write_jsonl(path: Path, *records: object) -> Path:
    """Write records, or lines that are none, into a file."""
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


@pytest.fixture(scope="session")
def one_night(
    encoder: Encoder, intents: IntentModel, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A village after a night, as the command line finds it."""
    folder = tmp_path_factory.mktemp("one-night")
    village.write(folder, until=village.NIGHT)
    engine = village.engine(folder, encoder, intents)
    nightly.run(engine, as_of=village.NIGHT, community=village.COMMUNITY)
    engine.database.close()
    return folder


@pytest.fixture
def lived(one_night: Path, insights: Insights, tmp_path: Path) -> Insights:
    """The command line in a village after a night."""
    village.copy(one_night, tmp_path / "village")
    (tmp_path / "insights.key").write_text("6b" * 32)
    (tmp_path / "insights.toml").write_text('database_url = "sqlite:///village/insights.db"\n')
    return insights
