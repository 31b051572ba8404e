"""Sources are pulled, stretches of the past are brought in, and a table tells what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from insights.store import Database, sources
from tests.cli.conftest import Insights, write_jsonl

SOURCES = """
[sources.forum]
connector = "file"
paths = "forum.jsonl"

[sources.long-name]
connector = "file"
paths = "other.jsonl"
"""


@pytest.fixture
def two(insights: Insights, tmp_path: Path) -> Insights:
    """Two sources: one of twelve months, one with lines that cannot be read."""
    (tmp_path / "insights.toml").write_text(SOURCES)
    told = [
        {"id": str(month), "text": f"Rain in month {month}", "created_at": f"2025-{month:02}-01"}
        for month in range(1, 13)
    ]
    write_jsonl(tmp_path / "forum.jsonl", *told)
    write_jsonl(tmp_path / "other.jsonl", {**told[0], "id": "a"}, b"no", b"neither", {"id": "x"})
    return insights


def test_a_table_tells_what_came_of_each_source(two: Insights) -> None:
    """Columns stand under each other, and reasons follow with where they happened first."""
    said = two("ingest")
    assert said.code == 0
    assert said.out.splitlines() == [
        "forum:      12 new  0 changed  0 the same  0 deleted  0 skipped  0 requests",
        "long-name:   1 new  0 changed  0 the same  0 deleted  3 skipped  0 requests",
    ]
    assert "  long-name skipped other.jsonl:2 and 1 more: is not JSON" in said.err
    assert "  long-name skipped other.jsonl:4: has no created_at" in said.err


def test_a_stretch_of_the_past_comes_alone_and_the_rest_comes_later(two: Insights) -> None:
    """The first day belongs to it, the last does not; the place of the nights is not moved."""
    stretch = ("--since", "2025-03-01", "--until", "2025-06-01")
    assert "3 new" in two("ingest", "forum", *stretch).out
    ids = [row["id"] for row in two("export", "posts").rows]
    assert ids == ["forum:3", "forum:4", "forum:5"]
    assert "0 new  0 changed  3 the same" in two("ingest", "forum", *stretch).out
    assert "9 new  0 changed  3 the same" in two("ingest", "forum").out
    assert len(two("export", "posts").rows) == 12


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "2025-06-01", "--until", "2025-06-01"),
        ("--since", "yesterday"),
        ("--until", "0001-01-01"),
        ("form",),
    ],
)
def test_a_stretch_that_makes_no_sense_is_refused(
    two: Insights, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    said = two("ingest", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert not (tmp_path / "insights.db").exists()


def test_a_source_that_asked_for_patience_waits_and_the_others_do_not(
    two: Insights, tmp_path: Path
) -> None:
    """Ingest, check, doctor and list say until when; who names it knows better, and it is asked."""
    two("ingest", "forum")
    later = datetime.now(UTC) + timedelta(hours=2)
    database = Database(f"sqlite:///{tmp_path / 'insights.db'}")
    with database.write() as tx:
        sources.record(tx, "forum", state="waiting", note="", at=later, resume_at=later)
    database.close()
    said = two("ingest")
    assert said.code == 1
    assert said.out.startswith("long-name:  1 new")
    assert f"forum is not asked before {later:%Y-%m-%d %H:%M} UTC" in said.err
    checked = two("sources", "check")
    assert f"--  forum: is not asked before {later:%Y-%m-%d %H:%M}" in checked.out
    assert "unless it is named: insights sources check forum" in checked.err
    assert "unless it is named: insights ingest forum" in two("doctor").out
    assert "waiting" in two("sources", "list").out
    assert two("sources", "check", "forum").out.startswith("ok  forum")
    assert two("ingest", "forum").out.startswith("forum:  0 new")
    assert "waiting" not in two("sources", "list").out
