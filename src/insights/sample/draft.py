"""A post while the archive is being made, before it has its id."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from insights.sample.people import Person


@dataclass(slots=True, eq=False)
class Change:
    """What happens to a post later: other words, or its end."""

    at: datetime
    text: str | None
    """The new words; None when the post is deleted."""


@dataclass(slots=True, eq=False)
class Draft:
    """A post in the making. `theme` and `plant` are for the list of answers, not for the files."""

    source: str
    at: datetime
    person: Person
    text: str
    theme: str
    kind: str = "talk"
    title: str = ""
    space: str = ""
    markup: str = "plain"
    language: str = "en"
    opener: Draft | None = None
    parent: Draft | None = None
    plant: str = ""
    rating: int | None = None
    reactions: int = 0
    tags: tuple[str, ...] = ()
    version: str | None = None
    changes: list[Change] = field(default_factory=list)
    id: str = ""

    @property
    def thread(self) -> Draft:
        """The post that opened the thread."""
        return self.opener or self

    @property
    def key(self) -> str:
        """The id that exports show."""
        return f"{self.source}:{self.id}"
