"""What Jira answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from pydantic import BaseModel

from insights.http import Moment, Payload

FIELDS = (
    "summary", "description", "created", "updated", "reporter", "creator", "project", "status",
    "issuetype", "priority", "resolution", "labels", "components", "versions", "votes", "security",
    "comment", "resolutiondate", "fixVersions",
)  # fmt: skip
"""What is asked for of each issue; a search that names no fields brings ids alone."""


class Person(BaseModel):
    """Who wrote."""

    displayName: str
    accountType: str = "atlassian"


class Named(BaseModel):
    """A status, kind, priority, component, version or resolution."""

    name: str


class Category(BaseModel):
    """What a site's own statuses have in common: new, indeterminate or done."""

    key: str = ""


class Status(Named):
    """Where an issue is in its work."""

    statusCategory: Category = Category()


class Project(Named):
    """Where an issue is."""

    key: str


class Votes(BaseModel):
    """How many people want it too."""

    votes: int = 0


class Remark(BaseModel):
    """A comment; `visibility` or `jsdPublic` may keep it from the public."""

    id: str
    author: Person | None = None
    body: Payload = None
    created: Moment
    updated: Moment | None = None
    visibility: Payload = None
    jsdPublic: bool = True


class Remarks(BaseModel):
    """Some of an issue's comments, and how many there are."""

    comments: list[Payload]
    total: int


class PlacedFields(BaseModel):
    """In which project an issue is."""

    project: Project


class Placed(BaseModel):
    """What tells whether an issue moved away."""

    fields: PlacedFields


class ListedFields(BaseModel):
    """What the walk needs of an issue."""

    updated: Moment
    comment: Remarks | None = None


class Listed(BaseModel):
    """An issue in a search, before it is read."""

    id: str
    fields: ListedFields


class Fields(ListedFields):
    """What an issue says."""

    summary: str
    description: Payload = None
    created: Moment
    reporter: Person | None = None
    creator: Person | None = None
    project: Project
    status: Status | None = None
    issuetype: Named | None = None
    priority: Named | None = None
    resolution: Named | None = None
    resolutiondate: Moment | None = None
    fixVersions: list[Named] = []
    labels: list[str] = []
    components: list[Named] = []
    versions: list[Named] = []
    votes: Votes | None = None
    security: Payload = None


class Ticket(BaseModel):
    """An issue."""

    id: str
    key: str
    fields: Fields


class Found(BaseModel):
    """A page of a search, or issues asked for by id; they are looked at one by one."""

    issues: list[Payload]
    nextPageToken: str | None = None


class Count(BaseModel):
    """About how many issues a search would bring."""

    count: int


class Myself(BaseModel):
    """Whose token it is."""

    accountId: str
