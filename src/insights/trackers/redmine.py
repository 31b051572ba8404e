"""Opens issues in a Redmine, looks at them, and writes notes under them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from insights.errors import BadItem, PublishError, SourceError, Undecided
from insights.http import Http, Moment, Payload, Reply, reveal, shaped
from insights.models import Looked, Opened

M = TypeVar("M", bound=BaseModel)
REFUSED = (403, 404, 422)
GONE = (403, 404)


class RedmineOptions(BaseModel):
    """A project of a Redmine, and who opens issues in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """Its address, with its folder if it has one."""
    project: str = Field(pattern=r"^[\w-]+$")
    """The identifier of the project that issues are opened in."""
    api_key: SecretStr | None = None
    """The key of a user who may add issues and notes, as "$NAME"; else the source's own."""
    tracker_id: int | None = None
    """The number of the kind of issue (Bug, Feature …); the project's first if it is not set."""
    markup: Literal["textile", "markdown"] = "textile"
    """What texts are written in: Administration, Settings, General, Text formatting."""


class Named(BaseModel):
    """A status or a version."""

    name: str = ""
    is_closed: bool | None = None


class Ticket(BaseModel):
    """An issue as Redmine writes it."""

    id: int
    description: str | None = None
    status: Named | None = None
    fixed_version: Named | None = None
    closed_on: Moment | None = None


class Whole(BaseModel):
    """The reply that brings one issue."""

    issue: Ticket


class Listing(BaseModel):
    """Some of the issues that there are."""

    issues: list[Payload]
    total_count: int


class Redmine:
    """A Redmine that can be written to."""

    Options: ClassVar[type[BaseModel]] = RedmineOptions

    def __init__(self, source: str, options: RedmineOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")

    @property
    def _headers(self) -> dict[str, str]:
        """Read the key when it is needed: without it, nights go on."""
        key = reveal(self.options.api_key, f"trackers.{self.source}.api_key")
        return {"X-Redmine-API-Key": key} if key else {}

    @property
    def markup(self) -> str:
        """What this Redmine's texts are written in."""
        return "redmine-markdown" if self.options.markup == "markdown" else "textile"

    def open(self, title: str, body: str, *, key: str) -> Opened:
        """Open an issue; `key` stands in its description already."""
        issue: dict[str, object] = {"project_id": self.options.project, "subject": title}
        issue |= {"description": body}
        if self.options.tracker_id:
            issue["tracker_id"] = self.options.tracker_id
        reply = self._send("/issues.json", "POST", {"issue": issue})
        try:
            return self._opened(shaped(Whole, reply.json()).issue.id)
        except (BadItem, SourceError):
            raise Undecided(f"{reply.url} took the issue, but did not say where it is") from None

    def find(self, key: str, since: datetime) -> Opened | None:
        """Walk the project's issues that were created after `since`."""
        offset, total = 0, 1
        while offset < total:
            params: list[tuple[str, str | int]] = [
                ("status_id", "*"), ("project_id", self.options.project), ("limit", 100),
                ("sort", "created_on,id"), ("offset", offset),
                ("created_on", f">={since:%Y-%m-%dT%H:%M:%SZ}"),
            ]  # fmt: skip
            listing = self._whole(Listing, self._get("/issues.json", params))
            for item in listing.issues:
                if isinstance(item, dict) and key in str(item.get("description") or ""):
                    return self._opened(int(item["id"]))
            if not listing.issues:
                return None
            offset, total = offset + len(listing.issues), listing.total_count
        return None

    def look(self, native_id: str) -> Looked | None:
        """Ask for one issue."""
        number = native_id.rpartition("-")[2]
        reply = self._get(f"/issues/{number}.json", (), allow=GONE)
        if reply.status in GONE:
            return None
        ticket = self._whole(Whole, reply).issue
        closed = ticket.status.is_closed if ticket.status else None
        about = {
            "status": ticket.status.name if ticket.status else "",
            "state": "" if closed is None else "closed" if closed else "open",
            "closed_at": ticket.closed_on.isoformat() if closed and ticket.closed_on else "",
            "fixed_version": ticket.fixed_version.name if ticket.fixed_version else "",
        }
        url = f"{self._base}/issues/{ticket.id}"
        return Looked(url, {name: value for name, value in about.items() if value})

    def answers(self, thread_id: str) -> bool:
        """Every issue."""
        return thread_id.startswith("issue-")

    def reply(self, thread_id: str, text: str) -> str:
        """Write a note under an issue."""
        number = thread_id.rpartition("-")[2]
        self._send(f"/issues/{number}.json", "PUT", {"issue": {"notes": text}})
        return f"{self._base}/issues/{number}"

    def _opened(self, number: int) -> Opened:
        return Opened(f"issue-{number}", f"{self._base}/issues/{number}")

    def _send(self, path: str, method: str, asked: dict[str, object]) -> Reply:
        url = self._base + path
        reply = self._http.send(
            url, method=method, json=asked, headers=self._headers, allow=REFUSED
        )
        if reply.status in REFUSED:
            raise PublishError(
                f"{self._base} refused with status {reply.status}{reply.said}; the user of the key "
                f"needs 'Add issues' and 'Add notes' in the project {self.options.project}"
            )
        return reply

    def _get(
        self,
        path: str,
        params: list[tuple[str, str | int]] | tuple[()],
        allow: tuple[int, ...] = (),
    ) -> Reply:
        return self._http.get(self._base + path, params=params, headers=self._headers, allow=allow)

    def _whole(self, model: type[M], reply: Reply) -> M:
        try:
            return shaped(model, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Redmine does ({bad})") from None
