"""The numbers of a digest are counted again, and opened, by command."""

from __future__ import annotations

from tests.cli.conftest import Insights

NIGHT = "D-20260331-020000"


def test_every_number_is_counted_again(lived: Insights) -> None:
    """Nothing differs, and that is said."""
    found = lived("digest", "recount")
    assert (found.code, found.out) == (0, "")
    assert f"numbers and quotes of {NIGHT} counted again: all hold" in found.err


def test_the_numbers_of_a_digest_are_named(lived: Insights) -> None:
    lines = lived("digest", "evidence", "latest").out.splitlines()
    named = dict(line.split("  ", 1) for line in lines)
    assert named["posts"] == "38"
    assert "items/emerging-S1/people" in named


def test_the_posts_behind_a_number_are_shown(lived: Insights) -> None:
    """Each with its date, its source, its id and its words."""
    found = lived("digest", "evidence", NIGHT, "items/emerging-S1/people", "--limit", "2")
    first, words, *_ = found.out.splitlines()
    assert first.startswith("30 Mar 2026, ")
    assert "forum:92" in first
    assert words.strip().startswith("Since the update the compass spins")
    assert "more posts; see --limit" in found.err


def test_what_is_below_the_floor_is_refused(lived: Insights) -> None:
    found = lived("digest", "evidence", NIGHT, "watched")
    assert found.code == 2
    assert "counted and never shown" in found.err


def test_a_number_that_is_not_there_says_what_there_is(lived: Insights) -> None:
    found = lived("digest", "evidence", NIGHT, "peopel")
    assert found.code == 2
    assert "did you mean 'people'?" in found.err
    assert lived("digest", "recount", "D-1").code == 2
