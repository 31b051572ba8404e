"""People with several accounts: which author keys were said to be one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from insights.store import tables as t
from insights.store.rows import pieces, upsert


def link(connection: Connection, persons: Mapping[str, str], at: datetime) -> None:
    """Note the person of each author key; both are keyed hashes, no name is stored."""
    rows = [{"author": author, "person": person, "at": at} for author, person in persons.items()]
    upsert(connection, t.account, rows)


def persons_of(connection: Connection, authors: Iterable[str]) -> dict[str, str]:
    """Return the person of each of these author keys that is linked."""
    found: dict[str, str] = {}
    held = t.account.c
    for piece in pieces(dict.fromkeys(authors)):
        query = select(held.author, held.person).where(held.author.in_(piece))
        found.update((row.author, row.person) for row in connection.execute(query))
    return found


def unlink(connection: Connection, persons: Iterable[str]) -> int:
    """Forget the accounts of people; return how many there were."""
    return _forget(connection, persons, "person")


def unlink_accounts(connection: Connection, authors: Iterable[str]) -> int:
    """Forget whose these accounts are; return how many were linked."""
    return _forget(connection, authors, "author")


def count(connection: Connection) -> tuple[int, int]:
    """Count the people that accounts are linked to, and these accounts."""
    held = t.account.c
    query = select(func.count(held.person.distinct()), func.count(held.author))
    people, accounts = connection.execute(query).one()
    return int(people), int(accounts)


def _forget(connection: Connection, keys: Iterable[str], column: str) -> int:
    gone = 0
    for piece in pieces(dict.fromkeys(keys)):
        gone += connection.execute(delete(t.account).where(t.account.c[column].in_(piece))).rowcount
    return gone
