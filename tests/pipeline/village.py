"""A small invented community that changes its mind, and everything needed to run its nights.

Thirty days of a forum and its reviews: four steady themes, copies, edits, deletions, a bot, a line
that cannot be read, personal data that slipped in, and on the last days an outbreak that several
people report.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.file import File, FileOptions
from insights.digest.options import DigestOptions
from insights.http import Http
from insights.pipeline.engine import Channel, Engine, Options, Source
from insights.protocols import Encoder
from insights.publishers.file import File as FilePublisher
from insights.publishers.file import FileOptions as FilePublisherOptions
from insights.signals.intent import IntentModel
from insights.signals.options import SignalOptions
from insights.store import Database, classifiers, digests, passages, posts, signals, topics

FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 30
NIGHT = FIRST_DAY + timedelta(days=DAYS, hours=2)
EVENING_BEFORE = NIGHT - timedelta(days=1)
COMMUNITY = "Lanternmoor"
SOURCES = ("forum", "reviews")

PEOPLE = tuple(
    f"{first}{last}"
    for first in ("Wrenna", "Tobrik", "Quillan", "Ysolde", "Marfik", "Odwina")
    for last in ("Holtbeck", "Sandmire", "Fennwick", "Kettlow")
)
CANARIES = (
    "odwina.k@lanternmoor.example",
    "+49 30 901820",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
)

THEMES = (
    "The lantern export loses {a} when I save to {b}",
    "Please add a dark theme for {a} on the map at {b}",
    "How do I share my route with {a} near {b}?",
    "I love the bird guide, it taught me about {a} near {b}",
)
FILLERS = (
    ("layers", "colours", "labels", "borders", "margins"),
    ("night", "the marsh", "the north lake", "old bridge", "the harbour"),
)
TAILS = (
    "today", "lately", "honestly", "maybe", "always", "often", "since", "spring", "outside",
    "alone", "quickly",
)  # fmt: skip
OUTBREAK = "Since the update the compass spins and freezes {a} until I restart the phone"
COPY = "Buy the shiny lantern from me, it is the best lantern of the whole moor today"


def records() -> Iterator[tuple[datetime, str, dict[str, Any]]]:
    """Yield when something happened, in which source, and the line that tells it."""
    dice = random.Random(7)
    for day in range(DAYS):
        for hour in (8, 12, 16, 20):
            at = FIRST_DAY + timedelta(days=day, hours=hour, minutes=dice.randrange(50))
            theme = THEMES[dice.randrange(len(THEMES))]
            text = theme.format(a=dice.choice(FILLERS[0]), b=dice.choice(FILLERS[1]))
            text = f"{text}, {dice.choice(TAILS)} {dice.choice(TAILS)}"
            number = day * 24 + hour
            yield at, SOURCES[number % 8 == 0], _record(number, dice.choice(PEOPLE), at, text)
    for number, canary in enumerate(CANARIES, start=9000):
        at = FIRST_DAY + timedelta(days=number - 8990, hours=9)
        text = (
            f"@{PEOPLE[-1]} knows the bird guide and the marsh {THEMES[number % 2][:20]}, {canary}"
        )
        yield at, "forum", _record(number, PEOPLE[3], at, text)
    for number in range(9100, 9103):
        at = FIRST_DAY + timedelta(days=20, hours=number - 9090)
        yield at, "forum", _record(number, PEOPLE[1], at, COPY)
    for number, person in enumerate(PEOPLE[:10], start=9200):
        at = NIGHT - timedelta(hours=40) + timedelta(hours=3 * (number - 9200))
        text = OUTBREAK.format(a=f"{TAILS[number % 11]} {TAILS[number % 7]}")
        yield at, "forum", _record(number, person, at, text) | {"version": "2.1.0"}
    yield from _changes()


def _changes() -> Iterator[tuple[datetime, str, dict[str, Any]]]:
    edited, deleted = FIRST_DAY + timedelta(days=2), NIGHT - timedelta(hours=20)
    first = _record(9300, PEOPLE[4], edited, "The tide table is wrong by an hour at the harbour")
    yield edited, "forum", first
    changed = {**first, "text": "The tide table is wrong by a whole day at the harbour"}
    yield deleted, "forum", changed | {"updated_at": deleted.isoformat()}
    gone = _record(9301, PEOPLE[5], edited, "I regret that I ever wrote about the hollow oak")
    yield edited, "forum", gone
    yield deleted, "forum", {"id": "9301", "deleted": True}
    yield edited, "forum", {"id": "9302", "text": "when was this?", "created_at": "last spring"}


def _record(number: int, person: str, at: datetime, text: str) -> dict[str, Any]:
    return {"id": str(number), "author": person, "created_at": at.isoformat(), "text": text}


def write(folder: Path, *, until: datetime) -> None:
    """Write what had happened by `until`, a JSONL file a source."""
    folder.mkdir(parents=True, exist_ok=True)
    told = sorted((r for r in records() if r[0] <= until), key=lambda record: record[0])
    for name in SOURCES:
        lines = [json.dumps(line) + "\n" for _, source, line in told if source == name]
        (folder / f"{name}.jsonl").write_text("".join(lines))


def options() -> Options:
    """Tune the steps to a community that writes little."""
    return Options(
        signals=SignalOptions(chance=0.02, min_people=4),
        digest=DigestOptions(min_people=3),
    )


def engine(
    folder: Path, encoder: Encoder, intents: IntentModel, *, url: str | None = None
) -> Engine:
    """Open the village in `folder`: its posts, its database and its published digests."""
    database = Database(url or f"sqlite:///{folder / 'insights.db'}")
    database.migrate()
    name = f"intents for {encoder.name}"
    with database.read() as tx:
        taught = classifiers.get(tx, name) is not None
    if not taught:
        with database.write() as tx:
            classifiers.save(tx, name, intents.to_bytes(), {})
    return Engine(
        database=database,
        encoder=encoder,
        key=b"k" * 32,
        options=options(),
        sources=[source(name, folder / f"{name}.jsonl") for name in SOURCES],
        channels=[channel(folder / "digests")],
    )


def source(name: str, path: Path) -> Source:
    """Return a file as a configured source that is read in several batches."""
    told = FileOptions(paths=(str(path),), batch=60)
    return Source(name, "file", lambda: File(name, told, http=Http()))


def channel(folder: Path) -> Channel:
    """Return a folder as a channel."""
    return Channel(
        "files",
        FilePublisher("files", FilePublisherOptions(folder=folder, formats=("html", "json"))),
    )


def copy(folder: Path, to: Path) -> Path:
    """Copy a village that nobody is working on."""
    shutil.copytree(folder, to)
    return to


def exports(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return everything that can be exported, as the export commands read it."""
    with database.read() as tx:
        found: dict[str, list[dict[str, Any]]] = {
            "posts": [{"post": post, "passages": said} for post, said in posts.exported(tx)],
            "topics": topics.exported(tx),
            "assignments": passages.exported(tx),
            "signals": signals.every(tx),
            "insights": digests.insights(tx),
            "ledger": topics.history(tx),
        }
    return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Name the exports, or published files, that are not the same to the byte."""
    return sorted(
        name for name in one.keys() | other.keys() if _bytes(one, name) != _bytes(other, name)
    )


def _bytes(found: dict[str, Any], name: str) -> bytes:
    value = found.get(name)
    if isinstance(value, bytes):
        return value
    return json.dumps(value, default=repr).encode()


def post_rows(made: Engine) -> list[dict[str, Any]]:
    """Return the id and the time of every post in the store."""
    with made.database.read() as tx:
        return [{"id": post.id, "at": post.created_at} for post, _ in posts.exported(tx)]


def published(folder: Path) -> dict[str, bytes]:
    """Return every file that was published, drafts and all."""
    return {path.name: path.read_bytes() for path in sorted((folder / "digests").glob("*"))}


def outcome(made: Engine, folder: Path) -> dict[str, Any]:
    """Return all that a night leaves for people: exports, stored digests and published files."""
    with made.database.read() as tx:
        stored = {row["id"]: digests.get(tx, row["id"]) for row in digests.every(tx)}
    return {**exports(made.database), "digests": stored, **published(folder)}


def texts(database: Database) -> Sequence[str]:
    """Return every value of every row of every table as text, vectors and all."""
    from sqlalchemy import inspect

    found: list[str] = []
    with database.read() as tx:
        for name in inspect(tx).get_table_names():
            for row in tx.exec_driver_sql(f'SELECT * FROM "{name}"'):
                found += [
                    value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    for value in row
                ]
    return found
