"""Sources are added, checked and listed by commands, and the settings file stays a person's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Insights, write_jsonl
from tests.cli.doors import served, typed
from tests.cli.test_refusals import refused
from tests.connectors.forum import Forum

POST = {"id": "1", "text": "It rains", "created_at": "2026-05-01"}
MINE = '# what we read, and why\ncommunity = "Moor" # ours\n\n[topics]\n  min_size = 4\n'


def a_forum() -> Forum:
    server = Forum()
    for text in ("The export fails", "It fails here too", "Thank you"):
        server.add(text)
    return server


def test_a_source_is_added_checked_listed_and_read(
    insights: Insights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing to posts: no file is edited by hand, and the key stands nowhere in it."""
    server = a_forum()
    (tmp_path / "insights.toml").write_text(MINE)
    with served(server) as url:
        monkeypatch.setenv("FORUM_KEY", server.token)
        options = (f"--url={url}", "api_key=$FORUM_KEY", "--since", "2025-01-01")
        said = insights("sources", "add", "discourse", "forum", *options)
        assert (said.code, said.err) == (0, "bring its posts in with: insights ingest forum\n")
        assert "ok  forum: reads what was posted since 2025-01-01 of about 2 topics" in said.out
        assert insights("sources", "list").out.split() == ["forum", "discourse", "never", "pulled"]
        assert "3 new" in insights("ingest", "forum").out
    assert "3 posts, newest 2026-01-05 08:21  ok" in insights("sources", "list").out
    text = (tmp_path / "insights.toml").read_text()
    assert text.startswith(MINE)
    assert tomllib.loads(text)["sources"]["forum"]["api_key"] == "$FORUM_KEY"
    assert server.token not in text


def test_what_is_missing_is_told_with_its_own_exit_code(
    insights: Insights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is not set, a key that is wrong, and a server that is not there."""
    with served(a_forum()) as url:
        said = insights("sources", "add", "discourse", "forum", f"url={url}", "api_key=$NO_KEY")
        assert said.code == 3
        assert "!!  forum: forum.api_key names NO_KEY, which is not set" in said.out
        monkeypatch.setenv("NO_KEY", "wrong-key-1234")
        wrong = insights("sources", "check", "forum")
        assert (wrong.code, "a key of scope Read-only" in wrong.out) == (3, True)
        assert "wrong-key-1234" not in wrong.out + wrong.err
    write_jsonl(tmp_path / "posts.jsonl", POST)
    assert insights("sources", "add", "file", "notes", "paths=posts.jsonl").code == 0
    assert insights("sources", "check", "notes").out.startswith("ok  notes: reads 1 file of 0.0 MB")
    (tmp_path / "posts.jsonl").unlink()
    assert insights("sources", "check", "notes").code == 1
    monkeypatch.delenv("NO_KEY")
    assert insights("sources", "check").code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("discorse",), "did you mean 'discourse'"),
        (("discourse", "forum", "api_kee=$K"), "did you mean 'api_key'"),
        (("discourse", "forum", "--api-kee", "$K"), "did you mean 'api_key'"),
        (("discourse", "forum", "url=https://a.example", "--api-key"), "say what api_key is"),
        (("discourse", "forum", "api_key=s3cr3t-Passw0rd"), "stays out of the file"),
        (("file", "old", "paths=x"), "called 'old' already"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(
    insights: Insights, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """In one line, with the nearest name, and the file stays as it is."""
    (tmp_path / "insights.toml").write_text("[sources.old]\nconnector = 'file'\npaths = 'x'\n")
    assert said in refused(tmp_path, insights, "sources", "add", *words, code=2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("discourse", "forum"), "the option 'url' is missing"),
        (("discourse", "forum", "url=nowhere"), "url: this is no address of a page"),
        (("github", "app", "repository=a/b", "issues=perhaps"), "issues: Input should be"),
        (("discourse", "a:b", "url=https://a.example"), "hold no colon"),
    ],
)
def test_nothing_is_written_that_could_not_be_read(
    insights: Insights, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Options are validated as every command would."""
    (tmp_path / "insights.toml").write_text(MINE)
    assert said in refused(tmp_path, insights, "sources", "add", *words, code=3)


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("repository=a/b --no-check", None),
        ("repository=a/b issues=no discussions=true", {"issues": False, "discussions": True}),
        ("repository=a/b lookback=PT5M", {"lookback": "PT5M"}),
        ("repository=1/2 --api-url https://git.example/api/v3", {"repository": "1/2"}),
    ],
)
def test_options_are_written_as_what_they_are(
    insights: Insights, tmp_path: Path, words: str, written: dict[str, object] | None
) -> None:
    """Yes and no become true and false, texts stay texts; GitHub is not asked: a token is named
    that is not set."""
    said = insights("sources", "add", "github", "app", *words.split(), "token=$NOT_SET_HERE")
    if written is None:
        assert said.code == 2
        return
    assert said.code == 3
    there = tomllib.loads((tmp_path / "insights.toml").read_text())["sources"]["app"]
    assert there.items() >= written.items()


def test_line_ends_and_rights_of_the_file_stay(insights: Insights, tmp_path: Path) -> None:
    """A file of another system, for its owner's eyes only, and a name that needs quotes."""
    path = tmp_path / "insights.toml"
    path.write_bytes(b'community = "Moor"\r\n[sources.a]\r\nconnector = "file"\r\npaths = "x"\r\n')
    path.chmod(0o600)
    write_jsonl(tmp_path / "posts.jsonl", POST)
    assert insights("sources", "add", "file", "münze.1", "path=posts.jsonl").code == 0
    written = path.read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n")
    assert list(tomllib.loads(written.decode())["sources"]) == ["a", "münze.1"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_terminal_is_asked_for_what_is_needed(tmp_path: Path) -> None:
    """Name, address and the variable of the key. What cannot be is asked for again at once; a key
    itself is not taken, and not shown."""
    server = a_forum()
    with served(server) as url:
        answers = f"\nforum.example\n{url}\nkey-4f1c9e27aa\nFORUM_KEY\n"
        code, shown = typed(
            tmp_path, ["sources", "add", "discourse"], answers, FORUM_KEY="key-4f1c9e27aa"
        )
    assert (code, "ok  discourse: reads about 2 topics" in shown) == (0, True)
    assert "The forum's address, with its folder if it has one." in shown
    assert "url: this is no address of a page; it begins with https://" in shown
    assert "stays out of the file" in shown
    assert "left as they are: api_username (system), since, lookback (1:00:00)" in shown
    text = (tmp_path / "insights.toml").read_text()
    assert tomllib.loads(text)["sources"] == {
        "discourse": {"connector": "discourse", "url": url, "api_key": "$FORUM_KEY"}
    }


def test_a_terminal_that_is_left_writes_nothing(tmp_path: Path) -> None:
    """An end of input is an interruption."""
    code, _ = typed(tmp_path, ["sources", "add", "discourse"], "forum\n\x04")
    assert (code, list(tmp_path.iterdir())) == (130, [])


def test_without_a_source_it_is_said_how_to_get_one(insights: Insights) -> None:
    assert "insights sources add CONNECTOR" in insights("sources", "list").err
    assert insights("sources", "check").code == 3
