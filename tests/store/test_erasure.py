"""What was erased is gone: from every table, every digest and every byte of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from insights.errors import StoreError
from insights.models import Batch, Tombstone
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase, purge
from insights.pipeline.ingest import save_batch
from insights.store import Database, digests, posts, signals
from insights.text.pseudonyms import pseudonym
from tests.store.shelf import NOW, kept, rows, written

CANARY = "the hollow oak hums at midnight"
CARRIERS = ("post", "passage", "embedding", "assignment")


def digest_with(*post_ids: str) -> dict[str, Any]:
    """Return the shape of a digest as far as quotes go."""
    quotes = [{"post_id": post_id, "text": f"said in {post_id}"} for post_id in post_ids]
    return {
        "id": "D-1",
        "period": {"start": "2026-02-22T00:00:00Z", "end": "2026-03-01T00:00:00Z"},
        "headline": "kept",
        "decisions": [{"title": "kept", "quotes": quotes}],
    }


def quoted(database: Database) -> list[str]:
    with database.read() as tx:
        content = digests.get(tx, "D-1")
    return [quote["post_id"] for item in content["decisions"] for quote in item["quotes"]]


def keep_digest(database: Database, *post_ids: str) -> None:
    with database.write() as tx:
        digests.save(tx, "D-1", "run-1", NOW, digest_with(*post_ids))


def test_a_tombstone_takes_with_it_all_that_was_made_of_the_words(database: Database) -> None:
    kept(database, written("1", CANARY), written("2", "it rains"))
    with database.write() as tx:
        posts.bury(tx, "forum", [Tombstone("1")], NOW)
    assert {name: len(rows(database, name)) for name in CARRIERS} == dict.fromkeys(CARRIERS, 1)
    assert CANARY not in str([rows(database, name) for name in CARRIERS])


def test_a_vector_stays_while_somebody_else_says_the_same(database: Database) -> None:
    kept(database, written("1", "it rains"), written("2", "it rains"))
    with database.write() as tx:
        posts.bury(tx, "forum", [Tombstone("1")], NOW)
    assert len(rows(database, "embedding")) == 1


def test_a_deletion_at_the_source_takes_the_quotes_out_of_stored_digests(engine: Engine) -> None:
    kept(engine.database, written("1", CANARY), written("2", "it rains"))
    keep_digest(engine.database, "forum:1", "forum:2")
    save_batch(engine, "forum", Batch(cursor={}, tombstones=(Tombstone("1"),)))
    assert quoted(engine.database) == ["forum:2"]


def test_an_erased_post_is_quoted_nowhere_and_stays_out(engine: Engine) -> None:
    kept(engine.database, written("1", CANARY))
    keep_digest(engine.database, "forum:1")
    assert erase(engine, post="forum:1") == 1
    assert quoted(engine.database) == []
    with engine.database.write() as tx:
        assert posts.save(tx, "forum", [written("1", CANARY)], NOW).deleted == 1


def test_an_erased_person_is_quoted_nowhere_and_others_are(engine: Engine) -> None:
    """The account is given as the platform names it; the store knows only its pseudonym."""
    author = pseudonym("Wrenna", "forum", engine.key)
    kept(engine.database, written("1", CANARY, author=author), written("2", "it rains"))
    keep_digest(engine.database, "forum:1", "forum:2")
    assert erase(engine, author="forum:wrenna ") == 1
    assert quoted(engine.database) == ["forum:2"]
    assert author not in str([rows(engine.database, name) for name in CARRIERS])


@pytest.mark.parametrize(("reason", "people"), [("erased", 2), ("expired", 3)])
def test_a_signal_is_of_no_more_people_than_are_left(
    engine: Engine, reason: str, people: int
) -> None:
    """So pages and lists hide it where too few are left; what only grew old was of that many."""
    kept(engine.database, *(written(n, f"rain {n}", author=f"who-{n}") for n in "123"))
    raised = {
        "id": "S1", "number": 1, "kind": "emerging", "topic_id": "T1", "title": "rain",
        "status": "closed", "raised_at": NOW, "last_at": NOW, "run_id": "r", "observed": 3.0,
        "expected": 1.0, "p": 0.01, "q": 0.01, "people": 3, "why": "", "latest": 3.0,
        "post_ids": ["forum:1", "forum:2", "forum:3"], "peak": 3.0, "peak_at": NOW, "traits": [],
    }  # fmt: skip
    with engine.database.write() as tx:
        signals.save(tx, [raised])
        purge(tx, "forum", ["1"], expired=reason == "expired")
        (left,) = signals.every(tx)
    assert left["post_ids"] == ["forum:2", "forum:3"]
    assert left["people"] == people


def test_erasing_what_is_not_there_erases_nothing(engine: Engine) -> None:
    kept(engine.database, written("1", CANARY))
    assert erase(engine, author="forum:nobody") == 0
    assert len(rows(engine.database, "post")) == 1


def found(folder: Path) -> list[str]:
    """Name the files of a database that hold the canary, its log and shared memory included."""
    spellings = [CANARY.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    return [
        path.name
        for path in sorted(folder.glob("insights.db*"))
        if any(spelling in path.read_bytes() for spelling in spellings)
    ]


@pytest.mark.parametrize("size", [pytest.param(1, id="short"), pytest.param(400, id="overflowing")])
def test_erased_words_are_in_no_byte_of_the_database(
    engine_on_sqlite: Engine, tmp_path: Path, size: int
) -> None:
    """Long texts lie on pages of their own; those are overwritten as well."""
    engine = engine_on_sqlite
    others = [written(str(number), f"it rains {number} " * size) for number in range(60)]
    kept(engine.database, *others[:30], written("oak", f"{CANARY} " * size), *others[30:])
    keep_digest(engine.database, "forum:oak")
    assert found(tmp_path) != []
    assert erase(engine, post="forum:oak") == 1
    assert found(tmp_path) == []


def test_erasing_says_so_when_a_reader_keeps_the_words_alive(
    engine_on_sqlite: Engine, tmp_path: Path
) -> None:
    """A reader of the old state holds the log open: the erasure is not done before it leaves."""
    engine = engine_on_sqlite
    kept(engine.database, written("oak", CANARY))
    engine.database.close()
    event.listen(engine.database.engine, "connect", _impatient)
    with engine.database.read() as reader:
        posts.count(reader)
        with pytest.raises(StoreError, match="erase once more"):
            erase(engine, post="forum:oak")
    erase(engine, post="forum:oak")
    assert found(tmp_path) == []


def _impatient(connection: Any, _: object) -> None:
    connection.execute("PRAGMA busy_timeout=50")
