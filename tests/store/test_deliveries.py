"""What is due, sent, taken and lost is kept on both databases, and through an upgrade."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import insights.store
from insights.store import Database, deliveries, digests
from insights.store.deliveries import DELIVERED, DUE, FAILED, OUTDATED, SENDING, UNKNOWN, Place
from tests.store.shelf import NOW, rows

ANN, BEN = Place("D-1", "mail", "ann@example.org"), Place("D-1", "mail", "ben@example.org")
FILES = Place("D-1", "files")


def keep(database: Database, digest_id: str = "D-1", **changed) -> None:
    given = {"run_id": "run-1", "as_of": NOW, "content": {"headline": "it rains"}, **changed}
    with database.write() as tx:
        digests.save(tx, digest_id, **given)


@pytest.fixture
def planned(database: Database) -> Database:
    keep(database)
    with database.write() as tx:
        deliveries.plan(tx, [ANN, BEN, FILES], NOW)
        deliveries.keep(tx, {ANN: b"to ann", BEN: b"to ben"})
    return database


def states(database: Database) -> dict[Place, str]:
    with database.read() as tx:
        return {row["place"]: row["status"] for row in deliveries.of_digests(tx, ["D-1"])}


def test_planning_again_changes_nothing(planned: Database) -> None:
    with planned.write() as tx:
        deliveries.end(tx, ANN, FAILED, "not at home", NOW)
        deliveries.plan(tx, [ANN, BEN, FILES], NOW)
    assert states(planned) == {FILES: DUE, ANN: FAILED, BEN: DUE}


def test_a_letter_is_kept_until_it_is_taken_and_then_its_hash(planned: Database) -> None:
    with planned.write() as tx:
        assert deliveries.begin(tx, ANN, NOW) == b"to ann"
        assert deliveries.begin(tx, FILES, NOW) is None
    assert states(planned) == {FILES: DUE, ANN: SENDING, BEN: DUE}
    with planned.write() as tx:
        assert deliveries.end(tx, ANN, DELIVERED, "there", NOW) == DELIVERED
        assert deliveries.letter(tx, ANN) is None
    hashes = {row["address"]: row["letter_hash"] for row in rows(planned, "delivery")}
    assert len(hashes[ANN.address]) == len(hashes[BEN.address]) == 64


def test_a_kill_leaves_unknown_what_cannot_be_replaced(planned: Database) -> None:
    with planned.write() as tx:
        deliveries.keep(tx, {FILES: b"a file"})
        for place in (ANN, FILES):
            deliveries.begin(tx, place, NOW)
        deliveries.settle(tx, lambda channel: channel == "files", NOW)
    assert states(planned) == {FILES: DUE, ANN: UNKNOWN, BEN: DUE}


def test_withdrawn_words_leave_every_letter(planned: Database) -> None:
    with planned.write() as tx:
        deliveries.begin(tx, ANN, NOW)
        deliveries.end(tx, ANN, DELIVERED, "there", NOW)
        deliveries.withdraw(tx, "D-1")
        assert deliveries.letter(tx, BEN) is None
    assert states(planned) == {FILES: DUE, ANN: OUTDATED, BEN: DUE}


def test_a_digest_that_is_composed_anew_forgets_letters_that_say_otherwise(
    planned: Database,
) -> None:
    keep(planned)
    with planned.read() as tx:
        assert deliveries.letter(tx, ANN) == b"to ann"
    keep(planned, content={"headline": "it snows"})
    with planned.read() as tx:
        assert deliveries.letter(tx, ANN) is None


def test_a_run_has_one_digest_an_audience_and_each_its_own_past(database: Database) -> None:
    keep(database)
    keep(database, "D-1-mobile", audience="mobile", content={"headline": "mobile"})
    keep(database, "D-2", run_id="run-2", as_of=NOW + timedelta(days=1))
    with database.read() as tx:
        assert digests.of_run(tx, "run-1") == {"D-1": "", "D-1-mobile": "mobile"}
        assert [row["id"] for row in digests.every(tx)] == ["D-2", "D-1", "D-1-mobile"]
        later = NOW + timedelta(days=2)
        assert digests.before(tx, later, audience="mobile") == {"headline": "mobile"}
        assert digests.before(tx, NOW, audience="mobile") is None
    with pytest.raises(IntegrityError), database.engine.begin() as tx:
        tx.execute(text("UPDATE digest SET run_id = 'run-1', audience = '' WHERE id <> 'D-1'"))


def test_deliveries_of_the_schema_before_are_kept(database_url: str) -> None:
    """What was delivered is not delivered again because of an upgrade."""
    old = Database(database_url)
    config = Config()
    place = Path(insights.store.__file__).parent / "migrations"
    config.set_main_option("script_location", str(place))
    with old.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0004")
    with old.write() as tx:
        tx.execute(
            text("INSERT INTO digest VALUES ('D-1', 'run-1', :at, '{}')"), {"at": "2026-03-01"}
        )
        tx.execute(
            text("INSERT INTO delivery VALUES ('D-1', 'files', 'delivered', 'there', :at)"),
            {"at": "2026-03-01 00:00:00.000000"},
        )
    old.migrate()
    assert states(old) == {FILES: DELIVERED}
    old.close()
