"""Opens issues in a project of Jira Cloud, and looks at them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from insights.errors import BadItem, PublishError, SourceError, Undecided
from insights.http import Http, Moment, Payload, Reply, reveal, shaped
from insights.models import Looked, Opened

M = TypeVar("M", bound=BaseModel)
REFUSED = (400, 403, 404, 422)
GONE = (403, 404)
FIELDS = ("status", "resolution", "resolutiondate", "fixVersions")


class JiraOptions(BaseModel):
    """A project of a site, and who opens issues in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
    """The site's address: `https://NAME.atlassian.net`."""
    projects: tuple[str, ...] = Field(min_length=1)
    """Keys of projects; issues are opened in the first."""
    email: str = ""
    """The account that the token belongs to."""
    token: SecretStr | None = None
    """An API token with the scope write:jira-work, as "$NAME"; else the source's own."""
    issue_type: str = "Bug"
    """The kind of the issues that are opened, by its name."""


class Named(BaseModel):
    """A status, version or resolution."""

    name: str = ""
    statusCategory: dict[str, Payload] = {}


class Fields(BaseModel):
    """How an issue stands."""

    status: Named | None = None
    resolution: Named | None = None
    resolutiondate: Moment | None = None
    fixVersions: list[Named] = []


class Ticket(BaseModel):
    """An issue."""

    id: str
    key: str
    fields: Fields = Fields()


class Found(BaseModel):
    """A page of a search."""

    issues: list[dict[str, Payload]]
    nextPageToken: str | None = None


class Jira:
    """A project of a Jira site that can be written to."""

    Options: ClassVar[type[BaseModel]] = JiraOptions
    markup: ClassVar[str] = "adf"

    def __init__(self, source: str, options: JiraOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._site = options.url.rstrip("/")

    @property
    def _api(self) -> str:
        """Read the token when it is needed: without it, nights go on."""
        token = reveal(self.options.token, f"trackers.{self.source}.token")
        place = httpx.URL(f"{self._site}/rest/api/3")
        return str(place.copy_with(username=self.options.email, password=token) if token else place)

    def open(self, title: str, body: Any, *, key: str) -> Opened:
        """Open an issue; `key` stands in its description already."""
        project = self.options.projects[0]
        fields = {
            "project": {"key": project}, "issuetype": {"name": self.options.issue_type},
            "summary": title, "description": body,
        }  # fmt: skip
        reply = self._http.send(f"{self._api}/issue", json={"fields": fields}, allow=REFUSED)
        if reply.status in REFUSED:
            raise PublishError(
                f"{self._site} refused with status {reply.status}{reply.said}; the account needs "
                f"'Create issues' in {project}, its token the scope write:jira-work, and the "
                f"project the issue type {self.options.issue_type} (option issue_type)"
            )
        try:
            return self._opened(shaped(Ticket, reply.json()))
        except (BadItem, SourceError):
            raise Undecided(f"{self._site} took the issue, but did not say where it is") from None

    def find(self, key: str, since: datetime) -> Opened | None:
        """Walk the project's issues that were created after `since`; Jira's search learns late."""
        jql = (
            f'project = "{self.options.projects[0]}" AND created >= {int(since.timestamp() * 1000)}'
        )
        token: str | None = None
        for _ in range(100):
            asked: dict[str, Payload] = {"jql": f"{jql} ORDER BY created ASC", "maxResults": 100}
            asked |= {"fields": ["description"], **({"nextPageToken": token} if token else {})}
            found = self._whole(Found, self._http.post(f"{self._api}/search/jql", json=asked))
            for item in found.issues:
                if key in json.dumps(item):
                    ticket = {name: item.get(name) for name in ("id", "key")}
                    return self._opened(shaped(Ticket, ticket))
            token = found.nextPageToken
            if token is None:
                return None
        return None

    def look(self, native_id: str) -> Looked | None:
        """Ask for one issue by Jira's own number, which lasts when it moves."""
        number = native_id.rpartition("-")[2]
        url = f"{self._api}/issue/{number}"
        reply = self._http.get(url, params=[("fields", ",".join(FIELDS))], allow=GONE)
        if reply.status in GONE:
            return None
        ticket = self._whole(Ticket, reply)
        said = ticket.fields
        done = said.resolution or (said.status and said.status.statusCategory.get("key") == "done")
        about = {
            "status": said.status.name if said.status else "",
            "state": "closed" if done else "open",
            "resolution": said.resolution.name if said.resolution else "",
            "closed_at": said.resolutiondate.isoformat() if said.resolutiondate else "",
            "fixed_version": said.fixVersions[0].name if said.fixVersions else "",
        }
        where = self._opened(ticket).url
        return Looked(where, {name: value for name, value in about.items() if value})

    def _opened(self, ticket: Ticket) -> Opened:
        return Opened(f"issue-{ticket.id}", f"{self._site}/browse/{ticket.key}")

    def _whole(self, model: type[M], reply: Reply) -> M:
        try:
            return shaped(model, reply.json())
        except BadItem as bad:
            raise SourceError(f"{self._site} did not answer as Jira does ({bad})") from None
