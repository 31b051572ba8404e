"""What preparing promises: noise and copies are tagged, kept and counted nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from insights.models import Post
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import prepare
from insights.store import passages, posts, topics
from tests.pipeline import village

LONG = "The tide table is wrong by an hour at the harbour"
SHORT = "It crashes!"


def said(*texts: tuple[str | None, str]) -> list[Post]:
    """Return posts, a minute apart, of these authors and texts."""
    return [
        Post(
            source="forum",
            native_id=str(number),
            text=words,
            author=author,
            created_at=village.FIRST_DAY + timedelta(minutes=number),
        )
        for number, (author, words) in enumerate(texts)
    ]


def copies(engine: Engine) -> list[str]:
    """Name the posts that are tagged as copies."""
    with engine.database.read() as tx:
        return [p.native_id for p, more in posts.exported(tx) if "duplicate" in more[0]["noise"]]


def take(engine: Engine, given: Sequence[Post]) -> None:
    with engine.database.write() as tx:
        posts.save(tx, "forum", given, village.FIRST_DAY)
    with Lease(engine.database) as lease:
        prepare(engine, lease)


@pytest.mark.parametrize(
    ("texts", "tagged"),
    [
        pytest.param([("a", LONG), ("b", LONG)], ["1"], id="long-and-by-two"),
        pytest.param([("a", LONG), ("b", LONG.upper() + " !!")], ["1"], id="in-other-letters"),
        pytest.param([("a", SHORT), ("a", SHORT)], ["1"], id="short-and-by-one"),
        pytest.param([("a", SHORT), ("b", SHORT)], [], id="short-and-by-two"),
        pytest.param([(None, SHORT), (None, SHORT)], [], id="short-and-by-nobody-known"),
        pytest.param([("a", LONG), ("a", SHORT)], [], id="different"),
    ],
)
def test_what_was_said_before_is_tagged_and_kept(
    engine: Engine, texts: list[tuple[str | None, str]], tagged: list[str]
) -> None:
    """In one go or one by one, the first that said it counts and the others are copies."""
    given = said(*texts)
    for post in given:
        take(engine, [post])
    assert copies(engine) == tagged
    with engine.database.read() as tx:
        assert posts.count(tx) == len(given)


def test_copies_in_one_batch_are_tagged_as_they_are_one_by_one(engine: Engine) -> None:
    take(engine, said(("a", LONG), ("b", LONG), ("c", LONG)))
    assert copies(engine) == ["1", "2"]


def test_preparing_everything_again_tags_the_same(engine: Engine) -> None:
    """A newer version prepares old posts again: no post is a copy of what it was itself."""
    take(engine, said(("a", LONG), ("b", "Something else that is long enough"), ("c", LONG)))
    with engine.database.write() as tx:
        tx.execute(text("UPDATE post SET prepared = 0"))
    with Lease(engine.database) as lease:
        assert prepare(engine, lease) == 3
    assert copies(engine) == ["2"]


def test_an_edited_post_is_no_copy_of_its_own_past(engine: Engine) -> None:
    (post,) = said(("a", LONG))
    take(engine, [post])
    take(engine, [replace(post, text=f"{LONG}. Since Monday.", updated_at=village.NIGHT)])
    take(engine, [replace(post, text=LONG, updated_at=village.NIGHT + timedelta(hours=1))])
    assert copies(engine) == []


def test_a_post_of_which_nothing_is_left_has_no_passage(engine: Engine) -> None:
    take(engine, said(("a", "```\nTraceback\n```"), ("b", "> quoted only"), ("c", LONG)))
    with engine.database.read() as tx:
        made = tx.execute(text("SELECT count(*) FROM passage")).scalar_one()
    assert made <= 2
    with Lease(engine.database) as lease:
        assert prepare(engine, lease) == 0


def test_a_long_post_becomes_passages_that_each_know_where_they_stand(engine: Engine) -> None:
    """Each has the title, its language and its verbatim words between its offsets."""
    parts = (
        "The **tide table** is wrong by an hour at the harbour and nobody answers the telephone.",
        "Ich möchte die Karte drucken können, denn am Abend ist es draußen dunkel und kalt.",
        "Could the ferry wait for the last train on Sundays, as it did in the years before?",
        "The lamps on the pier go out one after the other whenever the wind turns to the north.",
    )
    (post,) = said(("a", "\n\n".join(parts)))
    take(engine, [replace(post, title="Four wishes", markup="markdown")])
    rows = passage_rows(engine)
    assert [row["language"] for row in rows] == ["en", "de", "en", "en"]
    assert all(row["text"].startswith("Four wishes. ") for row in rows)
    assert [post.text[row["start"] : row["end"]] for row in rows] == list(parts)


def test_the_lines_of_a_template_are_in_no_passage_not_even_in_those_made_before(
    engine: Engine,
) -> None:
    """When the form is recognised, the posts that filled it in earlier are prepared again."""
    forms = said(*((f"a{n}", f"## What sank?\n\nBoat {n}\n\n## Where?\n\n{n} miles out")
                   for n in range(30)))  # fmt: skip
    take(engine, forms[:5])
    assert "What sank" in passage_rows(engine)[0]["text"]
    take(engine, forms[5:])
    assert [row["text"] for row in passage_rows(engine)] == [
        f"Boat {n}\n\n{n} miles out" for n in range(30)
    ]
    with Lease(engine.database) as lease:
        assert prepare(engine, lease) == 0


def test_a_passage_that_says_the_same_keeps_its_topic_when_it_is_prepared_again(
    engine: Engine,
) -> None:
    take(engine, said(("a", LONG), ("b", "Something else that is long enough")))
    before = passage_rows(engine)
    with engine.database.write() as tx:
        assigned = {"topic_id": "T1", "score": 1.0, "run_id": "r"}
        topics.assign(tx, [{"passage_id": row["id"], **assigned} for row in before])
        tx.execute(text("UPDATE post SET prepared = 0"))
    with Lease(engine.database) as lease:
        prepare(engine, lease)
    assert passage_rows(engine) == before
    with engine.database.read() as tx:
        assert [row["topic_id"] for row in passages.exported(tx)] == ["T1", "T1"]


def passage_rows(engine: Engine) -> list[dict[str, object]]:
    with engine.database.read() as tx:
        rows = tx.execute(text("SELECT * FROM passage ORDER BY post_id, position"))
        return [dict(row) for row in rows.mappings()]
