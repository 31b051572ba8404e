"""Takes releases in from a file that somebody keeps by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from insights.errors import UsageError
from insights.models import Release, Skipped
from insights.pipeline.engine import Engine
from insights.store import releases
from insights.text.redact import redact

NAMES = ("version", "released_at", "date", "url", "notes")
LONGEST = 200
YEARS = range(1970, 2200)


class _Bad(Exception):
    """A line that is no release; the message says why."""


@dataclass(frozen=True)
class Imported:
    """What became of the lines of a file."""

    saved: int
    skipped: tuple[Skipped, ...]


def import_file(engine: Engine, path: str, source: str) -> Imported:
    """Save the releases of a CSV or JSONL file; a line that cannot be read is named and skipped.

    Raises:
        UsageError: the file cannot be read at all, or is of another kind.
    """
    found: list[Release] = []
    skipped: list[Skipped] = []
    for number, record in _records(Path(path)):
        try:
            found.append(_release(record, source))
        except _Bad as bad:
            skipped.append(Skipped(f"{path}:{number}", str(bad)))
    with engine.database.write() as tx:
        releases.save(tx, source, [private(release, engine) for release in found])
    return Imported(len({release.version for release in found}), tuple(skipped))


def private(release: Release, engine: Engine) -> Release:
    """Put placeholders in place of the personal data of a release's notes."""
    if engine.options.keep_raw:
        return release
    url = release.url if release.url and redact(release.url) == release.url else None
    return replace(release, url=url, notes=redact(release.notes))


Record = Mapping[str, object] | str
"""What stands in a line, or why it cannot be read."""


def _records(path: Path) -> Iterator[tuple[int, Record]]:
    """Yield each line's number and record."""
    ending = path.suffix.lower()
    if ending not in (".csv", ".tsv", ".jsonl", ".ndjson"):
        raise UsageError(f"{path} is neither .csv nor .jsonl; name a file of releases")
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8; save it as UTF-8") from None
    yield from _csv(path, lines) if ending in (".csv", ".tsv") else _jsonl(lines)


def _jsonl(lines: list[str]) -> Iterator[tuple[int, Record]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                yield number, "is not JSON"
                continue
            yield number, record if isinstance(record, dict) else "is JSON, but not an object"


def _csv(path: Path, lines: list[str]) -> Iterator[tuple[int, Record]]:
    header = lines[0] if lines else ""
    sign = max(",;\t", key=lambda sign: len(_columns(header, sign) & set(NAMES)))
    columns = _columns(header, sign)
    if "version" not in columns or not columns & {"released_at", "date"}:
        raise UsageError(f"{path} needs the columns version and released_at (or date)")
    rows = csv.DictReader(lines, delimiter=sign, skipinitialspace=True)
    rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        yield rows.line_num, f"is not CSV: {error}"


def _columns(header: str, sign: str) -> set[str]:
    return {name.strip() for name in next(csv.reader([header], delimiter=sign), [])}


def _release(record: Record, source: str) -> Release:
    if isinstance(record, str):
        raise _Bad(record)
    told = {name: _text(record, name) for name in NAMES}
    if not told["version"] or len(told["version"]) > LONGEST:
        raise _Bad(f"needs a version of 1 to {LONGEST} letters")
    return Release(
        source=source,
        version=told["version"],
        released_at=_moment(told["released_at"] or told["date"]),
        url=told["url"] or None,
        notes=told["notes"],
    )


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Bad(f"{name} is not text; write it in quotes")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Bad(f"{name} holds characters that are not valid Unicode") from None
    return value.replace("\0", "").strip()


def _moment(text: str) -> datetime:
    """Read a time; without a zone it is UTC, without a clock it is midnight."""
    try:
        at = datetime.fromisoformat(text) if len(text) > 10 else _midnight(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Bad(f"released_at is '{text[:40]}', not a date such as 2026-05-04") from None
    if at.year not in YEARS:
        raise _Bad(f"released_at is in the year {at.year}")
    return at


def _midnight(text: str) -> datetime:
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
