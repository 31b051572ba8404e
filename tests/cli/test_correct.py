"""What is left out is shown with its reason, and a person can say otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Insights, write_jsonl
from tests.text.test_spam import examples

AD = "You have won a prize! Claim your free gift card now, click here http://win.example"


def test_noise_is_shown_with_score_and_reason(lived: Insights) -> None:
    """Of a copy, with the post that it repeats."""
    said = lived("noise", "--kind", "duplicate").out
    assert "forum:9101  Buy the shiny lantern" in said
    assert "duplicate 1.00: says what an earlier post says, in the same words (forum:9100)" in said
    (first, *_) = lived("noise", "--limit", "1", "--format", "jsonl").rows
    assert first["noise"].keys() == first["reasons"].keys()
    assert lived("noise", "--limit", "0").code == 2


def test_a_correction_is_noted_listed_and_taken_back(lived: Insights) -> None:
    noted = lived("correct", "forum:9101", "--is-not", "duplicate", "--intent", "praise,request")
    assert (noted.code, noted.out) == (0, "forum:9101: noted as 1, 2\n")
    assert "forum:9101" not in lived("noise").out
    listed = lived("corrections").out.splitlines()
    assert listed[0].endswith("forum:9101  is not duplicate")
    assert listed[1].endswith("forum:9101  intent request, praise")
    assert lived("correct", "--undo", "1", "--by", "mo").out.startswith("forum:9101: ")
    assert "forum:9101" in lived("noise").out
    listed = lived("corrections").out.splitlines()
    assert listed[0].endswith("(taken back)")
    assert listed[2].endswith("takes back 1")
    assert [row["in_force"] for row in lived("corrections", "--format", "jsonl").rows] == [
        False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("forum:9101",),
        ("forum:no-such-post", "--is", "spam"),
        ("forum:9101", "--is", "spam", "--is-not", "spam"),
        ("forum:9101", "--undo", "1"),
        ("--undo", "7"),
        ("forum:9101", "--is", "nonsense"),
    ],
)
def test_what_makes_no_sense_is_refused(lived: Insights, arguments: tuple[str, ...]) -> None:
    said = lived("correct", *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("insights: ")
    assert lived("corrections").out == ""


def test_the_spam_model_is_taught_from_a_file_and_from_corrections(
    insights: Insights, tmp_path: Path
) -> None:
    """It says how well it does; without a file or a correction it says what is missing."""
    assert "nobody has said" in insights("train", "spam").err
    texts, truth = examples(1)
    rows = [
        {"id": n, "text": w, "spam": t} for n, (w, t) in enumerate(zip(texts, truth, strict=True))
    ]
    write_jsonl(tmp_path / "labelled.jsonl", *rows)
    said = insights("train", "spam", "labelled.jsonl")
    assert said.code == 0
    assert "cross-validation on 120 posts, 40 of them spam, 0 from corrections" in said.out
    muddled = [{**row, "spam": bool(row["spam"]) ^ (n % 4 == 0)} for n, row in enumerate(rows)]
    write_jsonl(tmp_path / "muddled.jsonl", *muddled)
    worse = insights("train", "spam", "muddled.jsonl")
    assert worse.code == 1
    assert "it was kept" in worse.err
