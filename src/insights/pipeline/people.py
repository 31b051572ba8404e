"""Takes word of which accounts belong to one person, so that they count once.

Only what somebody states links accounts; nothing is guessed from names that are alike. Persons and
accounts become keyed hashes before they are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from insights.errors import UsageError, unknown
from insights.pipeline.engine import Engine
from insights.store import people, sources
from insights.text.pseudonyms import pseudonym

PERSON = "\x1eperson"
"""Stands for a source where persons are hashed; no source can be called so."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a person, as somebody states it; `where` names the line that does."""

    where: str
    person: str
    source: str
    account: str


def link(engine: Engine, stated: Sequence[Account]) -> int:
    """Link accounts to people, all or none of them; return how many were not linked before.

    Raises:
        UsageError: a source that there is not, or an account of two people; it names the line.
    """
    with engine.database.write() as tx:
        known = {row["name"] for row in sources.every(tx)}
        known |= {source.name for source in engine.sources}
        persons: dict[str, str] = {}
        lines: dict[str, str] = {}
        for one in stated:
            if one.source not in known:
                raise UsageError(f"{one.where}: {unknown('source', one.source, known)}")
            author = pseudonym(one.account, one.source, engine.key)
            person = _key(engine, one.person)
            if persons.setdefault(author, person) != person:
                raise UsageError(
                    f"{one.where} gives an account of {one.source} to another person than "
                    f"{lines[author]}; leave one of them out"
                )
            lines.setdefault(author, one.where)
        held = people.persons_of(tx, persons)
        for author, person in held.items():
            if person != persons[author]:
                raise UsageError(
                    f"{lines[author]} gives an account to another person than an earlier import; "
                    "take that back first: insights people remove"
                )
        people.link(tx, persons, datetime.now(UTC))
    return len(persons.keys() - held.keys())


def unlink(engine: Engine, persons: Iterable[str]) -> int:
    """Let each account of these people be a person of its own again; return how many it were."""
    with engine.database.write() as tx:
        return people.unlink(tx, [_key(engine, person) for person in persons])


def unlink_accounts(engine: Engine, stated: Iterable[Account]) -> int:
    """Take back an import, line by line; return how many accounts were linked."""
    keys = [pseudonym(one.account, one.source, engine.key) for one in stated]
    with engine.database.write() as tx:
        return people.unlink_accounts(tx, keys)


def _key(engine: Engine, person: str) -> str:
    return pseudonym(person, PERSON, engine.key)
