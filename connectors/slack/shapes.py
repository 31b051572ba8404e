"""What Slack answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from insights.http import Payload

Stamp = Annotated[str, Field(pattern=r"^\d{1,10}(\.\d{1,6})?$")]
"""Seconds since 1970: Slack names messages by them, so the digits stay as they came."""

WRITTEN = (None, "bot_message", "file_share", "me_message", "thread_broadcast")
"""Subtypes of what people and programs say; the others tell of joining, leaving, renaming."""

DELETED = "tombstone"
"""The subtype of a deleted message that has replies."""


class Next(BaseModel):
    """Where the next page is; an empty cursor ends a listing."""

    next_cursor: str = ""


class Answer(BaseModel):
    """What every reply says: whether it worked, else why not, and which scope it needs."""

    ok: bool
    error: str = ""
    needed: str = ""
    response_metadata: Next | None = None


class Who(BaseModel):
    """The reply to auth.test."""

    url: str
    user: str = ""
    team: str = ""


class Channel(BaseModel):
    """A channel, and whether the app is in it."""

    id: str
    name: str
    is_member: bool = False


class Channels(BaseModel):
    """A page of conversations.list."""

    channels: list[Channel]


class Messages(BaseModel):
    """A page of conversations.history or conversations.replies."""

    messages: list[Payload]


class Reaction(BaseModel):
    """How often a message was met with one emoji."""

    count: int = 0


class Edited(BaseModel):
    """When a message was changed last."""

    ts: Stamp


class Head(BaseModel):
    """The times of a message, which may be readable where its words are not."""

    ts: Stamp
    thread_ts: Stamp | None = None
    latest_reply: Stamp | None = None
    edited: Edited | None = None

    @property
    def times(self) -> tuple[str, ...]:
        """Every time that Slack wrote into it."""
        edited = self.edited.ts if self.edited else None
        return tuple(ts for ts in (self.ts, edited, self.latest_reply) if ts)

    def changed(self, after: int) -> bool:
        """Say whether it was written or edited after a time in microseconds.

        Edits have whole seconds, so one may have come later in the second that it names.
        """
        whole = after - after % 1_000_000
        edited = self.edited is not None and micros(self.edited.ts) >= whole
        return micros(self.ts) > after or edited


class Message(Head):
    """What was said in a channel; `ts` names it there."""

    text: str = ""
    user: str | None = None
    username: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    hidden: bool = False
    reactions: list[Reaction] = []


def micros(ts: str | None) -> int:
    """Return a time of Slack's as microseconds, by which they can be compared; none is 0."""
    whole, _, part = (ts or "0").partition(".")
    return int(whole) * 1_000_000 + int(part.ljust(6, "0") or 0)


def moment(ts: str) -> datetime:
    """Return a time of Slack's in UTC."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros(ts))


class Person(BaseModel):
    """What users.info says of an account."""

    name: str


class Found(BaseModel):
    """The reply to users.info."""

    user: Person
