"""What is taken off texts of chat rooms and of issue forms, and what stays."""

from __future__ import annotations

import time

import pytest

from insights.text.clean import clean


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("<@U02AB> the pier is <https://pier.example/a|closed>", "the pier is closed"),
        ("see <#C024|harbour-talk> and <!here>", "see harbour-talk and"),
        ("*Very* _odd_ ~not~ and `fine` :wave::skin-tone-2: at 10:30:45",
         "Very odd not and fine at 10:30:45"),
        ("&gt; the old words\nthe new words", "the new words"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("write to <EMAIL> or <PHONE>", "write to <EMAIL> or <PHONE>"),
        ("• one\n• two", "one\ntwo"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
    ],
    ids=["mention and link", "channel", "marks", "quote", "entities", "kinds", "list", "none"],
)  # fmt: skip
def test_what_slack_adds_is_taken_off(written, left):
    assert clean(written, "slack").text == left


def test_code_of_slack_is_set_apart():
    cleaned = clean("It says ```panic: &lt;nil&gt;\nat tide``` since noon", "slack")
    assert cleaned.text == "It says \n\nsince noon".replace("says \n", "says\n")
    assert cleaned.code == ("panic: <nil>\nat tide",)


@pytest.mark.parametrize(
    "text",
    ["<" * 50_000, ":a" * 50_000, "*a" * 50_000, "```" * 20_000, "<a|" * 20_000, "&gt;" * 10_000],
    ids=["angles", "colons", "stars", "fences", "labels", "quotes"],
)  # fmt: skip
def test_slack_takes_a_bounded_time(text):
    begun = time.process_time()
    once = clean(text, "slack").text
    assert clean(once, "plain").text == once
    assert time.process_time() - begun < 20


def test_questions_of_a_form_that_were_left_open_are_left_out():
    written = (
        "### What happened?\n\nThe mast broke.\n\n### Which ferry?\n\n_No response_\n\n"
        "### Logs\n\n### More\n\n#### Pictures\n"
    )
    assert clean(written, "markdown").text == "What happened?\n\nThe mast broke."


@pytest.mark.parametrize(
    "written",
    [
        "# It sank",
        "# It sank\n# It burns",
        "Look\n\n# It sank",
        "### Log\n```\n# a\n# b\n```\n## Z",
    ],
    ids=["one heading", "headings only", "a heading below", "comments in code"],
)
def test_headings_that_may_be_all_that_is_said_stay(written):
    cleaned = clean(written, "markdown")
    assert "It sank" in cleaned.text or cleaned.code == ("# a\n# b",)
