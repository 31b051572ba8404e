"""Whatever is wrong is said in one line on stderr, with its exit code, and nothing changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from insights.store import Database
from tests.cli.conftest import Insights, write_jsonl

SECRET = "s3cr3t-Passw0rd"
POST = {"id": "1", "text": "It rains", "created_at": "2026-05-01"}


def refused(folder: Path, insights: Insights, *arguments: str, code: int) -> str:
    """Check that a command refuses in one line and leaves the folder as it was."""
    before = files(folder)
    said = insights(*arguments)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("insights: ")
    assert said.err.count("\n") == 1
    assert SECRET not in said.err
    assert files(folder) == before
    return said.err


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder; SQLite's own, beside the database, come with every look."""
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.endswith(("-shm", "-wal"))}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param('databse_url = "x"', "did you mean 'database_url'", id="unknown-option"),
        pytest.param("[topics]\nmin_sise = 3", "did you mean 'topics.min_size'", id="in-a-section"),
        pytest.param("[topics]\nmin_size = 'many'", "topics.min_size", id="wrong-type"),
        pytest.param("[topics]\nmin_size = 0", "topics.min_size", id="out-of-range"),
        pytest.param("database_url = ", "insights.toml cannot be read", id="no-toml"),
        pytest.param(
            "[sources.f]\nconnector = 'discorse'", "did you mean 'discourse'", id="no-connector"
        ),
        pytest.param("[sources.f]\nurl = 'x'", "say which connector", id="connector-missing"),
        pytest.param(
            "[sources.f]\nconnector = 'file'",
            "sources.f: the option 'paths' is missing",
            id="option-missing",
        ),
        pytest.param(
            "[sources.f]\nconnector = 'file'\npaths = 'x'\nformt = 'csv'",
            "did you mean 'format'",
            id="unknown-option-of-a-source",
        ),
        pytest.param("[sources.'a:b']\nconnector = 'file'", "no colon", id="name-of-a-source"),
        pytest.param(
            "[publishers.p]\npublisher = 'mial'", "no publisher is called", id="no-publisher"
        ),
        pytest.param(
            f"database_url = 'postgresql://me:{SECRET}@127.0.0.1:1/x'",
            "database cannot be reached",
            id="unreachable-database",
        ),
        pytest.param(
            f"database_url = 'postgresql://me:{SECRET}@nowhere.invalid/x'",
            "database cannot be reached",
            id="database-on-no-host",
        ),
        pytest.param("database_url = 'sqlite:///insights.toml'", "not a database", id="no-sqlite"),
    ],
)
def test_wrong_settings_are_refused(
    insights: Insights, tmp_path: Path, settings: str, said: str
) -> None:
    (tmp_path / "insights.toml").write_text(f"{settings}\n")
    assert said in refused(tmp_path, insights, "run", code=3)


def test_a_missing_settings_file_is_refused_if_it_was_named(
    insights: Insights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no settings file" in refused(tmp_path, insights, "--config", "no.toml", "run", code=3)
    monkeypatch.setenv("INSIGHTS_CONFIG", "no.toml")
    assert "no settings file" in refused(tmp_path, insights, "run", code=3)


@pytest.mark.parametrize(
    ("name", "value"),
    [("INSIGHTS_TOPICS__MIN_SIZE", "many"), ("INSIGHTS_SOURCES", "forum")],
)
def test_a_wrong_environment_is_refused(
    insights: Insights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    refused(tmp_path, insights, "run", code=3)


WRONG_USAGE = [
    ("", "nosuch"),
    ("", "run", "--nosuch"),
    ("import",),
    ("--config",),
    ("export", "people"),
    ("export",),
    ("export", "posts", "--format", "xlsx"),
    ("run", "--as-of", "tomorrow"),
    ("run", "--as-of", "0001-01-01"),
    ("run", "--as-of", "0001-01-01T00:00:00+14:00"),
    ("run", "--as-of", "9999-12-31"),
    ("replay", "--since", "2026-01-01"),
    ("replay", "--since", "2026-13-01", "--until", "2026-01-01"),
    ("search",),
    ("search", " "),
    ("search", "rain", "--limit", "0"),
    ("search", "rain", "--queries", "x.jsonl"),
    ("search", "--queries", "missing.jsonl"),
    ("classify", "missing.jsonl"),
    ("redact", "missing.jsonl"),
    ("redact", "."),
    ("train", "mood", "x.jsonl", "--name", "m"),
    ("erase",),
    ("erase", "--post", "1", "--yes"),
    ("erase", "--post", "f:1", "--author", "f:a", "--yes"),
    ("erase", "--post", "f:1"),
    ("serve", "--host", "0.0.0.0"),
]


@pytest.mark.parametrize(
    "arguments", [pytest.param(a, id="-".join(w for w in a if w) or "none") for a in WRONG_USAGE]
)
def test_wrong_usage_is_refused(
    insights: Insights, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    refused(tmp_path, insights, *(word for word in arguments if word), code=2)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"{", id="not-json"),
        pytest.param(b"[1]", id="no-object"),
        pytest.param(b'{"text": "x"}', id="no-id"),
        pytest.param(b'{"id": "\xff", "text": "x"}', id="not-utf-8"),
        pytest.param(b'{"id": "1", "text": "\\ud800"}', id="lone-surrogate"),
        pytest.param(b"[" * 100_000, id="nested-too-deep"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    insights: Insights, tmp_path: Path, line: bytes
) -> None:
    write_jsonl(tmp_path / "posts.jsonl", line)
    assert "posts.jsonl:1" in refused(tmp_path, insights, "redact", "posts.jsonl", code=2)


def test_what_is_not_there_is_refused(lived: Insights, tmp_path: Path) -> None:
    assert "D-20260331" in refused(tmp_path, lived, "digest", "show", "D-1", code=2)
    refused(tmp_path, lived, "topics", "history", "T9999", code=2)
    refused(tmp_path, lived, "export", "posts", "--output", "no/such/folder.jsonl", code=2)
    refused(tmp_path, lived, "ingest", "forum", code=2)
    refused(tmp_path, lived, "ingest", code=3)


def test_a_night_before_the_last_one_is_refused(lived: Insights) -> None:
    before = lived("export", "assignments").out
    said = lived("run", "--as-of", "2026-03-01")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert lived("export", "assignments").out == before


def test_a_database_of_a_newer_version_is_refused(insights: Insights, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'insights.db'}")
    database.migrate()
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    said = refused(tmp_path, insights, "export", "posts", code=1)
    assert "upgrade insights" in said


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_cannot_be_is_refused(insights: Insights, tmp_path: Path, port: str) -> None:
    said = refused(tmp_path, insights, "serve", f"--port={port}", code=2)
    assert "1 to 65535" in said


def test_a_missing_file_fails_and_the_others_go_in(insights: Insights, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "posts.jsonl", POST)
    said = insights("import", "missing.jsonl", "posts.jsonl")
    assert said.code == 1
    assert said.err.startswith("insights: there is no file")
    assert len(insights("export", "posts").rows) == 1


def test_foreign_words_in_a_refusal_do_not_command_the_terminal(
    insights: Insights, tmp_path: Path
) -> None:
    bad = {"id": "1", "text": "x", "created_at": "\x1b[2J\x1b]0;owned\x07yesterday"}
    write_jsonl(tmp_path / "posts.jsonl", bad)
    said = insights("import", "posts.jsonl")
    assert "yesterday" in said.err
    told = said.err + insights("doctor").out
    assert [letter for letter in told if not letter.isprintable() and letter != "\n"] == []


def test_the_doctor_of_an_empty_folder_changes_nothing(insights: Insights, tmp_path: Path) -> None:
    assert insights("doctor").code == 0
    assert list(tmp_path.iterdir()) == []
