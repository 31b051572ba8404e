"""Accounts that somebody says are one person's count once, and nothing else links them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Insights, write_jsonl
from tests.cli.test_refusals import refused
from tests.pipeline.village import PEOPLE

MANY = [{"person": "Ada Byron", "source": "forum", "account": name} for name in PEOPLE[:12]]


def counts(insights: Insights) -> dict[str, tuple[int, int]]:
    """Return posts and people of each topic, as exported."""
    rows = insights("export", "topics").rows
    return {row["id"]: (row["posts"], row["people"]) for row in rows if row["posts"]}


def test_linked_accounts_are_one_person_until_they_are_taken_apart(
    lived: Insights, tmp_path: Path
) -> None:
    """The count is what is certain; what is possible stands beside it only where it differs."""
    before, listed = counts(lived), lived("topics", "list").out
    assert "–" not in listed
    write_jsonl(tmp_path / "who.jsonl", *MANY)
    said = lived("people", "import", "who.jsonl")
    assert (said.code, said.out) == (
        0, "12 new links; accounts known by person: 12, people: 1\n",
    )  # fmt: skip
    after = counts(lived)
    assert {id_: posts for id_, (posts, _) in after.items()} == {
        id_: posts for id_, (posts, _) in before.items()
    }
    largest = max(before, key=lambda id_: before[id_][1])
    certain, possible = after[largest][1], before[largest][1]
    assert certain < possible
    assert f"{certain}–{possible} people" in lived("topics", "list").out
    assert f"by {certain}–{possible} people" in lived("topics", "show", largest).out
    assert lived("people", "remove", "ada byron").out == "12 links were removed\n"
    assert (counts(lived), lived("topics", "list").out) == (before, listed)


def test_an_import_again_adds_nothing_and_can_be_taken_back_by_its_file(
    lived: Insights, tmp_path: Path
) -> None:
    """CSV or JSONL, with a byte-order mark or not; an account is told by its source."""
    rows = ["person,source,account", "Ada,forum,WrennaHoltbeck", 'Ada,reviews," wrennaholtbeck"']
    (tmp_path / "who.csv").write_text("\ufeff" + "\r\n".join(rows) + "\r\n", encoding="utf-8")
    assert lived("people", "import", "who.csv").out.startswith(
        "2 new links; accounts known by person: 2, people: 1"
    )
    assert lived("people", "import", "who.csv").out.startswith(
        "0 new links; accounts known by person: 2, people: 1"
    )
    assert lived("people", "remove", "--file", "who.csv").out == "2 links were removed\n"
    gone = lived("people", "remove", "--file", "who.csv")
    assert (gone.code, gone.out) == (1, "0 links were removed\n")


def test_no_name_is_stored_and_erasing_an_account_takes_its_link(
    lived: Insights, tmp_path: Path
) -> None:
    """Neither of the person nor of the account; what was erased is not known to be anybody's."""
    write_jsonl(tmp_path / "who.jsonl", *MANY)
    lived("people", "import", "who.jsonl")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "village").glob("insights.db*"))
    assert b"Byron" not in stored
    assert PEOPLE[0].encode() not in stored
    lived("erase", "--author", f"forum:{PEOPLE[0]}", "--yes")
    assert "11 links were removed" in lived("people", "remove", "Ada Byron").out


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([b"no"], "who.jsonl:1 is no JSON object"),
        ([b"[" * 100_000], "who.jsonl:1 is no JSON object"),
        ([MANY[0], {"person": "Ada", "source": "forum"}], "who.jsonl:2 has no account"),
        ([{**MANY[0], "source": "form"}], "did you mean 'forum'"),
        ([MANY[0], {**MANY[0], "person": "Bo"}], "who.jsonl:2 gives an account of forum"),
        ([b'{"person": "\xff", "source": "forum"}'], "it is not UTF-8"),
    ],
    ids=["not-json", "too-deep", "no-account", "no-source", "two-people", "not-utf-8"],
)
def test_a_file_that_makes_no_sense_links_nobody(
    lived: Insights, tmp_path: Path, lines: list[object], said: str
) -> None:
    """All of a file or none of it; the line is named."""
    write_jsonl(tmp_path / "who.jsonl", *lines)
    lived("topics", "list")
    assert said in refused(tmp_path, lived, "people", "import", "who.jsonl", code=2)


def test_an_account_changes_its_person_only_on_purpose(lived: Insights, tmp_path: Path) -> None:
    """Two files that disagree are a mistake in one of them."""
    write_jsonl(tmp_path / "who.jsonl", MANY[0])
    write_jsonl(tmp_path / "other.jsonl", {**MANY[0], "person": "Bo"})
    lived("people", "import", "who.jsonl")
    said = lived("people", "import", "other.jsonl")
    assert (said.code, "take that back first" in said.err) == (2, True)
    assert lived("people", "remove", "Bo").code == 1
    assert lived("people", "remove", "Ada Byron").code == 0


@pytest.mark.parametrize("arguments", [(), ("Ada", "--file", "who.csv"), ("--file", "missing.csv")])
def test_what_to_take_back_must_be_said(lived: Insights, arguments: tuple[str, ...]) -> None:
    assert lived("people", "remove", *arguments).code == 2


def test_what_accounts_are_is_read_from_a_file(lived: Insights, tmp_path: Path) -> None:
    """Only where the settings weigh it, and each line that cannot be is named."""
    (tmp_path / "plans.csv").write_text(f"source,account,plan\nforum,{PEOPLE[0]},pro\n")
    unweighed = refused(tmp_path, lived, "people", "segments", "plans.csv", code=2)
    assert "[ranking.segments] with plan =" in unweighed
    config = tmp_path / "insights.toml"
    config.write_text(config.read_text() + "\n[ranking.segments]\nplan = { pro = 2.0 }\n")
    told = lived("people", "segments", "plans.csv")
    assert told.out == "1 line read; accounts of which something is known: 1\n"
    for bad, why in (
        ({"source": "forum", "account": "a", "tier": "gold"}, "bad.jsonl:1 has none of what"),
        ({"source": "forum", "plan": "gold"}, "bad.jsonl:1 has no account"),
    ):
        write_jsonl(tmp_path / "bad.jsonl", bad)
        said = lived("people", "segments", "bad.jsonl")
        assert (said.code, said.out) == (2, "")
        assert why in said.err
