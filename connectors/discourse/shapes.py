"""What Discourse answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from insights.http import Moment, Payload

LIKE = 2
"""The action that is a like."""

WRITTEN = (1, 2)
"""Posts of people and notes of moderators; other types tell of an action or are whispers."""


class Topic(BaseModel):
    """What the list of topics says of one."""

    id: int
    bumped_at: Moment
    posts_count: int | None = None
    highest_post_number: int | None = None
    pinned: bool | None = None
    pinned_globally: bool | None = None

    @property
    def state(self) -> str:
        """Changes whenever the topic has something new to read."""
        return f"{self.bumped_at.isoformat()} {self.posts_count} {self.highest_post_number}"


class TopicList(BaseModel):
    """A page of the list; its topics are looked at one by one."""

    topics: list[Payload]


class Latest(BaseModel):
    """The reply to /latest.json."""

    topic_list: TopicList


class Stream(BaseModel):
    """Posts of a topic, and the ids of all of them in their order: none if there are 10,000."""

    posts: list[Payload]
    stream: list[int] | None = None


class Posts(BaseModel):
    """The reply to /t/{id}/posts.json."""

    post_stream: Stream


class Thread(Posts):
    """The reply to /t/{id}.json: a topic with its first posts."""

    id: int
    title: str
    slug: str = "-"
    category_id: int | None = None
    tags: list[str | Mapping[str, Payload]] | None = None

    @property
    def tag_names(self) -> tuple[str, ...]:
        """Names; older forums send these alone, newer ones objects."""
        return tuple(str(t if isinstance(t, str) else t.get("name")) for t in self.tags or ())


class Action(BaseModel):
    """How often something was done to a post; LIKE is one such thing."""

    id: int
    count: int = 0


class ForumPost(BaseModel):
    """What one person wrote, or a trace of it."""

    id: int
    post_number: int
    created_at: Moment
    updated_at: Moment | None = None
    cooked: str | None = None
    username: str | None = None
    post_type: int = 1
    reply_to_post_number: int | None = None
    actions_summary: list[Action] | None = None
    hidden: bool | None = None
    user_deleted: bool | None = None
    deleted_at: str | None = None
    accepted_answer: bool | None = None
    staff: bool | None = None


class Where(BaseModel):
    """The part of /posts/{id}.json that says which topic a post is in."""

    topic_id: int


class Category(BaseModel):
    """A room of the forum."""

    id: int
    name: str
    topic_count: int = 0
    post_count: int = 0


class Site(BaseModel):
    """The part of /site.json that names the rooms."""

    categories: list[Category]

    @property
    def counts(self) -> tuple[int, int]:
        """How many topics and posts there are in the rooms that we may see."""
        rooms = self.categories
        return sum(room.topic_count for room in rooms), sum(room.post_count for room in rooms)
