"""Which posts are asked for again, and which are kept no longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from insights.store import Database, checks, posts
from tests.store.shelf import NOW, rows, written

DAY = timedelta(days=1)


def keep(database: Database, native_id: str, *, age: int, checked: int, source: str = "forum"):
    """Save a post that was written and checked so many days ago."""
    post = replace(written(native_id, f"It rains on {native_id}"), created_at=NOW - age * DAY)
    with database.write() as tx:
        posts.save(tx, source, [replace(post, source=source)], NOW - checked * DAY)


def due(database: Database, limit: int, before: datetime = NOW) -> list[str]:
    with database.read() as tx:
        return checks.due(tx, "forum", before, limit)


def test_half_of_what_is_asked_is_about_fresh_posts(database: Database) -> None:
    """The rest are those not checked for the longest, however old; other sources stay out."""
    for number in range(6):
        keep(database, f"old-{number}", age=300, checked=20 - number)
        keep(database, f"fresh-{number}", age=9, checked=10 - number)
    keep(database, "elsewhere", age=300, checked=99, source="reviews")
    assert due(database, 4) == ["fresh-0", "fresh-1", "old-0", "old-1"]
    assert due(database, 1) == ["fresh-0"]
    assert len(due(database, 99)) == 12
    assert due(database, 99, before=NOW - 19 * DAY) == ["old-0"]


def test_a_post_that_comes_again_unchanged_was_checked(database: Database) -> None:
    keep(database, "1", age=9, checked=8)
    keep(database, "1", age=9, checked=2)
    assert due(database, 9, before=NOW - 3 * DAY) == []
    with database.write() as tx:
        checks.mark(tx, "forum", ["1", "unknown"], NOW - DAY)
    assert due(database, 9, before=NOW - DAY) == []
    assert due(database, 9) == ["1"]


def test_what_is_too_old_or_lost_sight_of_is_named_once(database: Database) -> None:
    keep(database, "old", age=40, checked=1)
    keep(database, "lost", age=3, checked=35)
    keep(database, "both", age=40, checked=35)
    keep(database, "kept", age=3, checked=1)
    month = NOW - 30 * DAY
    with database.read() as tx:
        assert checks.held(tx, "forum") == len(rows(database, "post")) == 4
        assert checks.expired(tx, "forum", written=month, seen=None, limit=9) == ["old", "both"]
        assert checks.expired(tx, "forum", written=None, seen=month, limit=9) == ["lost", "both"]
        every = checks.expired(tx, "forum", written=month, seen=month, limit=9)
        assert sorted(every) == ["both", "lost", "old"]
        assert len(checks.expired(tx, "forum", written=month, seen=month, limit=2)) == 2
        assert checks.expired(tx, "forum", written=None, seen=None, limit=9) == []
