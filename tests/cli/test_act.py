"""Links are made, listed and taken back from the command line; what cannot be says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from insights.store import Database, sendings
from tests.cli.conftest import Insights
from tests.pipeline import village

URL = "https://github.com/acme/app/issues/12"


def test_a_topic_is_linked_listed_and_unlinked(lived: Insights) -> None:
    """An issue that no source reads is linked by its address."""
    said = lived("link", "problem-T1", URL, "--by", "ana")
    assert (said.code, said.out) == (0, f"T1 is linked to #12  {URL}\n")
    assert "its state cannot be followed" in said.err
    assert "linked already" in lived("link", "T1", f"{URL}/").err
    assert lived("links", "T1").out == f"    T1  #12, of which no tracker tells the state  {URL}\n"
    assert lived("links").out == lived("links", "T1").out
    assert "nothing is linked" in lived("links", "T2").err
    assert lived("unlink", "T1", "#12").out == "T1 is not linked to #12 any more\n"
    assert "nothing is linked" in lived("links").err


def test_doctor_names_an_issue_with_words_that_are_gone_until_somebody_says_it_is_clean(
    lived: Insights, tmp_path: Path
) -> None:
    """One whose address never came is named by its key."""
    database = Database(f"sqlite:///{tmp_path / 'village' / 'insights.db'}")
    sent = {
        "kind": sendings.ISSUE, "subject": "T1", "source": "app", "at": village.NIGHT, "by": "ana",
        "quoted": [["forum:1", "it spins"]],
    }  # fmt: skip
    with database.write() as tx:
        for key in ("insights-1", "insights-2", "insights-3"):
            sendings.begin(tx, {"key": key, **sent})
        sendings.end(tx, "insights-1", sendings.SENT, url=URL, detail="")
        sendings.end(tx, "insights-2", sendings.FAILED, url=None, detail="refused")
        sendings.forget(tx, lambda post_id, words: post_id == "forum:1", village.NIGHT)
    database.close()
    said = lived("doctor")
    told = "opened for T1, quotes words that are gone since 2026-03-31; take them out there by hand"
    assert f"!!  {URL}, {told}, then say so: insights links --cleaned {URL}\n" in said.out
    assert (
        f"!!  an issue in app, {told}, then say so: insights links --cleaned insights-3" in said.out
    )
    assert (said.code, said.out.count(told)) == (1, 2)
    assert lived("links", "--cleaned", "insights-3").code == 0
    assert lived("links", "--cleaned", URL).out == f"{URL} holds no words that are gone any more\n"
    assert told not in lived("doctor").out
    assert lived("links", "--cleaned", URL).code == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["link", "T1"], 2, "name an issue, or take the one"),
        (["link", "T1", URL, "--accept"], 2, "name an issue, or take the one"),
        (["link", "T1", "--accept"], 2, "proposes no issue for T1: no tracker is read"),
        (["link", "T99", URL], 2, "no topic, signal or insight is called 'T99'"),
        (["link", "T1", "#12"], 2, "no tracker is read"),
        (["link", "T1", "javascript:alert(1)"], 2, "no tracker is read"),
        (["unlink", "T1", "#12"], 2, "T1 is linked to nothing"),
        (["links", "soon"], 2, "no topic, signal or insight is called 'soon'"),
        (["open", "problem-T1", "--in", "app"], 2, "no tracker is called 'app'"),
        (["replies", "T1"], 2, "nothing is shipped for T1 yet: link its issue"),
    ],
    ids=lambda words: " ".join(words)[:40] if isinstance(words, list) else None,
)
def test_what_cannot_be_says_what_to_do(
    lived: Insights, words: list[str], code: int, said: str
) -> None:
    """In one line, with the exit code of what is wrong."""
    answer = lived(*words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


def test_what_would_be_opened_is_shown_without_a_token(lived: Insights, tmp_path: Path) -> None:
    """A dry run sends nothing, so it needs nothing that may write."""
    settings = tmp_path / "insights.toml"
    tables = '\n[sources.app]\nconnector = "github"\nrepository = "acme/app"\n\n[trackers.app]\n'
    settings.write_text(settings.read_text() + tables + 'token = "$NOT_SET_ANYWHERE"\n')
    said = lived("open", "problem-T1", "--in", "app", "--dry-run")
    assert said.code == 0
    assert "### In their words" in said.out and "<!-- insights-" in said.out
    refused = lived("open", "problem-T1", "--in", "app")
    assert refused.code == 3 and "NOT_SET_ANYWHERE, which is not set" in refused.err


def test_what_was_said_to_be_fixed_is_told(lived: Insights) -> None:
    """The posts of the village have no pages: nobody can be reached, and that is said."""
    assert lived("topics", "fixed", "T1", "--release", "2.1.1").code == 0
    said = lived("replies", "T1")
    assert said.code == 0 and "more have no page to reply on" in said.err
