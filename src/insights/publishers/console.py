"""Writes the short text of a digest to the console."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import ClassVar, TextIO

from pydantic import BaseModel, ConfigDict

from insights.errors import PublishError, unknown


class ConsoleOptions(BaseModel):
    """The console needs no options."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Console:
    """Writes the `txt` document to `stream`, by default to standard output as it is then."""

    Options: ClassVar[type[BaseModel]] = ConsoleOptions
    replaces: ClassVar[bool] = False

    def __init__(self, name: str, options: ConsoleOptions, *, stream: TextIO | None = None) -> None:
        self.name = name
        self.stream = stream

    @property
    def addresses(self) -> tuple[str]:
        """One console."""
        return ("",)

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return the short text."""
        if "txt" not in documents:
            raise PublishError(f"publisher {self.name}: {unknown('format', 'txt', documents)}")
        return documents["txt"]

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Write the text; characters that the console cannot show become `?`."""
        # Not at construction: whoever redirects standard output later means this too.
        stream = self.stream or sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = letter.decode().encode(encoding, "replace").decode(encoding)
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise PublishError(
                f"publisher {self.name}: the console did not take {key} ({error}); "
                "read it with `insights digest show`, or add a file publisher"
            ) from error
        return "console"
