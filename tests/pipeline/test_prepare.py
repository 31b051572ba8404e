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
from insights.store import posts
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
        return [p.native_id for p, more in posts.exported(tx) if "duplicate" in more["noise"]]


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
