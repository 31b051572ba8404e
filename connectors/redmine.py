"""Reads a Redmine: issues by the time of their last change, and the notes under each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from insights.changes import Page, Stamp, Walk
from insights.errors import BadItem, CredentialsError, RateLimited, SourceError
from insights.http import Http, Moment, Payload, Reply, reveal, shaped
from insights.models import JSON, Batch, Checkup, Skipped, Tombstone
from insights.tracker import Comment, Issue, issue_ids, rechecked, told

M = TypeVar("M", bound=BaseModel)

PAGE = 25
"""Issues a page; each that changed costs a request more, for its notes are in no listing."""

REFUSED = (401, 403)
GONE = (403, 404)
"""Of one issue: it was deleted, or is private now."""


class RedmineOptions(BaseModel):
    """A Redmine, and what of it to read. Without a key, what anyone can read is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """Its address, with its folder if it has one."""
    api_key: SecretStr | None = None
    """A key, or better `$NAME` for the environment variable NAME that holds it."""
    project: str | None = Field(None, pattern=r"^[\w-]+$")
    """The identifier of a project, to read only it and its subprojects."""
    since: AwareDatetime | None = None
    """Leave out issues that did not change since then."""
    lookback: timedelta = timedelta(minutes=1)
    """How far behind its cursor a pull looks for what came to light late."""


class Named(BaseModel):
    """A person, project, tracker, status or category."""

    id: int
    name: str = ""


class Status(Named):
    """A status; older Redmines do not say whether it closes an issue."""

    is_closed: bool | None = None


class Journal(BaseModel):
    """An entry of an issue's history; one without notes tells of a change only."""

    id: int
    user: Named | None = None
    notes: str | None = None
    created_on: Moment
    updated_on: Moment | None = None
    private_notes: bool = False


class Listed(BaseModel):
    """What the walk needs of an issue."""

    id: int
    updated_on: Moment


class Ticket(Listed):
    """An issue as Redmine writes it."""

    project: Named
    tracker: Named | None = None
    status: Status | None = None
    priority: Named | None = None
    category: Named | None = None
    fixed_version: Named | None = None
    author: Named | None = None
    subject: str
    description: str | None = None
    created_on: Moment
    closed_on: Moment | None = None
    is_private: bool = False
    journals: list[Payload] = []


class Whole(BaseModel):
    """The reply to /issues/{id}.json."""

    issue: Payload


class Listing(BaseModel):
    """The reply to /issues.json; its issues are looked at one by one."""

    issues: list[Payload]
    total_count: int


class Redmine:
    """A Redmine as a source; native ids are `issue-12` and `comment-12-99`, 99 being the note's.

    The cursor holds the time of change up to which issues were read, and which were read near it.
    """

    Options: ClassVar[type[BaseModel]] = RedmineOptions

    def __init__(self, source: str, options: RedmineOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")
        key = reveal(options.api_key, f"{source}.api_key")
        self._headers = {"X-Redmine-API-Key": key} if key else {}

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the issues that changed since `cursor`, each with all its notes."""
        self._identify()
        walk = Walk(
            ask=self._pages,
            stamp=_stamp,
            read=self._read,
            since=self.options.since,
            lookback=self.options.lookback,
            coarse=True,  # a second note within a second shows in no listing
        )
        yield from walk.go(cursor)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for each issue again: what is gone, or private now, becomes a tombstone."""
        self._identify()
        self._listed(1)  # a Redmine that is down must not read as a deletion of everything
        for id_, asked in issue_ids(native_ids).items():
            try:
                issue = self._issue(id_)
            except BadItem as bad:
                yield Batch(cursor={}, skipped=(Skipped(f"{self._base}/issues/{id_}", str(bad)),))
                continue
            yield rechecked(self.source, {id_: asked}, [issue] if issue else [])

    def check(self) -> Checkup:
        """Ask whether issues can be read, and how many there are; CredentialsError if not."""
        self._identify()
        total = self._listed(1).total_count
        where = f"project {self.options.project} of " if self.options.project else ""
        return Checkup(reads=f"{total:,} issues of {where}{self._base}", items=total)

    def _identify(self) -> None:
        """Make sure that the key is known: Redmine takes a wrong one for no key at all.

        Then all that only its user may read would look deleted.
        """
        if self._headers:
            reply = self._get("/users/current.json", allow=REFUSED)
            if reply.status in REFUSED:
                raise CredentialsError(
                    f"{self._base} refused the key with status {reply.status}; copy it again from "
                    "the page 'My account', and see that the REST web service is switched on "
                    "under Administration, Settings, API"
                )

    def _pages(self, since: datetime | None) -> Iterator[Page]:
        offset = 0
        while True:
            listing = self._listed(PAGE, offset, since)
            offset += len(listing.issues)
            last = not listing.issues or offset >= listing.total_count
            yield Page(listing.issues, last, f"{self._base}/issues")
            if last:
                return

    def _listed(self, limit: int, offset: int = 0, since: datetime | None = None) -> Listing:
        params: list[tuple[str, str | int]] = [("status_id", "*"), ("sort", "updated_on,id")]
        params += [("limit", limit), ("offset", offset)]
        if self.options.project:
            params.append(("project_id", self.options.project))
        if since:
            params.append(("updated_on", since.strftime(">=%Y-%m-%dT%H:%M:%SZ")))
        reply = self._get("/issues.json", *params, allow=GONE)
        if reply.status == 404:
            what = f"project {self.options.project}" if self.options.project else "list of issues"
            raise SourceError(f"{self._base} has no {what} that we may read; see to the settings")
        if reply.status == 403:
            raise CredentialsError(
                f"{self._base} refused to list issues with status 403; the key's user needs the "
                "permission 'View issues'"
            )
        return self._whole(Listing, reply)

    def _read(self, items: list[Payload]) -> Batch:
        issues, gone, skipped = [], [], []
        for item in items:
            id_ = _stamp(item).id
            try:
                if issue := self._issue(id_):
                    issues.append(issue)
                else:
                    gone.append(Tombstone(f"issue-{id_}"))
            except RateLimited:
                raise
            except (BadItem, SourceError) as error:
                self._listed(1)  # Redmine may be down; else it is this issue alone
                skipped.append(Skipped(f"{self._base}/issues/{id_}", str(error)))
        batch = told(self.source, issues)
        return Batch(
            cursor={},
            posts=batch.posts,
            tombstones=(*batch.tombstones, *gone),
            skipped=(*batch.skipped, *skipped),
        )

    def _issue(self, id_: str) -> Issue | None:
        """Read an issue with its notes; None where it is gone."""
        url = f"{self._base}/issues/{id_}"
        reply = self._get(f"/issues/{id_}.json", ("include", "journals"), allow=GONE)
        if reply.status in GONE:
            return None
        ticket = shaped(Ticket, self._whole(Whole, reply).issue)
        comments, unread = [], {}
        for item in ticket.journals:
            try:
                journal = shaped(Journal, item)
            except BadItem as bad:
                note = item.get("id") if isinstance(item, dict) else None
                unread[str(note or "note without id")] = str(bad)
                continue
            if (journal.notes or "").strip():
                comments.append(_comment(journal, url))
        kinds = {
            "status": ticket.status,
            "priority": ticket.priority,
            "fixed_version": ticket.fixed_version,
        }
        return Issue(
            id=id_,
            title=ticket.subject,
            text=ticket.description or "",
            author=ticket.author.name if ticket.author else None,
            created_at=ticket.created_on,
            updated_at=ticket.updated_on,
            url=url,
            space=ticket.project.name,
            tags=tuple(each.name for each in (ticket.tracker, ticket.category) if each),
            is_private=ticket.is_private,
            attributes={name: kind.name for name, kind in kinds.items() if kind} | _end(ticket),
            comments=tuple(comments),
            unread=unread,
        )

    def _get(self, path: str, *params: tuple[str, str | int], allow: Sequence[int]) -> Reply:
        return self._http.get(self._base + path, params=params, headers=self._headers, allow=allow)

    def _whole(self, model: type[M], reply: Reply) -> M:
        try:
            return shaped(model, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Redmine does ({bad})") from None


def _end(ticket: Ticket) -> dict[str, str]:
    """Say whether and when an issue was closed: one that was opened again keeps its `closed_on`."""
    is_closed = ticket.status.is_closed if ticket.status else None
    if is_closed is None:
        return {}
    at = {"closed_at": ticket.closed_on.isoformat()} if is_closed and ticket.closed_on else {}
    return {"state": "closed" if is_closed else "open", **at}


def _stamp(item: Payload) -> Stamp:
    listed = shaped(Listed, item)
    return Stamp(str(listed.id), listed.updated_on)


def _comment(journal: Journal, url: str) -> Comment:
    return Comment(
        id=str(journal.id),
        text=journal.notes or "",
        author=journal.user.name if journal.user else None,
        created_at=journal.created_on,
        updated_at=journal.updated_on,
        url=f"{url}#change-{journal.id}",
        is_private=journal.private_notes,
    )
