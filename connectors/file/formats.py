"""The records of a JSONL, CSV or Parquet file one by one, in memory that the file cannot grow."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NoReturn, TypeAlias, cast

from insights.errors import SourceError
from insights.record import FIELDS, REQUIRED

MAX_LINE_BYTES: Final = 8 * 2**20
"""Long enough for the longest text with every character escaped."""

PARQUET_ROWS: Final = 1_000
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Place:
    """How far a file was read: `at` is a byte (a row of Parquet), `line` what people call it."""

    at: int = 0
    line: int = 0


Arrow: TypeAlias = Any
"""Objects of pyarrow, which has no types."""

Record = Mapping[str, object] | str
"""What was read at a place, or why it cannot be read."""

Reader = Callable[[Path, Place], Iterator[Record]]


def jsonl(path: Path, place: Place) -> Iterator[Record]:
    """Yield the objects of a JSONL file; `place` moves on with each."""
    with _opened(path) as file:
        for line in _lines(file, path, place):
            if isinstance(line, str):
                yield line
            elif not line.isspace():
                yield _object(line)


def csv_rows(path: Path, place: Place) -> Iterator[Record]:
    """Yield the rows of a CSV file with a header; comma, semicolon or tab by that header."""
    # The module's limit is global and 131,072 by default, less than a long post.
    csv.field_size_limit(MAX_LINE_BYTES)
    with _opened(path) as file:
        start = Place()
        header = next((line for line in _lines(file, path, start)), b"")
        names, delimiter = _header(header, path)
        if place.at > start.at:
            file.seek(place.at)
        else:
            place.at, place.line = start.at, start.line
        lines = _lines(file, path, place)
        broken: list[str] = []
        rows = csv.reader(_decoded(lines, broken), delimiter=delimiter, strict=True)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                yield from broken
                return
            except csv.Error as error:
                yield f"is not CSV: {error}"
                continue
            yield from broken
            broken.clear()
            if len(row) > len(names):
                yield f"has {len(row)} fields where the header has {len(names)}"
            elif row:
                yield dict(zip(names, row, strict=False))


def parquet(path: Path, place: Place) -> Iterator[Record]:
    """Yield the rows of a Parquet file; groups of rows that were read before are not opened."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = [name for name in file.schema_arrow.names if name in FIELDS]
            _check_columns(columns, file.schema_arrow.names, path)
            groups, skip = _groups_from(file.metadata, place.at)
            place.line = place.at
            for rows in file.iter_batches(PARQUET_ROWS, row_groups=groups, columns=columns):
                fresh = rows.slice(min(skip, rows.num_rows))
                skip -= rows.num_rows - fresh.num_rows
                values = [_column(column) for column in fresh.columns]
                for row in zip(*values, strict=True):
                    place.at += 1
                    place.line += 1
                    bad = next((n for n, v in zip(columns, row, strict=True) if v is _BAD), None)
                    yield f"{bad} cannot be read" if bad else dict(zip(columns, row, strict=True))
    except pa.ArrowException as error:
        raise SourceError(f"{path} cannot be read as Parquet: {_first_line(error)}") from None


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError(f"{path} is written in UTF-16; save it as UTF-8")
    if start[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _lines(file: IO[bytes], path: Path, place: Place) -> Iterator[bytes | str]:
    """Yield lines from `place` on; one that is too long is passed over without holding it."""
    try:
        file.seek(place.at)
        while line := file.readline(MAX_LINE_BYTES + 1):
            size, too_long = len(line), len(line) > MAX_LINE_BYTES
            while too_long and not line.endswith(b"\n") and (line := file.readline(2**18)):
                size += len(line)
            if place.at == 0:
                line = line.removeprefix(_BOM)
            place.at += size
            place.line += 1
            yield f"is longer than {MAX_LINE_BYTES // 2**20} MiB" if too_long else line
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise SourceError(f"{path} is damaged after line {place.line}; pack it again") from None


def _object(line: bytes) -> Record:
    try:
        record: object = _JSON.decode(line.decode("utf-8"))
    except UnicodeDecodeError:
        return "is not valid UTF-8"
    except RecursionError:
        return "is nested too deep"
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg}"
    except ValueError as error:
        return f"is not JSON: {_first_line(error)[:80]}"
    return record if isinstance(record, dict) else "is JSON, but not an object"


def _decoded(lines: Iterator[bytes | str], broken: list[str]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, str):
            broken.append(line)
        else:  # what is not UTF-8 becomes lone surrogates, which no field may hold
            yield line.decode("utf-8", "surrogateescape")


def _header(line: bytes | str, path: Path) -> tuple[list[str], str]:
    text = line.decode("utf-8", "replace") if isinstance(line, bytes) else ""
    rows = [(next(csv.reader([text], delimiter=sign), []), sign) for sign in ",;\t"]
    names, delimiter = max(rows, key=lambda row: len(set(row[0]) & set(FIELDS)))
    names = [name.strip() for name in names]
    _check_columns(names, names, path)
    return names, delimiter


def _check_columns(known: list[str], names: list[str], path: Path) -> None:
    for name in REQUIRED:
        if name not in known:
            there = ", ".join(names)[:200] or "none"
            raise SourceError(f"{path} has no column '{name}'; its columns are: {there}")


def _groups_from(metadata: Arrow, row: int) -> tuple[list[int], int]:
    """Return the row groups that hold `row` and later ones, and how many rows to pass over."""
    for group in range(metadata.num_row_groups):
        size = metadata.row_group(group).num_rows
        if row < size:
            return list(range(group, metadata.num_row_groups)), row
        row -= size
    return [], 0


_BAD: Final = object()


def _column(column: Arrow) -> list[object]:
    """Return a column's values; one that cannot be one (bytes as text, year 30000) is `_BAD`."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Without pandas, nanoseconds have no type in Python, and a post needs none.
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_map(column.type):
        return [None if pairs is None else dict(pairs) for pairs in column.to_pylist()]
    try:
        values: list[object] = column.to_pylist()
    except (ValueError, OverflowError):
        values = [_cell(cell) for cell in column]
    return values


def _cell(cell: Arrow) -> object:
    try:
        value: object = cell.as_py()
    except (ValueError, OverflowError):
        return _BAD
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_JSON: Final = json.JSONDecoder(parse_constant=_no_constant)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
