"""How commands talk: settings that stand before the command, progress, tables and errors."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from insights.digest import escape
from insights.errors import UsageError

if TYPE_CHECKING:
    from insights.workspace import Workspace

_config: list[str] = []
_quiet: list[bool] = []
EVERY_SECONDS = 10.0
YEARS = range(1970, 2200)


def take_options(arguments: list[str]) -> list[str]:
    """Take --config and -q out of the arguments, wherever they stand; return the rest."""
    _config.clear()
    _quiet.clear()
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name == "--config":
            found = value if equals else next(words, None)
            if not found:
                raise UsageError("--config needs the path of an insights.toml")
            _config.append(found)
        elif word in ("-q", "--quiet"):
            _quiet.append(True)
        elif word == "--":
            return [*rest, word, *words]
        else:
            rest.append(word)
    return rest


def config() -> str | None:
    """Return the settings file that --config named, as an absolute path."""
    return str(Path(_config[-1]).resolve()) if _config else None


def workspace() -> Workspace:
    """Open what the settings name."""
    from insights.workspace import Workspace

    return Workspace.open(_config[-1] if _config else None)


def account() -> str:
    """Return the account of the person at the terminal: who corrects, if nothing else is said."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without accounts
        return "unknown"


def say(line: str) -> None:
    """Tell the person at the terminal something that is not the result."""
    if not _quiet:
        print(_harmless(line), file=sys.stderr)


def fail(line: str) -> None:
    """Say in one line what went wrong."""
    print(f"insights: {_harmless(' '.join(line.split()))}", file=sys.stderr)


def tell(line: str) -> None:
    """Write one line of a result that names what people wrote."""
    print(_harmless(line))


def _harmless(line: str) -> str:
    """Leave out what a terminal would obey: foreign words stand in errors and reasons, too."""
    return "".join(letter if letter.isprintable() else " " for letter in line)


def hush() -> None:
    """Write nowhere any more: the reader of our output has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Progress:
    """Shows how far long work is: a line that moves on a terminal, now and then one elsewhere."""

    def __init__(self) -> None:
        self.step = ""
        self.began = self.told = time.monotonic()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Report; see `insights.pipeline.engine.Progress`."""
        now = time.monotonic()
        if step != self.step:
            self.step, self.began = step, now
        line = f"{step}: {done:,}" + (
            f" of {total:,}{self._left(done, total, now)}" if total else ""
        )
        if sys.stderr.isatty():
            end = "\n" if total and done >= total else "\r"
            if not _quiet:
                print(f"\x1b[2K{line}", end=end, file=sys.stderr, flush=True)
        elif now - self.told >= EVERY_SECONDS or (total and done >= total):
            self.told = now
            say(line)

    def _left(self, done: int, total: int, now: float) -> str:
        spent = now - self.began
        if done >= total or done == 0 or spent < 3:
            return ""
        return f", about {spent * (total - done) / done:,.0f} s left"


def moment(text: str | None, name: str) -> datetime:
    """Read a time; without a zone it is UTC, without a clock it is midnight. None means now."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{name} is not a date: '{text}'; write 2026-05-04 or 2026-05-04T02:00:00+00:00"
        ) from None
    if at.year not in YEARS:
        raise UsageError(f"{name} is in the year {at.year}; {YEARS[0]} to {YEARS[-1]} can be used")
    return at


def night(text: str, name: str) -> datetime:
    """Read when a night looks: with a clock then, and without one in the day's last second.

    So the night of a day knows what was written on that day.
    """
    at = moment(text, name)
    try:
        date.fromisoformat(text)
    except ValueError:
        return at
    return at + timedelta(days=1) - timedelta(seconds=1)


def records(path: str) -> Iterator[dict[str, Any]]:
    """Open a JSONL file ('-': standard input) and yield its objects, one at a time."""
    if path.startswith("--"):
        raise UsageError(f"no option is called '{path}' (see insights --help)")
    try:
        file = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from None
    return _records(file, "standard input" if path == "-" else path)


def _records(file: BinaryIO, path: str) -> Iterator[dict[str, Any]]:
    with file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line.decode("utf-8-sig"))
                json.dumps(record, ensure_ascii=False).encode("utf-8")  # no lone surrogates
            except (ValueError, RecursionError):
                raise UsageError(f"{path}:{number} is not JSON in UTF-8") from None
            if not isinstance(record, dict) or "id" not in record:
                raise UsageError(f"{path}:{number} needs an id")
            yield record


def one_line(text: str, width: int) -> str:
    """Show people's words on one line, without anything that a terminal would obey."""
    shown = " ".join(_harmless(text).split())
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"


def emit(record: Mapping[str, Any]) -> None:
    """Write one result as a line of JSON, at once: the next program in a pipe may be waiting."""
    print(json.dumps(record, ensure_ascii=False, default=_plain), flush=True)


def write_rows(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], form: str, output: str | None
) -> None:
    """Write rows as jsonl, csv or parquet, to a file (whole or not at all) or to stdout."""
    if form == "parquet":
        if output is None:
            raise UsageError("parquet is binary: name a file with --output")
        document = _parquet(rows, columns)
    else:
        lines = _jsonl(rows, columns) if form == "jsonl" else _csv(rows, columns)
        if output is None:
            sys.stdout.writelines(lines)
            return
        document = "".join(lines).encode("utf-8", "backslashreplace")
    write_whole(Path(output), document)


def between(certain: int, possible: int) -> str:
    """Write how many people: at least `certain`, at most `possible` where that is more."""
    return f"{certain:,}–{possible:,}" if possible > certain else f"{certain:,}"


def duration(seconds: float) -> str:
    """Write about how long something takes, in the largest unit that fits."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 1.5 * length:
            return f"about {round(seconds / length):,} {unit}s"
    return f"about {max(1, round(seconds)):,} s"


def write_whole(path: Path, document: bytes, *, keep_mode: bool = False) -> None:
    """Write a file whole or not at all; UsageError says why not."""
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(document)
        if keep_mode and path.exists():
            draft.chmod(path.stat().st_mode & 0o7777)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written ({error.strerror})") from None


def _jsonl(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    for row in rows:
        record = {name: row.get(name) for name in columns}
        yield json.dumps(record, ensure_ascii=False, default=_plain) + "\n"


def _csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([escape.cell(row.get(name)) for name in columns])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _parquet(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.Table.from_pylist([{n: _flat(row.get(n)) for n in columns} for row in rows])
    if not table.num_columns:
        table = pyarrow.table({name: pyarrow.array([], pyarrow.string()) for name in columns})
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table.replace_schema_metadata({"schema_version": "1"}), sink)
    return bytes(sink.getvalue())


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")
