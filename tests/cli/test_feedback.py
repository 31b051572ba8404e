"""People say at a terminal what an item of a digest was worth, and see how often that is much."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Insights


def an_item(lived: Insights) -> str:
    shown = json.loads(lived("digest", "show", "--format", "json").out)
    return str(shown["decisions"][0]["id"])


def test_a_word_is_noted_listed_counted_and_taken_back(lived: Insights) -> None:
    item = an_item(lived)
    said = lived("feedback", "latest", item, "wrong", "--reason", "our own test", "--by", "mo")
    assert (said.code, "wrong; noted as 1" in said.out) == (0, True)
    assert "correct --undo 1" in said.err
    again = lived("feedback", "latest", item, "wrong", "--reason", "our own test", "--by", "mo")
    assert "you said so before, as 1" in again.out
    listed = lived("feedback", "list")
    assert listed.out.count("\n") == 1 and "mo  D-20260331-020000" in listed.out
    (row,) = lived("feedback", "list", "--format", "jsonl").rows
    assert (row["verdict"], row["reason"], row["item"]) == ("wrong", "our own test", item)
    assert lived("corrections").out.endswith(f"/{item}  wrong: our own test\n")
    (counted,) = lived("feedback", "report", "--format", "json").rows
    assert counted["all"] == {
        "judged": 1, "useful": 0, "not_useful": 0, "wrong": 1,
        "useful_between": [0.0, 0.7935], "wrong_between": [0.2065, 1.0],
    }  # fmt: skip
    assert "21% to 100%" in lived("feedback", "report").out
    assert lived("correct", "--undo", "1").code == 0
    assert lived("feedback", "list").out == ""
    assert "nobody has judged" in lived("feedback", "report").err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("D-1", "x", "useful"), "no digest is called 'D-1'"),
        (("latest", "x", "useful"), "no item is called 'x'"),
        (("latest", "x", "splendid"), "splendid"),
        (("latest", "x", "useful", "--reason", "x" * 1001), "1,000 at most"),
        (("latest", "x", "useful", "--by", " "), "a name has 1 to 80"),
    ],
    ids=["digest", "item", "verdict", "reason", "name"],
)
def test_what_makes_no_sense_is_refused(lived: Insights, arguments, message: str) -> None:
    said = lived("feedback", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert lived("feedback", "list").out == ""


def test_the_health_of_the_community_is_told_for_people_and_programs(lived: Insights) -> None:
    """Every figure that is known with what to do; every other with why it is not known."""
    said = lived("community")
    assert said.code == 0
    assert "Active people: " in said.out and "    If it falls: " in said.out
    assert "What is not known" in said.out
    (found,) = lived("community", "--json").rows
    assert len(found["figures"]) == 9
    assert all(each["advice"] for each in found["figures"])
    assert found["period"]["end"].startswith("2026-03-31T02:00")
    assert lived("community", "--as-of", "yesterday-ish").code == 2
