"""Writes a digest to a folder: one file a format, and `latest.*` beside them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from insights.errors import PublishError, unknown

_OF_AUDIENCE = re.compile(r"D-\d{8}-\d{6}(-.+)")
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class FileOptions(BaseModel):
    """Where the files go, and which formats are wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(Path("digests"), description="made when it is missing")
    formats: tuple[str, ...] = Field(
        ("html", "md", "json", "txt"), description="of: html, md, json, txt, atom", min_length=1
    )


class File:
    """Writes `<folder>/<digest_id>.<format>` and `<folder>/latest.<format>`, of an audience's
    digests `latest-<audience>.<format>`.

    A reader sees the whole old file or the whole new one, also when the machine stops in
    between. Delivering the same digest again changes nothing on disk.
    """

    Options: ClassVar[type[BaseModel]] = FileOptions
    replaces: ClassVar[bool] = True

    def __init__(self, name: str, options: FileOptions) -> None:
        self.name = name
        self.folder = options.folder.expanduser()
        self.formats = options.formats

    @property
    def addresses(self) -> tuple[str]:
        """One folder."""
        return ("",)

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return the wanted formats; PublishError names one that there is not."""
        if not _SAFE_NAME.fullmatch(digest_id) or digest_id == "latest":
            raise PublishError(
                f"publisher {self.name}: {digest_id!r} cannot be a file name; use letters, "
                "digits, dots and dashes, and not 'latest'"
            )
        for form in self.formats:
            if form not in documents:
                raise PublishError(f"publisher {self.name}: {unknown('format', form, documents)}")
        wanted = {form: documents[form].decode() for form in self.formats}
        return json.dumps({"digest_id": digest_id, "documents": wanted}).encode()

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Write the files, `latest.*` last; PublishError says what to do."""
        told = json.loads(letter)
        digest_id = told["digest_id"]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            of_audience = _OF_AUDIENCE.fullmatch(digest_id)
            for stem in (digest_id, "latest" + (of_audience[1] if of_audience else "")):
                for form in self.formats:
                    _write(self.folder / f"{stem}.{form}", told["documents"][form].encode())
            _settle(self.folder)
        except OSError as error:
            raise PublishError(
                f"publisher {self.name}: cannot write to {self.folder} "
                f"({error.strerror or error}); make it a folder that this user may write to, "
                "with room on its disk, or set another `folder`"
            ) from error
        return str(self.folder / f"{digest_id}.{self.formats[0]}")


def _write(path: Path, document: bytes) -> None:
    if path.is_file() and path.read_bytes() == document:
        return
    # A name of its own, always the same: what a killed run leaves is overwritten by the next.
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(document)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """Make the new names last through a power cut, where a folder can be opened (not Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
