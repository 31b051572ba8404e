"""Commands that say which accounts belong to one person."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from insights.cli import terminal
from insights.errors import UsageError

if TYPE_CHECKING:
    from insights.pipeline.people import Account

COLUMNS = ("person", "source", "account")

people = App("people", help="Say which accounts belong to one person, so that they count once.")

File = Annotated[str, Parameter(help="CSV or JSONL with person, source and account")]


@people.command(name="import")
def import_people(file: File) -> None:
    """Link accounts to people. Names are hashed before they are stored; nothing is guessed.

    Counts show an interval where it matters: from people whose accounts are known to be theirs,
    to as many people as accounts.

    Example: insights people import accounts.csv
    """
    from insights.pipeline import people as linking
    from insights.store import people as held

    stated = list(_accounts(file))
    engine = terminal.workspace().engine()
    new = linking.link(engine, stated)
    with engine.database.read() as tx:
        persons, accounts = held.count(tx)
    print(f"{new:,} new links; accounts known by person: {accounts:,}, people: {persons:,}")


@people.command
def remove(
    *persons: Annotated[str, Parameter(help="as the file that was imported names them")],
    file: Annotated[str | None, Parameter(help="take back each line of an import")] = None,
) -> int:
    """Take links back: each account counts as a person of its own again.

    Example: insights people remove "Ada Byron"
    """
    from insights.pipeline import people as linking

    if bool(persons) == bool(file):
        raise UsageError("name people, or a file with --file")
    stated = list(_accounts(file)) if file else []
    engine = terminal.workspace().engine()
    count = linking.unlink_accounts(engine, stated) if file else linking.unlink(engine, persons)
    print(f"{count:,} {'link was' if count == 1 else 'links were'} removed")
    return 0 if count else 1


def _accounts(file: str) -> Iterator[Account]:
    from insights.pipeline.people import Account

    for where, row in _rows(Path(file)):
        values = [str(row.get(name) or "").strip() for name in COLUMNS]
        if not all(values):
            missing = COLUMNS[values.index("")]
            raise UsageError(f"{where} has no {missing}; each line needs {', '.join(COLUMNS)}")
        yield Account(where, *values)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each line with its place; UsageError names what cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path} cannot be read ({said})") from None
    if path.suffix.lower() == ".csv":
        reader = csv.DictReader(text.splitlines())
        for row in reader:
            yield f"{path.name}:{reader.line_num}", row
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise UsageError(f"{path.name}:{number} is no JSON object")
        yield f"{path.name}:{number}", found
