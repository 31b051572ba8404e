"""What Reddit answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from insights.http import Moment, Payload

TAKEN_AWAY = ("[deleted]", "[removed]")
"""What stands in the place of words, or of a name, that are gone."""


class Token(BaseModel):
    """The right to ask for a while, and for what."""

    access_token: str = Field(min_length=1)
    scope: str = "*"


class Things(BaseModel):
    """A page of things, looked at one by one; `after` names where it goes on."""

    children: list[Payload]
    after: str | None = None


class Listing(BaseModel):
    """The reply to any question for several things."""

    kind: Literal["Listing"]
    data: Things


class About(BaseModel):
    """What a subreddit says of itself."""

    display_name: str
    subscribers: int | None = None


class Subreddit(BaseModel):
    """The reply to /r/{name}/about."""

    kind: Literal["t5"]
    data: About


class Thing(BaseModel):
    """What posts and comments share."""

    name: str = Field(pattern=r"^t[13]_[0-9a-z]{1,13}$")
    created_utc: Moment
    edited: Moment | bool = False
    author: str | None = None
    subreddit: str
    permalink: str
    score: int = 0
    distinguished: str | None = None
    removed_by_category: str | None = None

    @property
    def edited_at(self) -> datetime | None:
        """When it was edited; of very old edits only that they happened is known."""
        return self.edited if isinstance(self.edited, datetime) else None

    @property
    def person(self) -> str | None:
        """Who wrote; nobody where the account is gone."""
        return None if self.author in TAKEN_AWAY else self.author


class Submission(Thing):
    """What opens a thread: words, or a link with a title."""

    title: str
    selftext: str = ""
    link_flair_text: str | None = None


class Comment(Thing):
    """An answer in a thread."""

    body: str
    link_id: str
    parent_id: str
