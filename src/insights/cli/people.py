"""Commands that say which accounts belong to one person, and what accounts are."""

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
    from insights.pipeline.segments import Stated

COLUMNS = ("person", "source", "account")

people = App("people", help="Say which accounts are one person, and what accounts are.")

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


@people.command(name="segments")
def import_segments(
    file: Annotated[str, Parameter(help="CSV or JSONL with source, account, and what it is")],
) -> None:
    """Say what accounts are, such as their plan: `[ranking.segments]` says what that weighs.

    Only columns that are weighed there are kept, under the account's keyed hash. An empty cell
    forgets what was said before. Plans in `attributes` of posts need no file.

    Example: insights people segments accounts.csv
    """
    from insights.pipeline import segments

    engine = terminal.workspace().engine()
    wanted = engine.options.ranking.segments
    if not wanted:
        raise UsageError(
            "nothing is weighed yet; say in the settings what is, such as [ranking.segments] with "
            "plan = { enterprise = 3.0, free = 1.0 }"
        )
    stated = list(_stated(file, sorted(wanted)))
    count = segments.learn(engine, stated)
    lines = "line" if len(stated) == 1 else "lines"
    print(f"{len(stated):,} {lines} read; accounts of which something is known: {count:,}")


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


def _stated(file: str, wanted: list[str]) -> Iterator[Stated]:
    from insights.pipeline.segments import Stated

    for where, row in _rows(Path(file)):
        source, account = (str(row.get(name) or "").strip() for name in COLUMNS[1:])
        if not source or not account:
            missing = "account" if source else "source"
            raise UsageError(f"{where} has no {missing}; each line needs source and account")
        values = {n: str(row[n]).strip() for n in wanted if n in row and row[n] is not None}
        if not values:
            raise UsageError(
                f"{where} has none of what [ranking.segments] weighs: {', '.join(wanted)}"
            )
        yield Stated(where, source, account, values)


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
