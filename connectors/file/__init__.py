"""Reads posts from files: JSONL, CSV, Parquet and mailboxes, the text ones also packed."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from connectors.file.formats import Place
from connectors.file.readers import READERS, format_of
from insights.errors import BadItem, SourceError
from insights.http import Http
from insights.models import JSON, Batch, Checkup, Post, Skipped, Terms, Tombstone
from insights.record import post_from_record

__all__ = ["File", "post_from_record"]

NAMED = 3
"""Files that a check names."""


class FileOptions(BaseModel):
    """Which files to read. Times in them without a zone are UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[str, ...] = Field(min_length=1, validation_alias=AliasChoices("paths", "path"))
    """Files or patterns such as `exports/*.jsonl.gz`; one may be written without a list."""
    format: Literal["jsonl", "csv", "parquet", "mbox"] | None = None
    """The format of all of them; by default each file's ending tells."""
    batch: int = Field(1_000, ge=1, le=100_000)
    """Records that are stored together, and read again at most after a kill."""

    @field_validator("paths", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (str(value),) if isinstance(value, (str, Path)) else value


class File:
    """Files as a source. The cursor knows each file by its content and how far it was read.

    So an unchanged file is not read twice, wherever it lies; a changed one is read from its
    start, its posts replacing what they were; and an import that was killed goes on.
    """

    Options: ClassVar[type[BaseModel]] = FileOptions
    terms: ClassVar[Terms] = Terms()
    """Files ask for nothing; the settings of the source may."""

    def __init__(self, source: str, options: FileOptions, *, http: Http) -> None:
        self.source = source
        self.options = options

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the files in the order of the settings, each pattern's by name.

        Raises:
            SourceError: a file is missing or no such file at all; the others were read first.
        """
        known: JSON = (cursor or {}).get("files", {})
        files: JSON = {}
        problems: list[str] = []
        for path in self._files(problems):
            try:
                content = _fingerprint(path)
                place = Place(**(files.get(content) or known.get(content) or {}))
                for batch in self._batches(path, place):
                    files[content] = {"at": place.at, "line": place.line}
                    # What is still to come keeps its place; what is gone is forgotten at the end.
                    yield replace(batch, cursor={"files": known | files})
                files[content] = {"at": place.at, "line": place.line}
            except OSError as error:
                problems.append(f"{path} cannot be read: {error.strerror or error}")
            except SourceError as error:
                problems.append(str(error))
        if problems:
            raise SourceError("; ".join(problems[:3]))
        if files != known:
            yield Batch(cursor={"files": files})

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Yield nothing: a file that changes is read again anyway."""
        return iter(())

    def check(self) -> Checkup:
        """Look whether the files are there and can be opened, and how large they are.

        Raises:
            SourceError: one is missing or cannot be read.
        """
        problems: list[str] = []
        names, size = [], 0
        for path in self._files(problems):
            try:
                with path.open("rb"):
                    size += path.stat().st_size
                READERS[self.options.format or format_of(path)]
                names.append(path.name)
            except OSError as error:
                problems.append(f"{path} cannot be read: {error.strerror or error}")
            except SourceError as error:
                problems.append(str(error))
        if problems:
            raise SourceError("; ".join(problems[:3]))
        listed = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
        files = "1 file" if len(names) == 1 else f"{len(names):,} files"
        return Checkup(reads=f"{files} of {size / 1e6:,.1f} MB: {listed}")

    def _files(self, problems: list[str]) -> Iterator[Path]:
        for pattern in self.options.paths:
            path = Path(pattern).expanduser()
            found = [path] if path.exists() else sorted(map(Path, glob.glob(str(path))))  # noqa: PTH207 - keeps absolute patterns
            if not found:
                problems.append(f"there is no file {pattern}; check the path")
            for each in found:
                if each.is_file():
                    yield each
                else:
                    problems.append(f"{each} is no file; name files, such as {each}/*.jsonl")

    def _batches(self, path: Path, place: Place) -> Iterator[Batch]:
        """Yield `batch` records at a time; `place` then stands behind the last of them."""
        read = READERS[self.options.format or format_of(path)]
        posts: list[Post] = []
        tombstones: list[Tombstone] = []
        skipped: list[Skipped] = []

        def taken() -> Batch:
            batch = Batch(
                cursor={},
                posts=tuple(posts),
                tombstones=tuple(tombstones),
                skipped=tuple(skipped),
            )
            for kept in (posts, tombstones, skipped):
                kept.clear()
            return batch

        try:
            for count, record in enumerate(read(path, place), start=1):
                try:
                    if isinstance(record, str):
                        raise BadItem(record)
                    item = post_from_record(record, self.source)
                except BadItem as bad:
                    skipped.append(Skipped(f"{path.name}:{place.line}", str(bad)))
                else:
                    (posts if isinstance(item, Post) else tombstones).append(item)  # type: ignore[arg-type]
                if count % self.options.batch == 0:
                    yield taken()
        except SourceError:
            yield taken()  # what was read before the damage goes in
            raise
        if posts or tombstones or skipped:
            yield taken()


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
