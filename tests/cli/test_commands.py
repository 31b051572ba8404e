"""Every command answers."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from insights.cli import terminal
from tests.cli.conftest import Insights, write_jsonl

CRASHES = [f"The photo tool crashes when I open picture {number} in it" for number in range(6)]
WISHES = [f"Please add a dark theme for page {number} of my notebook" for number in range(6)]


def test_digests_are_listed_and_shown_in_every_format(lived: Insights) -> None:
    assert lived("digest", "list").out.startswith("D-20260331-020000")
    assert "compass" in lived("digest", "show").out
    assert "compass" in lived("digest", "show", "--format", "md").out
    assert lived("digest", "show", "--format", "html").out.startswith("<!")
    assert json.loads(lived("digest", "show", "--format", "json").out)["id"] == "D-20260331-020000"


def test_topics_are_listed_and_their_past_is_shown(lived: Insights) -> None:
    assert "people" in lived("topics", "list", "--limit", "3").out
    assert "born" in lived("topics", "history", "T1").out


def test_the_doctor_names_what_is_well(lived: Insights) -> None:
    said = lived("doctor")
    assert said.code == 0
    assert "ok  source forum" in said.out
    assert "last run as of 2026-03-31 02:00" in said.out


def test_a_person_is_erased(lived: Insights) -> None:
    before = len(lived("export", "posts").rows)
    assert lived("erase", "--post", "forum:9200", "--yes").out == "erased 1 post\n"
    assert len(lived("export", "posts").rows) == before - 1
    assert lived("erase", "--post", "forum:9200", "--yes").code == 1


def test_personal_data_is_hidden_or_told(insights: Insights, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "posts.jsonl", {"id": "1", "text": "Write to wrenna@moor.example now"})
    (hidden,) = insights("redact", "posts.jsonl").rows
    assert hidden == {"id": "1", "text": "Write to <EMAIL> now"}
    (told,) = insights("redact", "posts.jsonl", "--spans").rows
    assert told == {"id": "1", "spans": [{"start": 9, "end": 28, "kind": "EMAIL"}]}


def test_redaction_answers_line_by_line_in_a_pipe(tmp_path: Path) -> None:
    """A line is answered before the next one comes, and offsets count characters, not bytes."""
    program = "from insights.cli import main; main()"
    command = [sys.executable, "-c", program, "redact", "-", "--spans"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path) as process:
        assert process.stdin and process.stdout and process.stderr
        for text, start in (("jo@x.example", 0), ("字🙂é jo@x.example", 4)):
            process.stdin.write(json.dumps({"id": text, "text": text}).encode() + b"\n")
            process.stdin.flush()
            (span,) = json.loads(process.stdout.readline())["spans"]
            assert (span["start"], span["end"]) == (start, len(text))
        process.stdin.write(b"no json\n")
        process.stdin.close()
        assert "standard input:3 is not JSON" in process.stderr.read().decode()
        assert process.wait() == 2


def test_a_night_without_posts_needs_no_model(insights: Insights, tmp_path: Path) -> None:
    said = insights("run", "--as-of", "2026-05-01")
    assert (said.code, said.out) == (0, "")
    assert "Nothing significant" in said.err
    assert (tmp_path / "digests/latest.html").is_file()
    assert "Nothing significant" in insights("digest", "show").out


def test_an_archive_without_posts_is_replayed(insights: Insights) -> None:
    said = insights("replay", "--since", "2026-05-01", "--until", "2026-05-03")
    assert (said.code, said.err.splitlines()[-1][:17]) == (0, "replayed 3 nights")


@pytest.mark.parametrize(
    ("named", "looks_at"),
    [
        ("2026-05-01", datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC)),
        ("2026-05-01T02:00", datetime(2026, 5, 1, 2, tzinfo=UTC)),
        ("2026-05-01T02:00:00+03:00", datetime(2026, 4, 30, 23, tzinfo=UTC)),
    ],
)
def test_the_night_of_a_day_knows_the_day(named: str, looks_at: datetime) -> None:
    """One with a clock looks then."""
    assert terminal.night(named, "--since") == looks_at


def test_a_broken_source_makes_a_night_incomplete(insights: Insights, tmp_path: Path) -> None:
    (tmp_path / "insights.toml").write_text(
        "[sources.forum]\nconnector = 'file'\npaths = 'missing.jsonl'\n"
    )
    said = insights("run", "--as-of", "2026-05-01")
    assert said.code == 4
    assert "forum could not be read: there is no file" in said.err
    assert "forum failed" in insights("digest", "show", "--format", "md").out
    assert insights("doctor").code == 1


def test_quiet_says_only_what_was_asked(insights: Insights) -> None:
    said = insights("-q", "run", "--as-of", "2026-05-01")
    assert (said.code, said.out, said.err) == (0, "", "")


@pytest.mark.model
def test_posts_are_imported_understood_searched_and_classified(
    insights: Insights, tmp_path: Path
) -> None:
    """The first five minutes, with the real model: a dozen posts, no settings."""
    posts = [
        {"id": str(n), "text": words, "created_at": f"2026-05-{n + 1:02}", "author": f"a{n}"}
        for n, words in enumerate([*CRASHES, *WISHES])
    ]
    write_jsonl(tmp_path / "posts.jsonl", *posts)
    assert "12 new" in insights("import", "posts.jsonl", "--source", "forum").out
    assert insights("run", "--as-of", "2026-05-14").code == 0
    assert {row["topic_id"] for row in insights("export", "assignments").rows} != {None}
    found = insights("search", "night mode with black background", "--format", "jsonl").rows
    assert found[0]["post_id"] in {f"forum:{n}" for n in range(6, 12)}
    assert [hit["score"] for hit in found] == sorted((h["score"] for h in found), reverse=True)
    assert "0." in insights("search", "app dies", "--limit", "2").out
    write_jsonl(tmp_path / "queries.jsonl", {"id": "q1", "text": "crash"})
    asked = insights("search", "--queries", "queries.jsonl", "--format", "jsonl", "--limit", "3")
    assert [row["query_id"] for row in asked.rows] == ["q1"] * 3
    scored = insights("classify", "posts.jsonl").rows
    assert [row["id"] for row in scored] == [post["id"] for post in posts]
    assert all(0 <= value <= 1 for row in scored for value in row["intents"].values())
    taught = [{**post, "intent": "bug" if int(post["id"]) < 6 else "wish"} for post in posts]
    write_jsonl(tmp_path / "taught.jsonl", *taught)
    assert "macro F1" in insights("train", "intent", "taught.jsonl", "--name", "kind").out
    named = insights("classify", "posts.jsonl", "--model", "kind").rows
    assert set(named[0]["intents"]) == {"bug", "wish"}
    assert insights("classify", "posts.jsonl", "--model", "knid").code == 2
