"""Reads Jira Cloud: the issues of some projects by the time of their last change, and comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from connectors.jira.adf import to_markdown
from connectors.jira.shapes import (
    FIELDS,
    Count,
    Fields,
    Found,
    Listed,
    Myself,
    Named,
    Person,
    Placed,
    Remark,
    Remarks,
    Ticket,
)  # fmt: skip
from insights.changes import Page, Stamp, Walk
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, Payload, Reply, once, reveal, shaped
from insights.models import JSON, Batch, Checkup, Skipped
from insights.tracker import Comment, Issue, issue_ids, portions, rechecked, told

M = TypeVar("M", bound=BaseModel)

PAGE = 50
MINUTE = timedelta(minutes=1)


class JiraOptions(BaseModel):
    """A site of Jira Cloud, as whom to read it, and which projects."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
    """The site's address: `https://NAME.atlassian.net`."""
    projects: tuple[str, ...] = Field(min_length=1)
    """Keys of projects, as in `["APP", "WEB"]`."""
    email: str = ""
    """The account that the token belongs to; without one, what anyone can read is read."""
    token: SecretStr | None = None
    """An API token, or better `$NAME` for the environment variable NAME that holds it."""
    since: AwareDatetime | None = None
    """Leave out issues that did not change since then."""
    lookback: timedelta = timedelta(minutes=10)
    """How far behind its cursor a pull looks: Jira's search learns of changes late."""


class Jira:
    """Projects of a Jira site as a source; native ids are `issue-10010` and `comment-10010-20001`.

    They hold Jira's own numbers, which last when an issue moves and its key changes. The cursor
    holds the time of change up to which issues were read, and which were read near it.
    """

    Options: ClassVar[type[BaseModel]] = JiraOptions

    def __init__(self, source: str, options: JiraOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._site = options.url.rstrip("/")
        self._api = f"{self._site}/rest/api/3"
        self._token = reveal(options.token, f"{source}.token")
        if bool(self._token) != bool(options.email):
            raise CredentialsError(f"{source}: Jira takes an email together with a token; set both")
        if self._token:
            place = httpx.URL(self._api)
            self._api = str(place.copy_with(username=options.email, password=self._token))

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the issues that changed since `cursor`, each with all its comments."""
        self._identify()
        walk = Walk(
            ask=self._pages,
            stamp=_stamp,
            read=self._told,
            since=self.options.since,
            lookback=self.options.lookback,
            resolution=MINUTE,
        )
        yield from walk.go(cursor)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for issues by id, many at a time: what is gone or moved away is a tombstone."""
        self._identify()
        self._search(None, None, size=1)  # a project that is closed to us is no deletion
        for asked in portions(issue_ids(native_ids), PAGE):
            question = {"issueIdsOrKeys": list(asked), "fields": list(FIELDS)}
            items = self._whole(Found, self._post("/issue/bulkfetch", question)).issues
            issues, bad = self._issues(item for item in items if not self._moved(item))
            known = {id_: ids for id_, ids in asked.items() if id_ not in bad}
            batch = rechecked(self.source, known, issues)
            yield replace(batch, skipped=(*batch.skipped, *self._named(bad)))

    def check(self) -> Checkup:
        """Ask who we are and about how many issues there are; CredentialsError if refused."""
        self._identify()
        reply = self._post("/search/approximate-count", {"jql": self._jql(None)})
        total = self._whole(Count, reply).count
        where = ", ".join(self.options.projects)
        return Checkup(reads=f"about {total:,} issues of {where} on {self._site}", items=total)

    def _identify(self) -> None:
        """Make sure that the token is known: Jira may take a wrong one for no token at all."""
        if self._token:
            reply = self._http.get(f"{self._api}/myself", allow=(401, 403))
            if reply.status != 200:
                raise CredentialsError(
                    f"{self._site} refused the token with status {reply.status}; is it still "
                    "valid, does it belong to the email, and has it the scopes read:jira-user and "
                    "read:jira-work (or no scopes at all)?"
                )
            self._whole(Myself, reply)

    def _pages(self, since: datetime | None) -> Iterator[Page]:
        token, seen = None, set[str]()
        while True:
            found = self._search(since, token, size=PAGE)
            token = found.nextPageToken
            yield Page(found.issues, token is None, f"{self._site} issue")
            if token is None:
                return
            once(seen, token, "page")

    def _search(self, since: datetime | None, token: str | None, *, size: int) -> Found:
        question: dict[str, Payload] = {"jql": self._jql(since), "maxResults": size}
        question["fields"] = list(FIELDS)
        if token is not None:
            question["nextPageToken"] = token
        return self._whole(Found, self._post("/search/jql", question))

    def _jql(self, since: datetime | None) -> str:
        """Ask by milliseconds: a written time would be read in the time zone of the account."""
        projects = ", ".join(f'"{key}"' for key in self.options.projects)
        later = f" AND updated >= {int(since.timestamp() * 1000)}" if since else ""
        return f"project in ({projects}){later} ORDER BY updated ASC, key ASC"

    def _post(self, path: str, question: dict[str, Payload]) -> Reply:
        try:
            return self._http.post(self._api + path, json=question)
        except CredentialsError:
            raise CredentialsError(
                f"{self._site} refused to show issues; the account needs 'Browse projects' in "
                f"{', '.join(self.options.projects)}, and a token with scopes read:jira-work"
            ) from None

    def _told(self, items: list[Payload]) -> Batch:
        issues, bad = self._issues(items)
        batch = told(self.source, issues)
        return replace(batch, skipped=(*batch.skipped, *self._named(bad)))

    def _named(self, bad: Mapping[str, str]) -> list[Skipped]:
        return [Skipped(f"{self._site} issue {id_}", why) for id_, why in bad.items()]

    def _issues(self, items: Iterable[Payload]) -> tuple[list[Issue], dict[str, str]]:
        """Read issues; also tell why some could not be, by id."""
        issues, bad = [], {}
        for item in items:
            try:
                issues.append(self._issue(shaped(Ticket, item)))
            except BadItem as problem:
                id_ = item.get("id") if isinstance(item, dict) else None
                bad[str(id_ or "without id")] = str(problem)
        return issues, bad

    def _moved(self, item: Payload) -> bool:
        try:
            return shaped(Placed, item).fields.project.key not in self.options.projects
        except BadItem:
            return False

    def _issue(self, ticket: Ticket) -> Issue:
        said = ticket.fields
        url = f"{self._site}/browse/{ticket.key}"
        comments, unread = [], {}
        for item in self._remarks(ticket):
            try:
                comments.append(_comment(shaped(Remark, item), url))
            except BadItem as bad:
                id_ = item.get("id") if isinstance(item, dict) else None
                unread[str(id_ or "without id")] = str(bad)
        kinds = {"status": said.status, "priority": said.priority, "resolution": said.resolution}
        person = said.reporter or said.creator
        names = [*said.labels, *(each.name for each in (*_one(said.issuetype), *said.components))]
        about = {name: kind.name for name, kind in kinds.items() if kind}
        return Issue(
            id=ticket.id,
            title=said.summary,
            text=to_markdown(said.description),
            markup="markdown",
            author=person.displayName if person else None,
            created_at=said.created,
            updated_at=said.updated,
            url=url,
            space=said.project.name,
            tags=tuple(names),
            reactions=said.votes.votes if said.votes else 0,
            version=said.versions[0].name if said.versions else None,
            is_private=said.security is not None,
            attributes=about | _end(said) | _is_app(person),
            comments=tuple(comments),
            unread=unread,
        )

    def _remarks(self, ticket: Ticket) -> list[Payload]:
        """All comments of an issue: a search brings only some of many."""
        some = ticket.fields.comment
        if some is None or len(some.comments) >= some.total:
            return some.comments if some else []
        items: list[Payload] = []
        while True:
            reply = self._http.get(
                f"{self._api}/issue/{ticket.id}/comment",
                params=[("startAt", len(items)), ("maxResults", 100), ("orderBy", "created")],
                allow=(404,),  # deleted since it was listed
            )
            if reply.status == 404:
                return items
            page = self._whole(Remarks, reply)
            items += page.comments
            if not page.comments or len(items) >= page.total:
                return items

    def _whole(self, model: type[M], reply: Reply) -> M:
        try:
            return shaped(model, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Jira does ({bad})") from None


def _stamp(item: Payload) -> Stamp:
    listed = shaped(Listed, item)
    comments = listed.fields.comment
    return Stamp(listed.id, listed.fields.updated, str(comments.total) if comments else "")


def _comment(remark: Remark, url: str) -> Comment:
    return Comment(
        id=remark.id,
        text=to_markdown(remark.body),
        author=remark.author.displayName if remark.author else None,
        created_at=remark.created,
        updated_at=remark.updated,
        url=f"{url}?focusedCommentId={remark.id}",
        is_private=remark.visibility is not None or not remark.jsdPublic,
        attributes=_is_app(remark.author),
    )


def _end(said: Fields) -> dict[str, str]:
    """Say whether an issue is done, since when and in which version."""
    is_done = said.resolution or (said.status and said.status.statusCategory.key == "done")
    at = {"closed_at": said.resolutiondate.isoformat()} if said.resolutiondate else {}
    fixed = {"fixed_version": said.fixVersions[0].name} if said.fixVersions else {}
    return {"state": "closed", **at, **fixed} if is_done else {"state": "open", **fixed}


def _is_app(person: Person | None) -> dict[str, str]:
    return {"bot": "true"} if person and person.accountType == "app" else {}


def _one(named: Named | None) -> tuple[Named, ...]:
    return (named,) if named else ()
