"""What cannot be read is counted and named with its line; everything else goes in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Insights, write_jsonl

NOON = "2026-05-01T12:00:00Z"
GOOD = {"id": "good-1", "text": "It rains", "created_at": NOON, "author": "Wrenna"}
AFTER = {**GOOD, "id": "good-2"}
BAD = [
    pytest.param(b"this is no JSON", "is not JSON", id="not-json"),
    pytest.param(b'{"id": "2", "text": "cut of', "is not JSON", id="cut-off"),
    pytest.param(b"[1, 2]", "not an object", id="list"),
    pytest.param(b"NaN", "is no", id="nan"),
    pytest.param({"text": "x", "created_at": "2026-05-01"}, "has no id", id="no-id"),
    pytest.param({"id": "2", "created_at": "2026-05-01"}, "has no text", id="no-text"),
    pytest.param({"id": "2", "text": "x"}, "has no created_at", id="no-time"),
    pytest.param({**GOOD, "created_at": "yesterday"}, "created_at is 'yesterday'", id="wrong-time"),
    pytest.param({**GOOD, "text": ""}, "text is empty", id="empty-text"),
    pytest.param({**GOOD, "text": {"a": 1}}, "text is an object", id="text-of-wrong-type"),
    pytest.param(b'{"id": "\xff\xfe", "text": "x"}', "not valid UTF-8", id="not-utf-8"),
    pytest.param({**GOOD, "text": "x\0y"}, "NUL", id="nul"),
    pytest.param({**GOOD, "text": "\ud83d"}, "not valid Unicode", id="lone-surrogate"),
    pytest.param({**GOOD, "text": "x" * 5_000_000}, "longer than 1 MB", id="five-megabytes"),
    pytest.param({**GOOD, "created_at": "0001-01-01"}, "year 1", id="year-1"),
    pytest.param({**GOOD, "created_at": "9999-12-31T23:59:59-12:00"}, "9999", id="year-9999"),
    pytest.param({**GOOD, "rating": 11}, "1 to 5", id="rating"),
    pytest.param(b'{"a":' * 50_000, "nested too deep", id="nested-too-deep"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_one_bad_line_costs_one_line(
    insights: Insights, tmp_path: Path, line: object, reason: str
) -> None:
    if isinstance(line, dict):
        line = {**line, "id": "bad"} if "id" in line else line
    write_jsonl(tmp_path / "posts.jsonl", GOOD, line, AFTER)
    said = insights("import", "posts.jsonl")
    assert (said.code, said.out) == (
        0,
        "import: 2 new, 0 changed, 0 the same, 0 deleted, 1 skipped\n",
    )
    (told,) = said.err.splitlines()
    assert told.startswith("  skipped posts.jsonl:2: ")
    assert reason in told
    assert len(told) < 200
    kept = [row["id"] for row in insights("export", "posts").rows]
    assert kept == ["import:good-1", "import:good-2"]


def test_all_bad_lines_together_cost_no_good_one(insights: Insights, tmp_path: Path) -> None:
    lines = [line for case in BAD for line in (case.values[0], {**GOOD, "id": case.id})]
    write_jsonl(tmp_path / "posts.jsonl", *lines)
    said = insights("import", "posts.jsonl", "--source", "forum")
    assert said.out.startswith(f"forum: {len(BAD)} new, 0 changed, 0 the same")
    assert said.out.endswith(f" {len(BAD)} skipped\n")
    places = [line.split(": ")[0] for line in said.err.splitlines()]
    assert places == [f"  skipped posts.jsonl:{2 * n + 1}" for n in range(len(BAD))]
    doctor = insights("doctor").out
    assert all(f"posts.jsonl:{2 * n + 1}: " in doctor for n in range(len(BAD)))


def test_a_file_without_a_good_line_fails(insights: Insights, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "posts.jsonl", b"no", b"JSON")
    assert insights("import", "posts.jsonl").code == 1


def test_importing_again_doubles_nothing(insights: Insights, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "posts.jsonl", GOOD, AFTER)
    insights("import", "posts.jsonl")
    write_jsonl(tmp_path / "again.jsonl", GOOD, {**AFTER, "text": "It snows"})
    assert "0 new, 1 changed, 1 the same" in insights("import", "again.jsonl").out
    assert [row["text"] for row in insights("export", "posts").rows] == ["It rains", "It snows"]


def test_every_format_brings_in_the_same(insights: Insights, tmp_path: Path) -> None:
    import csv
    import gzip

    import pyarrow
    from pyarrow import parquet

    posts = [{**GOOD, "id": str(number)} for number in range(3)]
    write_jsonl(tmp_path / "posts.jsonl", *posts)
    (tmp_path / "packed.jsonl.gz").write_bytes(
        gzip.compress((tmp_path / "posts.jsonl").read_bytes())
    )
    with (tmp_path / "posts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, GOOD)
        writer.writeheader()
        writer.writerows(posts)
    parquet.write_table(pyarrow.Table.from_pylist(posts), tmp_path / "posts.parquet")
    assert "3 new" in insights("import", "posts.jsonl").out
    for name in ("packed.jsonl.gz", "posts.csv", "posts.parquet"):
        assert "0 new, 0 changed, 3 the same" in insights("import", name).out, name


def test_a_name_is_stored_nowhere(insights: Insights, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "posts.jsonl", GOOD)
    insights("import", "posts.jsonl")
    (row,) = insights("export", "posts").rows
    assert len(row["author"]) == 32
    assert b"Wrenna" not in (tmp_path / "insights.db").read_bytes()


MEMORY = """
import resource, sys
from insights.cli import answer
for path in sys.argv[1:]:
    assert answer(["import", path]) == 0
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A file of 30 MB that comes after one of 5 MB may not cost 10 MB more."""
    for name, count in (("short", 1_000), ("long", 6_000)):
        with (tmp_path / f"{name}.jsonl").open("w") as file:
            for number in range(count):
                url = f"https://moor.example/{'a' * 5_000}"
                file.write(json.dumps({**GOOD, "id": f"{name}-{number}", "url": url}) + "\n")
    command = [sys.executable, "-c", MEMORY, "short.jsonl", "long.jsonl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    short, long = (int(line[5:]) for line in done.stdout.splitlines() if line.startswith("peak "))
    assert long - short < 10 * 1024


def test_a_mailbox_goes_in_and_no_address_stays(insights: Insights, tmp_path: Path) -> None:
    """Mails become posts by their ids; who wrote them, and to whom, is nowhere to be read."""
    (tmp_path / "list.mbox").write_bytes(
        b"From wrenna@example.org Fri May  1 12:00:00 2026\nFrom: Wrenna <wrenna@example.org>\n"
        b"To: list@example.org\nMessage-ID: <a1.x7@mail.example>\nSubject: [app] Rain\n"
        b"Date: Fri, 01 May 2026 12:00:00 +0000\n\nIt rains, write to wrenna@example.org\n\n"
        b"From nobody\nSubject: when?\n\nno date\n\n"
        b"From nobody\nMessage-ID: <b2.x7@mail.example>\nIn-Reply-To: <a1.x7@mail.example>\n"
        b"Date: Fri, 01 May 2026 12:00:09 +0000\n\nSo it does\n"
    )
    said = insights("import", "list.mbox")
    assert said.out == "import: 2 new, 0 changed, 0 the same, 0 deleted, 1 skipped\n"
    assert "list.mbox:2: has no date" in said.err
    rain, answer = insights("export", "posts").rows
    assert (rain["id"], rain["title"], rain["tags"]) == (
        "import:a1.x7@mail.example", "Rain", ["app"],
    )  # fmt: skip
    assert answer["thread_id"] == rain["thread_id"]
    assert b"wrenna@example.org" not in (tmp_path / "insights.db").read_bytes()
