"""People's corrections are kept for good, in order, and taken back by an entry of their own."""

from datetime import UTC, datetime

import pytest

from insights.errors import StoreError
from insights.store import corrections

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_what_was_taken_back_is_not_in_force_and_stays_in_the_history(database):
    """Undoing appends: both entries can be read, and neither is replayed."""
    with database.write() as tx:
        first = corrections.add(
            tx, at=AT, by="ana", kind="noise", subject="forum:1", body={"spam": True}
        )
        second = corrections.add(
            tx, at=AT, by="ben", kind="noise", subject="forum:2", body={"spam": False}
        )
        corrections.add(tx, at=AT, by="ana", kind="topic", subject="T1", body={})
        undone = corrections.undo(tx, first, at=AT, by="ben")
    with database.read() as tx:
        in_force = corrections.in_force(tx, "noise")
        history = corrections.history(tx)
    assert [(entry["id"], entry["by"], entry["body"]) for entry in in_force] == [
        (second, "ben", {"spam": False})
    ]
    assert [(entry["id"], entry["undoes"]) for entry in history] == [
        (first, None),
        (second, None),
        (history[2]["id"], None),
        (undone, first),
    ]


def test_nothing_is_taken_back_twice(database):
    """The second of two people who undo at once is refused by the database itself."""
    with database.write() as tx:
        first = corrections.add(tx, at=AT, by="ana", kind="topic", subject="T1", body={})
        corrections.undo(tx, first, at=AT, by="ana")
    with pytest.raises(StoreError), database.write() as tx:
        corrections.undo(tx, first, at=AT, by="ben")
