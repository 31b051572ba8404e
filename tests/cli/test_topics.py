"""People correct topics from the command line, and see at once what holds."""

from __future__ import annotations

import csv
import io

import pytest

from tests.cli.conftest import Insights


def row(insights: Insights, topic_id: str) -> dict:
    return next(row for row in insights("export", "topics").rows if row["id"] == topic_id)


def home(insights: Insights, post_id: str) -> str:
    rows = insights("export", "assignments").rows
    return next(row["topic_id"] for row in rows if row["post_id"] == post_id)


def test_a_topic_is_shown_renamed_and_given_its_title_back(lived: Insights) -> None:
    title = row(lived, "T1")["title"]
    assert title in lived("topics", "show", "T1").out
    said = lived("topics", "rename", "T1", "Lanterns lose layers", "--by", "ana")
    assert (said.code, said.out) == (0, "correction 1: rename T1\n")
    assert "insights topics undo 1" in said.err
    assert "Lanterns lose layers" in lived("topics", "show", "T1").out
    assert "by ana, correction 1: Lanterns lose layers" in lived("topics", "history", "T1").out
    assert lived("topics", "undo", "1").out == "correction 1 is undone: rename T1\n"
    assert row(lived, "T1")["title"] == title


def test_topics_are_merged_split_and_posts_moved(lived: Insights) -> None:
    posts = [r["post_id"] for r in lived("export", "assignments").rows if r["topic_id"] == "T1"]
    assert lived("topics", "split", posts[0], posts[1], "--title", "Two of them").code == 0
    made = home(lived, posts[0])
    assert row(lived, made)["title"] == "Two of them"
    assert row(lived, made)["posts"] == 2
    assert lived("topics", "move", posts[2], "--to", made).code == 0
    assert home(lived, posts[2]) == made
    assert lived("topics", "merge", made, "--into", "T2").code == 0
    assert {home(lived, post) for post in posts[:3]} == {"T2"}
    assert row(lived, made)["merged_into"] == "T2"
    assert "merged into T2, born" in lived("topics", "show", made).out


def test_a_pinned_topic_is_listed_first_and_a_dismissed_one_not_at_all(lived: Insights) -> None:
    last = lived("topics", "list").out.splitlines()[-1].split()[0]
    assert lived("topics", "pin", last).code == 0
    assert lived("topics", "list", "--limit", "1").out.split()[0] == last
    assert lived("topics", "dismiss", last, "--reason", "small talk").code == 0
    assert last not in lived("topics", "list").out.split()
    assert row(lived, last)["status"] == "dismissed"
    assert "small talk; until " in lived("topics", "history", last).out


def test_a_topic_is_tracked_from_posts_and_texts(lived: Insights) -> None:
    assigned = lived("export", "assignments").rows
    post = next(row["post_id"] for row in assigned if row["topic_id"] == "T1")
    said = lived("topics", "track", "Mine", "--like", post, "--unlike", "forum:nobody")
    assert (said.code, said.out) == (2, "")
    assert "no post is called 'forum:nobody'" in said.err
    assert lived("topics", "track", "Mine", "--like", post).code == 0
    assert row(lived, home(lived, post))["title"] == "Mine"
    said = lived("topics", "track", "Mine", "--like", "lost layers")
    assert "the archive was read with words-128" in said.err, "not with the encoder of the settings"


def test_the_ledger_holds_who_said_what_among_what_happened(lived: Insights) -> None:
    lived("topics", "merge", "T1", "--into", "T2", "--by", "ana")
    lived("topics", "undo", "--by", "ben")
    rows = lived("export", "ledger").rows
    assert [(r["event"], r["topic_id"], r["others"], r["by"]) for r in rows[-2:]] == [
        ("merge", "T1", ["T2"], "ana"),
        ("undo", "T1", [], "ben"),
    ]
    assert {r["by"] for r in rows[:-2]} == {None}
    assert all((r["run_id"] is None) == (r["by"] is not None) for r in rows)
    table = list(csv.DictReader(io.StringIO(lived("export", "ledger", "--format", "csv").out)))
    assert table[-1]["by"] == "ben"
    assert len(lived("topics", "history").out.splitlines()) == len(rows)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("rename", "T99", "x"), "no topic is called 'T99'"),
        (("merge", "T1", "--into", "T1"), "cannot be merged into itself"),
        (("move", "forum:none", "--to", "T1"), "no post is called"),
        (("split", "--title", "x"), "at least one post"),
        (("dismiss", "T1", "--reason", "x", "--until", "2020-01-01"), "is past"),
        (("dismiss", "T1", "--reason", "x", "--until", "soon"), "--until is not a date"),
        (("undo",), "nothing to undo"),
        (("undo", "7"), "there is no correction 7"),
        (("show", "T99"), "no topic is called 'T99'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    lived: Insights, words: tuple[str, ...], why: str
) -> None:
    said = lived("topics", *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
    assert said.err.count("\n") == 1


def test_a_topic_is_said_to_be_fixed_and_that_is_taken_back(lived: Insights, tmp_path) -> None:
    """With the date of the release that mends it, or the one that is given."""
    (tmp_path / "r.csv").write_text("version,date\nv2.1.1,2026-03-20\n")
    assert lived("releases", "import", "r.csv").code == 0
    before = row(lived, "T1")
    assert lived("topics", "fixed", "T1", "--release", "2.1.1").out == "correction 1: fixed T1\n"
    assert "since 2026-03-20; in 2.1.1" in lived("topics", "history", "T1").out
    assert lived("topics", "fixed", "T1", "--at", "2026-03-22").code == 0
    assert "since 2026-03-22" in lived("topics", "history", "T1").out
    assert row(lived, "T1") == before
    assert lived("topics", "undo").out == "correction 2 is undone: fixed T1\n"
    assert lived("topics", "undo", "1").code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("T99",), "no topic is called 'T99'"),
        (("T1", "--release", "soon"), "'soon' is not a version"),
        (("T1", "--at", "2190-01-01"), "still to come"),
        (("T1", "--at", "never"), "not a date"),
    ],
    ids=["topic", "release", "future", "date"],
)
def test_a_fix_that_cannot_be_is_refused(lived: Insights, words, why) -> None:
    """And nothing is noted."""
    said = lived("topics", "fixed", *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
    assert "fixed" not in lived("topics", "history", "T1").out
