"""Help answers at once, and shows how every command is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from insights.cli import _app
from tests.cli.conftest import Insights

HEAVY = ("torch", "bertopic", "pandas", "prefect", "sklearn", "sqlalchemy", "spacy", "fastapi")
COMMANDS = (
    "import", "ingest", "run", "replay", "export", "map", "search", "classify", "train", "redact",
    "digest", "topics", "areas", "serve", "schedule", "erase", "doctor", "noise", "correct",
    "corrections", "sources", "people", "connector", "tune", "releases",
    "link", "unlink", "links", "open", "replies", "feedback", "community",
)  # fmt: skip
FAMILIES = ("digest", "topics", "sources", "people", "connector", "releases")
PARTS = (
    "digest list", "digest show", "topics list", "topics show", "topics rename", "topics merge",
    "topics split", "topics move", "topics dismiss", "topics pin", "topics track", "topics undo",
    "topics history", "sources list", "sources check", "sources add",
    "people import", "people remove", "connector new", "releases import", "releases list",
    "topics fixed", "feedback list", "feedback report", "digest send", "digest recount",
    "digest evidence",
)  # fmt: skip
SHOWN = [*(name for name in COMMANDS if name not in FAMILIES), *PARTS]


def test_help_waits_for_nothing_heavy() -> None:
    code = f"""
import sys
from insights.cli import answer
answer(["--help"])
answer(["run", "--help"])
sys.exit(", ".join(name for name in {HEAVY} if name in sys.modules) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr.strip(), done.returncode) == ("", 0)
    assert "insights import posts.jsonl" in done.stdout


def test_help_names_every_command_and_every_exit_code(insights: Insights) -> None:
    said = insights("--help")
    assert said.code == 0
    assert [name for name in COMMANDS if f" {name} " not in said.out] == []
    assert all(f"{code} " in said.out for code in (0, 1, 2, 3, 4, 130))


def test_no_command_is_without_a_test_of_its_help() -> None:
    assert set(COMMANDS) == {name for name in _app() if not name.startswith("-")}


@pytest.mark.parametrize("command", SHOWN)
def test_the_help_of_a_command_has_an_example(insights: Insights, command: str) -> None:
    said = insights(*command.split(), "--help")
    assert said.code == 0
    assert f"insights {command}" in " ".join(said.out.split("Example:")[-1].split())


def test_the_version_is_told(insights: Insights) -> None:
    assert insights("--version").out.strip().count(".") == 2
