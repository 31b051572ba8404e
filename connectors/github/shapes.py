"""What GitHub answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from insights.http import Moment, Payload


class Repository(BaseModel):
    """The reply to /repos/{owner}/{repo}: its present name, and which rooms it has."""

    full_name: str
    url: str
    has_issues: bool = True
    has_discussions: bool = False


class Stamp(BaseModel):
    """What the walk over a listing needs of any item."""

    id: int
    updated_at: Moment


class User(BaseModel):
    """Who wrote; null for accounts that are gone."""

    login: str
    type: str = "User"


class Reactions(BaseModel):
    """How many people reacted, by any sign."""

    total_count: int = 0


class Item(Stamp):
    """What issues and comments share."""

    html_url: str
    created_at: Moment
    body: str | None = None
    user: User | None = None
    reactions: Reactions | None = None
    author_association: str | None = None


class Issue(Item):
    """An issue, or a pull request, which GitHub lists among them."""

    number: int
    title: str
    state: str | None = None
    state_reason: str | None = None
    closed_at: Moment | None = None
    labels: list[str | Mapping[str, Payload]] = []
    repository_url: str | None = None
    pull_request: Payload = None

    @property
    def native_id(self) -> str:
        """The id of this issue or pull request among the posts."""
        return f"{'issue' if self.pull_request is None else 'pull'}-{self.number}"

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels; old ones are bare names."""
        names = (label if isinstance(label, str) else label.get("name") for label in self.labels)
        return tuple(str(name) for name in names if name)


class Comment(Item):
    """A comment on an issue or pull request."""

    issue_url: str

    @property
    def thread_id(self) -> str:
        """The native id of what it comments on."""
        kind = "pull" if "/pull/" in self.html_url else "issue"
        return f"{kind}-{self.issue_url.rstrip('/').rsplit('/', 1)[-1]}"


class Published(BaseModel):
    """A release; a draft has no date yet."""

    id: int
    tag_name: str = Field(min_length=1, max_length=200)
    draft: bool = False
    published_at: Moment | None = None
    html_url: str | None = None
    body: str | None = None


class Named(BaseModel):
    """A category or label."""

    name: str


class Labels(BaseModel):
    """The labels of a discussion."""

    nodes: list[Named] = []


class Actor(BaseModel):
    """Who wrote in a discussion."""

    login: str
    kind: str = Field("User", alias="__typename")


class Count(BaseModel):
    """The size of a connection."""

    totalCount: int = 0


class Words(BaseModel):
    """What a discussion and its comments share."""

    id: str
    body: str
    url: str
    createdAt: Moment
    updatedAt: Moment | None = None
    upvoteCount: int = 0
    author: Actor | None = None
    reactions: Count = Count()


class Discussion(Words):
    """A discussion without its comments."""

    number: int
    title: str
    isAnswered: bool | None = None
    category: Named
    labels: Labels | None = None


class Room(BaseModel):
    """The discussion that a comment belongs to."""

    number: int
    category: Named


class Parent(BaseModel):
    """The comment that a reply answers."""

    id: str


class DiscussionComment(Words):
    """A comment or reply in a discussion."""

    discussion: Room
    replyTo: Parent | None = None
    isAnswer: bool = False
    isMinimized: bool = False
    minimizedReason: str | None = None
    deletedAt: str | None = None


class Listed(BaseModel):
    """A discussion in the list of what changed."""

    number: int
    updatedAt: Moment


class PageInfo(BaseModel):
    """Where a connection goes on."""

    hasNextPage: bool = False
    endCursor: str | None = None


class Connection(BaseModel):
    """A page of something, looked at one by one."""

    nodes: list[Payload]
    pageInfo: PageInfo = PageInfo()


class Budget(BaseModel):
    """What the last question cost and what is left until `resetAt`."""

    cost: int
    remaining: int
    resetAt: Moment
