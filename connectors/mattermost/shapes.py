"""What Mattermost answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from pydantic import BaseModel

from insights.epoch import Millis
from insights.http import Payload


class User(BaseModel):
    """Whom the token belongs to."""

    id: str
    username: str = ""


class Team(BaseModel):
    """A team."""

    id: str
    display_name: str = ""


class Channel(BaseModel):
    """A channel; `type` is O where it is open, P where it is private."""

    id: str
    name: str
    display_name: str = ""
    type: str = ""
    total_msg_count: int = 0


class Posts(BaseModel):
    """Posts by id, and the ids in their order, newest first; threads may bring more posts."""

    order: list[str]
    posts: dict[str, Payload]


class Stamp(BaseModel):
    """When a post was written and changed last, in milliseconds."""

    id: str
    create_at: int
    update_at: int


class Meta(BaseModel):
    """What the server tells beside a post; each reaction is one of somebody."""

    reactions: list[Payload] | None = None


class Said(BaseModel):
    """A post; times that are not are 0."""

    id: str
    user_id: str
    channel_id: str
    message: str = ""
    type: str = ""
    create_at: Millis
    edit_at: Millis | None = None
    delete_at: int = 0
    root_id: str = ""
    hashtags: str = ""
    metadata: Meta | None = None
    props: dict[str, Payload] | None = None
