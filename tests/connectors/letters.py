"""Mails that a server holds and is told to change, whichever way it hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@dataclass
class Letter:
    """One mail; a `spoiled` one has lost its date."""

    id: str
    number: int
    at: datetime
    text: str
    parent: str | None = None
    spoiled: bool = False

    def raw(self) -> bytes:
        answers = f"In-Reply-To: <{self.parent}>\n" if self.parent else ""
        date = "" if self.spoiled else f"Date: {format_datetime(self.at)}\n"
        return (
            f"From: Ann B <ann{self.number % 5}@example.org>\n"
            f"Message-ID: <{self.id}>\n{date}{answers}"
            f"Subject: [feedback] {'Re: ' if self.parent else ''}About {self.number}\n"
            f"Content-Type: text/plain; charset=utf-8\n\n{self.text}\n"
        ).encode()


class Letters:
    """A list's mails by Message-ID, in the order in which they came."""

    token = ""
    step = timedelta(hours=9)

    def __init__(self) -> None:
        self.at = START
        self.last = 0
        self.mails: dict[str, Letter] = {}

    def add(self, text: str, *, same_time: bool = False) -> str:
        self.at += timedelta(0) if same_time else self.step
        return self.put(text, self.at)

    def put(self, text: str, at: datetime) -> str:
        """Let a mail come now that says it was written at `at`."""
        self.last += 1
        id_ = f"m{self.last:03d}/x@mail.example"
        first = next(iter(self.mails), None)
        parent = first if self.last % 3 == 0 else None
        self.mails[id_] = Letter(id_, self.last, at, text, parent)
        return id_

    def edit(self, native_id: str, text: str) -> None:
        self.mails[native_id].text = text

    def delete(self, native_id: str) -> None:
        del self.mails[native_id]

    def spoil(self, native_id: str) -> None:
        self.mails[native_id].spoiled = True
