"""Where settings come from, where paths in them start, and who may read the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Insights, write_jsonl

POST = {"id": "1", "text": "It rains", "created_at": "2026-05-01", "author": "Wrenna"}


def test_relative_paths_start_from_the_folder_of_the_settings(
    insights: Insights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is imported is named from where the command is given, as everywhere."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    (home / "insights.toml").write_text(
        'database_url = "sqlite:///data/posts.db"\nkey_file = "secret/key"\n'
        "[sources.forum]\nconnector = 'file'\npaths = 'in/*.jsonl'\n"
    )
    (home / "in").mkdir()
    write_jsonl(home / "in/posts.jsonl", POST)
    write_jsonl(elsewhere / "more.jsonl", POST)
    monkeypatch.chdir(elsewhere)
    assert "1 new" in insights("--config", "../home/insights.toml", "ingest").out
    assert "1 new" in insights("import", "more.jsonl", "--config=../home/insights.toml").out
    monkeypatch.setenv("INSIGHTS_CONFIG", "../home/insights.toml")
    assert insights("run", "--help").code == 0
    assert len(insights("export", "posts").rows) == 2
    assert sorted(path.name for path in elsewhere.iterdir()) == ["more.jsonl"]
    assert (home / "data/posts.db").is_file()
    assert (home / "secret/key").is_file()


def test_the_environment_wins_over_the_file(
    insights: Insights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "insights.toml").write_text('database_url = "sqlite:///file.db"\n')
    monkeypatch.setenv("INSIGHTS_DATABASE_URL", "sqlite:///environment.db")
    insights("export", "posts")
    assert [path.name for path in tmp_path.glob("*.db")] == ["environment.db"]


def test_the_file_that_is_named_wins_over_the_one_of_the_environment(
    insights: Insights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.toml").write_text(f'database_url = "sqlite:///{name}.db"\n')
    monkeypatch.setenv("INSIGHTS_CONFIG", "other.toml")
    insights("export", "posts", "--config", "one.toml")
    assert [path.name for path in tmp_path.glob("*.db")] == ["one.db"]


def test_the_key_is_made_once_and_readable_by_its_owner_only(
    insights: Insights, tmp_path: Path
) -> None:
    write_jsonl(tmp_path / "posts.jsonl", POST)
    insights("import", "posts.jsonl")
    key = (tmp_path / "insights.key").read_text()
    assert (tmp_path / "insights.key").stat().st_mode & 0o777 == 0o600
    insights("import", "posts.jsonl", "--source", "other")
    assert (tmp_path / "insights.key").read_text() == key


@pytest.mark.parametrize("key", ["", "no hexadecimal digits", "abcd"])
def test_a_broken_key_is_told_and_not_replaced(
    insights: Insights, tmp_path: Path, key: str
) -> None:
    """With another key the same person would become another."""
    (tmp_path / "insights.key").write_text(key)
    write_jsonl(tmp_path / "posts.jsonl", POST)
    said = insights("import", "posts.jsonl")
    assert (said.code, said.err.count("\n")) == (3, 1)
    assert (tmp_path / "insights.key").read_text() == key


def test_two_sources_do_not_share_a_person(insights: Insights, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "posts.jsonl", POST)
    for source in ("forum", "chat"):
        insights("import", "posts.jsonl", "--source", source)
    assert len({row["author"] for row in insights("export", "posts").rows}) == 2


def test_what_every_source_has_is_said_beside_the_connectors_own_options(
    insights: Insights, tmp_path: Path
) -> None:
    """A post that is too old for its source stays out, and the pull says how many there were."""
    write_jsonl(tmp_path / "posts.jsonl", POST)
    settings = "[sources.forum]\nconnector = 'file'\npath = 'posts.jsonl'\n"
    (tmp_path / "insights.toml").write_text(settings + "retention_days = 1\nrecheck_posts = 9\n")
    assert "1 too old to keep" in insights("ingest").out
    assert insights("export", "posts").rows == []
    (tmp_path / "insights.toml").write_text(settings + "retention_day = 1\n")
    said = insights("ingest")
    assert said.code == 3
    assert "did you mean 'retention_days'?" in said.err
    (tmp_path / "insights.toml").write_text(settings + "retention_days = -1\n")
    said = insights("ingest")
    assert said.code == 3
    assert "sources.forum: retention_days: " in said.err
