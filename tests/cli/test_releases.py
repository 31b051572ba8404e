"""Releases are told from the command line, and a bad line costs only itself."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Insights, write_jsonl

CSV = """version,released_at,url,notes
v4.1.0,2026-03-02,https://example.org/4.1,Small repairs
v4.2.0,2026-04-14T10:00:00+02:00,,"New ink, faster; ask ana@example.org"
v4.3.0,next week,,
,2026-05-01,,
"""


def test_a_csv_of_releases_is_read_and_listed(insights: Insights, tmp_path) -> None:
    """Times are UTC, personal data is hidden, bad lines are named with their reason."""
    (tmp_path / "releases.csv").write_text(CSV)
    said = insights("releases", "import", "releases.csv", "--source", "app")
    assert (said.code, said.out) == (0, "app: 2 releases, 2 skipped\n")
    assert "releases.csv:4: released_at is 'next week', not a date" in said.err
    assert "releases.csv:5: needs a version" in said.err
    listed = insights("releases", "list").out
    assert [line.split()[:4] for line in listed.splitlines()] == [
        ["2026-04-14", "08:00", "v4.2.0", "app"],
        ["2026-03-02", "00:00", "v4.1.0", "app"],
    ]
    assert "ana@example.org" not in listed


def test_importing_again_updates(insights: Insights, tmp_path) -> None:
    """A release is named by its version."""
    for day in ("2026-04-14", "2026-04-15"):
        write_jsonl(tmp_path / "r.jsonl", {"version": "4.2.0", "date": day})
        assert insights("releases", "import", "r.jsonl").code == 0
    assert insights("releases", "list").out == "2026-04-15 00:00  4.2.0         import\n"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.csv", None, "cannot be read"),
        ("r.xlsx", b"PK", "neither .csv nor .jsonl"),
        ("r.csv", b"tag,day\n1,2026-01-01\n", "needs the columns version and released_at"),
        ("r.csv", b"", "needs the columns version and released_at"),
        ("r.csv", "version,date\n1,2026-01-01\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_is_none_of_releases_is_refused(insights, tmp_path, name, content, why) -> None:
    """One line says why, and nothing is kept."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    said = insights("releases", "import", name)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
    assert "no release is known" in insights("releases", "list").err


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[1]",
        {"version": 4.2, "date": "2026-01-01"},
        {"version": "4.2", "date": "0001-01-01T00:00:00+23:00"},
        {"version": "4.2", "date": "1650-01-01"},
        {"version": "4.2"},
        {"version": "x" * 201, "date": "2026-01-01"},
        json.dumps({"version": "4.\ud800", "date": "2026-01-01"}).encode(),
        b"[" * 100_000,
    ],
    ids=["no json", "a list", "a number", "year 1", "1650", "no date", "long", "surrogate", "deep"],
)
def test_a_bad_line_is_named_and_the_others_go_in(insights: Insights, tmp_path, line) -> None:
    """Whatever is wrong with it."""
    write_jsonl(tmp_path / "r.jsonl", line, {"version": "1.0", "date": "2026-01-01", "notes": "\0"})
    said = insights("releases", "import", "r.jsonl")
    assert (said.code, said.out) == (0, "import: 1 releases, 1 skipped\n")
    assert "r.jsonl:1" in said.err
