"""What a homeserver answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from pydantic import BaseModel

from insights.http import Payload


class Joined(BaseModel):
    """The reply to /joined_rooms."""

    joined_rooms: list[str]


class Found(BaseModel):
    """The reply to a question for an alias."""

    room_id: str


class Who(BaseModel):
    """The reply to /account/whoami."""

    user_id: str


class Timeline(BaseModel):
    """The newest events of a room; `limited` says that there were more before them."""

    events: list[Payload] = []
    limited: bool = False
    prev_batch: str | None = None


class SyncedRoom(BaseModel):
    """What a sync says of one room."""

    timeline: Timeline = Timeline()


class SyncedRooms(BaseModel):
    """What a sync says of the rooms that the account is in."""

    join: dict[str, SyncedRoom] = {}


class Synced(BaseModel):
    """The reply to /sync."""

    next_batch: str
    rooms: SyncedRooms = SyncedRooms()


class Page(BaseModel):
    """The reply to /rooms/{id}/messages; without `end` there is nothing before it."""

    chunk: list[Payload]
    end: str | None = None


class RoomName(BaseModel):
    """The content of the state that names a room."""

    name: str | None = None
    alias: str | None = None
