"""What people know of the past: events that a night should have told, and what releases say."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import regex

from insights.corpus import Corpus
from insights.errors import UsageError
from insights.pipeline.rehearse import Telling

EARLY_DAYS, LATE_DAYS = 3, 14
"""An alarm is about an event if it comes at most so long before its date, and after it."""
HALF = 0.5
LONGEST_PATTERN = 1000
SECONDS = 5.0
"""Time that the pattern of one event may take: some would take longer than the universe has."""


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """Something that happened on a day; `pattern` is what posts about it say."""

    at: datetime
    title: str
    pattern: regex.Pattern[str]
    where: str


@dataclass(frozen=True, slots=True)
class Release:
    """What was released when, and what its notes say."""

    released_at: datetime
    version: str
    notes: str


@dataclass(frozen=True, slots=True)
class Caught:
    """The first alarm about an event; `matched` of its `posts` say what the event's would."""

    alarm: Telling
    days: int
    matched: int
    posts: int


def read_events(path: str) -> list[KnownEvent]:
    """Read a CSV file of `date,title,pattern`; UsageError names the line that is wrong."""
    return [_event(cells, where) for cells, where in _rows(path, ("date", "title", "pattern"))]


def read_releases(path: str) -> list[Release]:
    """Read a CSV file of `date,version,notes`; UsageError names the line that is wrong."""
    return [
        Release(_date(cells[0], where), cells[1].strip(), cells[2])
        for cells, where in _rows(path, ("date", "version", "notes"))
    ]


def caught(
    event: KnownEvent, alarms: Iterable[Telling], corpus: Corpus, *, seconds: float = SECONDS
) -> Caught | None:
    """Return the first alarm near the event of whose posts at least half match its pattern.

    UsageError if the pattern takes longer than `seconds` on the posts of these alarms.
    """
    ends = time.monotonic() + seconds
    for alarm in alarms:
        days = (alarm.as_of - event.at).days
        if not -EARLY_DAYS <= days <= LATE_DAYS:
            continue
        said = texts_of(corpus, alarm.signal.post_ids)
        matched = sum(_says(event, texts, ends) for texts in said)
        if said and matched >= HALF * len(said):
            return Caught(alarm, days, matched, len(said))
    return None


def texts_of(corpus: Corpus, post_ids: Sequence[str]) -> list[list[str]]:
    """Return what each of the posts that are there says, passage by passage."""
    said: dict[str, list[str]] = {}
    for row in rows_of(corpus, post_ids):
        said.setdefault(corpus.post_ids[row], []).append(corpus.texts[row])
    return list(said.values())


def rows_of(corpus: Corpus, post_ids: Sequence[str]) -> list[int]:
    """Return the rows of the passages of these posts."""
    wanted = set(post_ids)
    return [row for row, post_id in enumerate(corpus.post_ids.tolist()) if post_id in wanted]


def _says(event: KnownEvent, texts: Sequence[str], ends: float) -> bool:
    try:
        return any(
            event.pattern.search(text, timeout=max(ends - time.monotonic(), 1e-3)) for text in texts
        )
    except TimeoutError:
        raise UsageError(
            f"{event.where}: the pattern takes too long on the posts of one event; "
            "repetitions inside repetitions, as in (a+)+, are the usual reason"
        ) from None


def _event(cells: Sequence[str], where: str) -> KnownEvent:
    at, title, written = _date(cells[0], where), cells[1].strip(), cells[2].strip()
    if not written:
        raise UsageError(f"{where}: the pattern is empty; write words that posts about it use")
    if len(written) > LONGEST_PATTERN:
        raise UsageError(f"{where}: the pattern is longer than {LONGEST_PATTERN} characters")
    try:
        pattern = regex.compile(written, regex.IGNORECASE)
        idle = pattern.search("", timeout=SECONDS) is not None
    except (regex.error, RecursionError, OverflowError, TimeoutError) as error:
        raise UsageError(f"{where}: the pattern is no regular expression ({error})") from None
    if idle:
        raise UsageError(f"{where}: the pattern '{written}' matches a text that says nothing")
    return KnownEvent(at, title, pattern, where)


def _date(text: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{where}: '{text}' is not a date; write 2026-05-04") from None


def _rows(path: str, columns: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the named cells of each line, and where it stands."""
    head = ",".join(columns)
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text in UTF-8") from None
    lines = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        first = [name.strip().lower() for name in next(lines, [])]
        if any(name not in first for name in columns):
            raise UsageError(f"{path}:1 must name the columns: {head}")
        places = [first.index(name) for name in columns]
        for cells in lines:
            where = f"{path}:{lines.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(first):
                raise UsageError(
                    f"{where} has {len(cells)} columns where the first line has {len(first)}; a "
                    'comma inside a cell needs "quotes" around the cell'
                )
            yield [cells[place] for place in places], where
    except csv.Error as error:
        raise UsageError(f"{path}:{lines.line_num} is not CSV ({error})") from None
