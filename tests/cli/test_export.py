"""Exports carry what other tools rely on, in three formats, and nothing that a table would run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.cli.conftest import Insights, write_jsonl
from tests.pipeline import village

COLUMNS = {
    "posts": {"id", "text", "created_at", "title", "author", "url", "space", "thread_id"},
    "assignments": {"post_id", "passage", "topic_id", "score", "run_id"},
    "topics": {"id", "title", "keywords", "parent_id", "status", "posts", "people", "born_at"},
    "signals": {
        "id", "kind", "raised_at", "topic_id", "title", "observed", "expected", "p", "q",
        "post_ids", "status",
    },
    "insights": {"id", "kind", "score", "people", "title"},
    "ledger": {"event", "topic_id", "at"},
    "map": {"post_id", "passage", "topic_id", "x", "y"},
    "timeline": {"topic_id", "week", "posts", "people"},
    "lineage": {"at", "event", "before", "after", "share"},
}  # fmt: skip
MAYBE = {
    "areas": {"id", "title", "keywords", "status"},
    "subtopics": {"parent_id", "place", "title", "keywords", "posts", "people", "post_ids"},
}
"""Of large archives only."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("what", COLUMNS)
def test_an_export_has_its_columns_in_every_format(
    lived: Insights, tmp_path: Path, what: str
) -> None:
    rows = lived("export", what).rows
    assert rows
    assert COLUMNS[what] <= rows[0].keys()
    table = list(csv.DictReader(io.StringIO(lived("export", what, "--format", "csv").out)))
    assert lived("export", what, "--format", "parquet", "--output", "out.parquet").code == 0
    columns = parquet.read_table(tmp_path / "out.parquet")
    assert list(table[0]) == columns.column_names == list(rows[0])
    assert len(table) == columns.num_rows == len(rows)


@pytest.mark.parametrize("what", [*COLUMNS, *MAYBE])
def test_an_export_of_nothing_still_has_its_columns(
    insights: Insights, tmp_path: Path, what: str
) -> None:
    columns = {**COLUMNS, **MAYBE}[what]
    assert insights("export", what).out == ""
    header = insights("export", what, "--format", "csv").out
    assert columns <= set(header.strip().split(","))
    insights("export", what, "--format", "parquet", "--output", "out.parquet")
    assert columns <= set(parquet.read_table(tmp_path / "out.parquet").column_names)


def test_ids_times_and_numbers_are_what_the_contract_says(lived: Insights) -> None:
    posts = lived("export", "posts").rows
    ids = {row["id"] for row in posts}
    assert all(row["id"] == f"{row['source']}:{row['id'].partition(':')[2]}" for row in posts)
    topics = {row["id"] for row in lived("export", "topics").rows}
    assignments = lived("export", "assignments").rows
    assert {row["post_id"] for row in assignments} <= ids
    assert {row["topic_id"] for row in assignments} <= topics | {None}
    assert all(0 <= row["score"] <= 1 for row in assignments)
    (signal,) = lived("export", "signals").rows
    assert signal["raised_at"] == village.NIGHT.isoformat()
    assert set(signal["post_ids"]) <= ids
    assert 0 <= signal["p"] <= signal["q"] <= 1


def test_no_cell_of_a_table_is_a_formula(insights: Insights, tmp_path: Path) -> None:
    """Nor behind blanks and invisible signs, which some spreadsheets drop."""
    starts = [before + sign for sign in FORMULA for before in ("", " ", "\u200b", "\ufeff ")]
    words = [f'{start}cmd|"/c calc"!A1' for start in starts]
    hostile = [
        {
            "id": f"{number}",
            "text": word,
            "title": word,
            "author": word,
            "space": word,
            "thread_id": word,
            "version": word,
            "tags": [word],
            "attributes": {"plan": word},
            "created_at": "2026-05-01",
            "reactions": -3,
        }
        for number, word in enumerate(words)
    ]
    write_jsonl(tmp_path / "posts.jsonl", *hostile)
    assert f"{len(words)} new" in insights("import", "posts.jsonl").out
    said = insights("export", "posts", "--format", "csv").out
    rows = list(csv.reader(io.StringIO(said)))
    assert len(rows) == len(words) + 1
    numbers = {"-3"}
    cells = [cell for row in rows for cell in row if cell not in numbers]
    assert [cell for cell in cells if cell.strip("\u200b\ufeff ").startswith(FORMULA)] == []


def test_an_export_that_cannot_be_written_leaves_the_old_file(
    lived: Insights, tmp_path: Path
) -> None:
    (tmp_path / "out.csv").mkdir()
    assert lived("export", "posts", "--output", "out.csv").code == 2
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_topics_leave_as_a_model_of_bertopic(lived: Insights, tmp_path: Path) -> None:
    """A folder is named, the model is in it, and how to open it is told."""
    assert lived("export", "bertopic").code == 2
    assert lived("export", "topics", "folder").code == 2
    said = lived("export", "bertopic", "model")
    assert (said.code, said.out) == (0, "")
    assert "BERTopic.load(" in said.err
    files = {path.name for path in (tmp_path / "model").iterdir()}
    assert {"topics.json", "config.json", "topic_embeddings.safetensors"} <= files
    titles = {row["title"] for row in lived("export", "topics").rows if row["people"] >= 3}
    written = json.loads((tmp_path / "model" / "topics.json").read_text())["custom_labels"]
    assert titles <= set(written)


def test_the_map_is_a_file(lived: Insights, tmp_path: Path) -> None:
    """Whole or not at all."""
    assert lived("map", "--output", "here.html").code == 0
    assert (tmp_path / "here.html").read_text().startswith("<!doctype html>")
    assert lived("map", "--output", "none/here.html").code == 2
