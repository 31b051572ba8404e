"""A post that comes after the night of its day corrects the past, and the digest says so."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from insights.pipeline import nightly
from insights.pipeline.engine import Engine
from insights.store import digests, runs
from tests.pipeline import village

NEXT = village.NIGHT + timedelta(days=1)
LATE = "came late"


def add(path: Path, *lines: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def wrote(number: int, at: datetime, text: str) -> dict[str, Any]:
    return {
        "id": f"{number}",
        "author": f"straggler{number}",
        "created_at": at.isoformat(),
        "text": text,
    }


def night(engine: Engine, at: datetime) -> dict[str, Any]:
    """Run a night; return its digest as it is stored."""
    outcome = nightly.run(engine, as_of=at, community=village.COMMUNITY)
    with engine.database.read() as tx:
        digest = digests.get(tx, outcome.digest.id)
    assert digest is not None
    return digest


def told(digest: dict[str, Any]) -> list[str]:
    return [line for line in digest["not_seen"] if LATE in line]


def test_late_posts_are_said_and_count_on_their_own_days(lived: Engine, tmp_path: Path) -> None:
    """Also on a night that is run again; what was written since the last night is not late."""
    with lived.database.read() as tx:
        (shown, *_) = digests.every(tx)
        before = digests.get(tx, shown["id"])
    add(
        tmp_path / "lived" / "forum.jsonl",
        wrote(9701, village.NIGHT - timedelta(days=4), village.THEMES[0].format(a="x", b="y")),
        wrote(9702, village.NIGHT - timedelta(days=2), village.THEMES[1].format(a="x", b="y")),
        wrote(9703, village.NIGHT + timedelta(hours=5), village.THEMES[2].format(a="x", b="y")),
    )
    digest = night(lived, NEXT)
    (line,) = told(digest)
    assert line.startswith("2 posts of forum came late, written from 27 Mar to 29 Mar: they count")
    corpus = nightly.analyze.load(lived).corpus
    days = dict(zip(corpus.post_ids, corpus.days, strict=True))
    assert [days[f"forum:{n}"] for n in (9701, 9702)] == [
        nightly.analyze.day_of(village.NIGHT - timedelta(days=ago)) for ago in (4, 2)
    ]
    assert told(night(lived, NEXT)) == [line]
    with lived.database.read() as tx:
        assert digests.get(tx, shown["id"]) == before  # what was told stays as it was told


def test_late_posts_of_a_night_that_was_begun_twice_are_added_up(
    lived: Engine, tmp_path: Path
) -> None:
    """More may come between a night that broke off and the one that finishes it."""
    forum, at = tmp_path / "lived" / "forum.jsonl", village.NIGHT - timedelta(days=3)
    add(forum, wrote(9711, at, village.THEMES[0].format(a="x", b="y")))
    assert told(night(lived, NEXT))[0].startswith("1 post of forum came late, written on 28 Mar")
    add(forum, wrote(9712, at, village.THEMES[1].format(a="x", b="y")))
    nightly.run(lived, as_of=NEXT, community=village.COMMUNITY)
    with lived.database.read() as tx:
        assert runs.get(tx, runs.run_id(NEXT))["counts"]["late"]["forum"]["posts"] == 2


def test_an_edit_of_an_old_post_is_not_late(lived: Engine, tmp_path: Path) -> None:
    old = wrote(9300, village.FIRST_DAY + timedelta(days=2), "The tide table is right by now")
    add(tmp_path / "lived" / "forum.jsonl", {**old, "updated_at": NEXT.isoformat()})
    assert told(night(lived, NEXT)) == []


def test_a_night_without_late_posts_says_nothing_of_them(lived: Engine) -> None:
    assert told(night(lived, NEXT)) == []
