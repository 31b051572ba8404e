"""Reads a Roundup tracker: issues by the time of their last activity, and their messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, TypeVar

import httpx
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from insights.changes import SECOND, Page, Stamp, Walk
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, Moment, Payload, reveal, shaped
from insights.models import JSON, Batch, Checkup, Skipped
from insights.tracker import Comment, Issue, issue_ids, portions, rechecked, told

M = TypeVar("M", bound=BaseModel)

PAGE = 50
AT_ONCE = timedelta(minutes=1)
"""A message that its author wrote this soon after the issue is the issue's own text."""

ISSUE = "title,status,priority,keyword,creation,activity,creator,messages"
MESSAGE = "author,date,creation,activity,content"


class RoundupOptions(BaseModel):
    """A tracker, and as whom to read it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
    """Its address, with its folder if it has one."""
    username: str = ""
    """A user whose role has 'Rest Access'; without one, the tracker must grant it to anyone."""
    password: SecretStr | None = None
    """Their password, or better `$NAME` for the environment variable NAME that holds it."""
    since: AwareDatetime | None = None
    """Leave out issues without activity since then."""
    lookback: timedelta = timedelta(minutes=1)
    """How far behind its cursor a pull looks for what came to light late."""


def _iso(value: Payload) -> Payload:
    """Roundup writes 2026-01-05.08:07:31 and means UTC."""
    return value.replace(".", "T", 1) + "Z" if isinstance(value, str) else value


When = Annotated[Moment, BeforeValidator(_iso)]


class Linked(BaseModel):
    """A user, status, priority, keyword or message, by id and, where we may see it, name."""

    id: str
    name: str = ""
    username: str = ""


class Listed(BaseModel):
    """What the walk needs of an issue."""

    id: str
    activity: When
    messages: list[Linked] = []


class Ticket(Listed):
    """An issue."""

    title: str
    creation: When
    creator: Linked | None = None
    status: Linked | None = None
    priority: Linked | None = None
    keyword: list[Linked] = []


class Message(BaseModel):
    """What someone wrote under an issue; `date` is when it was sent."""

    id: str
    author: Linked | None = None
    date: When | None = None
    creation: When
    activity: When
    content: str | None = None


class Collection(BaseModel):
    """Some items of a class, looked at one by one; `links` hold `next` unless it is the last."""

    collection: list[Payload]
    links: Mapping[str, Payload] = Field({}, alias="@links")
    total_size: int = Field(-1, alias="@total_size")


class Data(BaseModel):
    """Any reply."""

    data: Collection


class Roundup:
    """A tracker as a source; native ids are `issue-12` and `comment-12-99`, 99 being the message's.

    The cursor holds the activity up to which issues were read, and which were read near it.
    """

    Options: ClassVar[type[BaseModel]] = RoundupOptions

    def __init__(self, source: str, options: RoundupOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._site = options.url.rstrip("/")
        self._data = f"{self._site}/rest/data"
        if password := reveal(options.password, f"{source}.password"):
            place = httpx.URL(self._data)
            self._data = str(place.copy_with(username=options.username, password=password))

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the issues with activity since `cursor`, each with all its messages."""
        walk = Walk(
            ask=self._pages,
            stamp=_stamp,
            read=self._read,
            since=self.options.since,
            lookback=self.options.lookback,
        )
        yield from walk.go(cursor)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for issues by id, many at a time: a retired one is in no listing any more."""
        for asked in portions(issue_ids(native_ids), PAGE):
            params = [("id", id_) for id_ in asked if id_.isdigit()]
            items = self._listed("issue", ISSUE, *params, ("@verbose", 2)).collection
            issues, bad = self._issues(items)
            known = {id_: ids for id_, ids in asked.items() if id_ not in bad}
            batch = rechecked(self.source, known, issues)
            yield replace(batch, skipped=(*batch.skipped, *self._named(bad)))

    def check(self) -> Checkup:
        """Ask whether issues can be read, and how many there are; CredentialsError if not."""
        total = self._listed("issue", "title", ("@page_size", 1), ("@page_index", 1)).total_size
        if total < 0:
            return Checkup(reads=f"issues of {self._site}")
        return Checkup(reads=f"{total:,} issues of {self._site}", items=total)

    def _pages(self, since: datetime | None) -> Iterator[Page]:
        index = 0
        while True:
            index += 1
            params: list[tuple[str, str | int]] = [("@verbose", 2), ("@sort", "activity,id")]
            params += [("@page_size", PAGE), ("@page_index", index)]
            if since:
                # Written without signs it is UTC, else in the user's time zone. A second early,
                # as times are kept finer than they are shown.
                params.append(("activity", (since - SECOND).strftime("%Y%m%d%H%M%S;")))
            found = self._listed("issue", ISSUE, *params)
            last = "next" not in found.links or not found.collection
            yield Page(found.collection, last, f"{self._site}/issue")
            if last:
                return

    def _listed(self, kind: str, fields: str, *params: tuple[str, str | int]) -> Collection:
        try:
            reply = self._http.get(f"{self._data}/{kind}", params=[("@fields", fields), *params])
        except CredentialsError:
            raise CredentialsError(
                f"{self._site} refused to list each {kind}; are username and password right, and "
                f"has the user's role the permissions 'Rest Access' and 'View' for {kind}?"
            ) from None
        try:
            return shaped(Data, reply.json()).data
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Roundup does ({bad})") from None

    def _read(self, items: list[Payload]) -> Batch:
        issues, bad = self._issues(items)
        batch = told(self.source, issues)
        return replace(batch, skipped=(*batch.skipped, *self._named(bad)))

    def _named(self, bad: Mapping[str, str]) -> list[Skipped]:
        return [Skipped(f"{self._site}/issue{id_}", why) for id_, why in bad.items()]

    def _issues(self, items: Iterable[Payload]) -> tuple[list[Issue], dict[str, str]]:
        """Read issues and, all at once, their messages; also tell why some could not be, by id."""
        tickets, bad = [], {}
        for item in items:
            try:
                tickets.append(shaped(Ticket, item))
            except BadItem as problem:
                id_ = item.get("id") if isinstance(item, dict) else None
                bad[str(id_ or "without id")] = str(problem)
        messages = self._messages(each.id for ticket in tickets for each in ticket.messages)
        return [self._issue(ticket, messages) for ticket in tickets], bad

    def _messages(self, ids: Iterable[str]) -> dict[str, Message | str]:
        """Read messages by id; a string says why one could not be. A retired one is missing."""
        found: dict[str, Message | str] = {}
        wanted = {id_: [id_] for id_ in ids if id_.isdigit()}
        for portion in portions(wanted, 2 * PAGE):
            params = [("id", id_) for id_ in portion]
            for item in self._listed("msg", MESSAGE, *params, ("@verbose", 3)).collection:
                try:
                    message = shaped(Message, item)
                    found[message.id] = message
                except BadItem as problem:
                    id_ = item.get("id") if isinstance(item, dict) else None
                    found[str(id_)] = str(problem)
        return found

    def _issue(self, ticket: Ticket, messages: Mapping[str, Message | str]) -> Issue:
        url = f"{self._site}/issue{ticket.id}"
        said = [messages[each.id] for each in ticket.messages if each.id in messages]
        written = sorted(
            (each for each in said if isinstance(each, Message)), key=lambda each: int(each.id)
        )
        opening = written[:1] if written and _opens(written[0], ticket) else []
        why = {each.id: messages.get(each.id) for each in ticket.messages}
        kinds = {"status": ticket.status, "priority": ticket.priority}
        return Issue(
            id=ticket.id,
            title=ticket.title,
            text=(opening[0].content or "") if opening else "",
            author=_name(ticket.creator),
            created_at=ticket.creation,
            updated_at=ticket.activity,
            url=url,
            tags=tuple(each.name for each in ticket.keyword if each.name),
            attributes={name: kind.name for name, kind in kinds.items() if kind and kind.name},
            comments=tuple(_comment(each, url) for each in written[len(opening) :]),
            unread={id_: reason for id_, reason in why.items() if isinstance(reason, str)},
        )


def _stamp(item: Payload) -> Stamp:
    listed = shaped(Listed, item)
    return Stamp(listed.id, listed.activity, str(len(listed.messages)))


def _opens(message: Message, ticket: Ticket) -> bool:
    by_creator = message.author is None or message.author == ticket.creator
    return by_creator and abs(message.creation - ticket.creation) <= AT_ONCE


def _comment(message: Message, url: str) -> Comment:
    return Comment(
        id=message.id,
        text=message.content or "",
        author=_name(message.author),
        created_at=message.date or message.creation,
        updated_at=message.activity,
        url=f"{url}#msg{message.id}",
    )


def _name(user: Linked | None) -> str | None:
    """The account; its number where we may not see the name."""
    return (user.username or user.id) if user else None
