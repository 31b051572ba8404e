"""What the store promises about posts that come in again, changed, older or deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from insights.models import Post, Skipped, Tombstone
from insights.store import Database, posts, tombstones
from tests.store.shelf import NOW, assigned, prepared, rows

LATER = NOW + timedelta(hours=1)
POST = Post(
    source="forum",
    native_id="1",
    title="Sync",
    text="héllo wörld 🌊",
    created_at=NOW,
    markup="markdown",
    author="a" * 32,
    url="https://forum.example/t/1",
    space="help",
    thread_id="7",
    parent_id="0",
    rating=4.5,
    reactions=3,
    tags=("a", "b"),
    language="de",
    version="4.2.0",
    attributes={"platform": "ios"},
)


def save(database: Database, *given: Post, at: datetime = NOW) -> posts.Tally:
    with database.write() as tx:
        return posts.save(tx, "forum", given, at)


def held(database: Database) -> Post | None:
    with database.read() as tx:
        return posts.by_id(tx, ["forum:1"]).get("forum:1")


def test_a_post_comes_out_as_it_went_in(database: Database) -> None:
    assert save(database, POST).new == 1
    assert held(database) == POST


def test_the_same_post_again_changes_nothing(database: Database) -> None:
    save(database, POST)
    tally = save(database, POST)
    assert (tally.new, tally.changed, tally.same) == (0, 0, 1)


def test_of_the_same_post_twice_in_a_batch_the_later_one_holds(database: Database) -> None:
    tally = save(database, POST, replace(POST, text="edited", updated_at=LATER))
    assert (tally.new, tally.same) == (1, 1)
    assert held(database).text == "edited"


def test_an_edit_replaces_the_words_and_makes_the_post_new_to_prepare(database: Database) -> None:
    save(database, POST)
    prepared(database)
    assert save(database, replace(POST, text="edited", updated_at=LATER)).changed == 1
    assert held(database).text == "edited"
    assert rows(database, "passage") == rows(database, "embedding") == []
    with database.read() as tx:
        assert [post.native_id for _, post in posts.unprepared(tx, 1, 10)] == ["1"]


def test_an_edit_that_changes_no_word_keeps_what_was_understood(database: Database) -> None:
    save(database, POST)
    prepared(database)
    assigned(database)
    before = {name: rows(database, name) for name in ("passage", "embedding", "assignment")}
    assert save(database, replace(POST, reactions=99, tags=("c",), updated_at=LATER)).changed == 1
    assert held(database).reactions == 99
    assert {name: rows(database, name) for name in before} == before
    with database.read() as tx:
        assert posts.unprepared(tx, 1, 10) == []


def test_an_older_version_of_a_post_does_not_come_back(database: Database) -> None:
    edited = replace(POST, text="edited", updated_at=LATER)
    save(database, edited)
    assert save(database, POST).same == 1
    assert held(database) == edited


def test_an_edit_without_a_time_of_its_own_is_an_edit(database: Database) -> None:
    """Many platforms do not say when a post was edited: what they show now is what holds."""
    save(database, POST)
    assert save(database, replace(POST, text="edited")).changed == 1


def test_what_a_person_erased_is_gone_and_never_comes_back(database: Database) -> None:
    """Not even when its source says first that it is deleted, and then shows it again."""
    save(database, POST)
    with database.write() as tx:
        assert posts.bury(tx, "forum", [Tombstone("1")], NOW, erased=True) == 1
        posts.bury(tx, "forum", [Tombstone("1")], LATER)
    for _ in range(2):
        assert save(database, replace(POST, updated_at=LATER)).deleted == 1
    assert held(database) is None
    assert rows(database, "post") == []


def test_what_its_source_shows_again_comes_back(database: Database) -> None:
    """A post that was hidden, seen or not before, is there again, and its tombstone is gone."""
    for known in (True, False):
        if known:
            save(database, POST)
        with database.write() as tx:
            assert posts.bury(tx, "forum", [Tombstone("1"), Tombstone("1")], NOW) == known
        assert held(database) is None
        assert save(database, POST).new == 1
        assert held(database) == POST
        assert rows(database, "tombstone") == []
        with database.write() as tx:
            posts.remove(tx, "forum", ["1"])


def test_what_was_hidden_is_erased_with_its_author(database: Database) -> None:
    """Others' hidden posts may come back; whose they were cannot be read from a tombstone."""
    save(database, POST, replace(POST, native_id="2", author="b" * 32))
    with database.write() as tx:
        posts.bury(tx, "forum", [Tombstone("1"), Tombstone("2")], NOW)
        assert tombstones.erase_hidden(tx, "forum", "a" * 32) == 1
    assert "a" * 32 not in str(rows(database, "tombstone"))
    tally = save(database, POST, replace(POST, native_id="2", author="b" * 32))
    assert (tally.new, tally.deleted) == (1, 1)
    assert held(database) is None


def test_a_deletion_in_one_source_spares_the_same_id_in_another(database: Database) -> None:
    save(database, POST)
    with database.write() as tx:
        posts.bury(tx, "reviews", [Tombstone("1")], NOW)
    assert held(database) == POST


def test_the_posts_of_an_author_are_found_in_every_source(database: Database) -> None:
    save(database, POST, replace(POST, native_id="2", author="b" * 32))
    with database.write() as tx:
        posts.save(tx, "reviews", [replace(POST, source="reviews")], NOW)
    with database.read() as tx:
        assert sorted(posts.of_author(tx, POST.author)) == ["forum:1", "reviews:1"]


def test_more_posts_than_a_statement_takes_variables_go_in_and_out(database: Database) -> None:
    many = [replace(POST, native_id=str(number)) for number in range(2500)]
    assert save(database, *many).new == 2500
    assert save(database, *many).same == 2500
    with database.read() as tx:
        assert len(posts.by_id(tx, [post.id for post in many])) == 2500
    with database.write() as tx:
        assert posts.bury(tx, "forum", [Tombstone(post.native_id) for post in many], NOW) == 2500


def test_a_skipped_item_is_named_once_with_its_last_reason(database: Database) -> None:
    for reason in ("has no id", "has no text"):
        with database.write() as tx:
            posts.record_skipped(tx, "forum", [Skipped("posts.jsonl:3", reason)], NOW)
    with database.read() as tx:
        assert [(s["place"], s["reason"]) for s in posts.skipped(tx)] == [
            ("posts.jsonl:3", "has no text")
        ]
        assert posts.skip_reasons(tx, "forum", NOW) == {"has no text": 1}
        assert posts.skip_reasons(tx, "forum", LATER) == {}


def test_skipped_items_are_counted_all_and_the_latest_are_named(database: Database) -> None:
    items = [Skipped(f"line {number}", "is not JSON") for number in range(posts.MAX_SKIPPED + 50)]
    with database.write() as tx:
        assert posts.record_skipped(tx, "forum", items, NOW) == len(items)
        assert posts.record_skipped(tx, "reviews", items[:2], NOW) == 2
        assert posts.record_skipped(tx, "forum", [Skipped("line new", "is empty")], LATER) == 1
    with database.read() as tx:
        assert posts.skip_reasons(tx, "reviews", NOW) == {"is not JSON": 2}
        assert posts.skip_reasons(tx, "forum", NOW) == {
            "is not JSON": posts.MAX_SKIPPED - 1,
            "is empty": 1,
        }


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2026, 5, 4, 4, tzinfo=timezone(timedelta(hours=2))), id="offset"),
        pytest.param(datetime(2026, 5, 4, 2, tzinfo=UTC), id="utc"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), id="first-year"),
        pytest.param(datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), id="last-instant"),
    ],
)
def test_a_time_comes_back_aware_and_in_utc(database: Database, at: datetime) -> None:
    save(database, replace(POST, created_at=at))
    found = held(database)
    assert found.created_at == at
    assert found.created_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused_and_nothing_goes_in(database: Database) -> None:
    naive = replace(POST, native_id="2", created_at=datetime(2026, 5, 4))  # noqa: DTZ001
    with pytest.raises(Exception, match="without a zone"):
        save(database, POST, naive)
    assert rows(database, "post") == []
