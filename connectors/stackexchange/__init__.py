"""Reads a Stack Exchange site: questions by their last activity, with answers and comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from itertools import count
from math import ceil
from typing import ClassVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from connectors.stackexchange.posts import Reading
from connectors.stackexchange.shapes import FIELDS, Filter, Info, Listed, Problem, Remark, Wrapper
from insights.changes import Page, Stamp, Walk
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, Payload, Reply, reveal, shaped
from insights.models import JSON, Batch, Checkup, Terms, Tombstone

API = "https://api.stackexchange.com/2.3"
PAGE = 100
KINDS = ("question", "answer", "comment")
HOUR = timedelta(hours=1)
UNSTATED_S = 60.0
DAY_S = 86_400.0

_MADE_FOR = blake2b(FIELDS.encode(), digest_size=6).hexdigest()
_SECONDS = re.compile(r"(\d+) seconds")


class StackExchangeOptions(BaseModel):
    """A site, and what of it to read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str = Field(pattern=r"^[a-z0-9.-]+$")
    """As in its address: `stackoverflow`, `superuser`, `dba.stackexchange.com`."""
    tag: str | None = Field(None, pattern=r"^[^\s;/?&]+$")
    """Read only questions with this tag."""
    key: SecretStr | None = None
    """A key of an application, or better `$NAME` for the environment variable NAME that holds it.
    Without one 300 requests a day are granted, with one 10,000."""
    since: AwareDatetime | None = None
    """Leave out questions without activity since then."""
    lookback: timedelta = timedelta(minutes=10)
    """How far behind its cursor a pull looks: replies may come from a cache."""


class StackExchange:
    """A site as a source; native ids are `question-1`, `answer-2` and `comment-3`.

    The cursor holds the activity up to which questions were read, the time up to which comments
    were, as a comment is no activity, and the name of the filter that asks for their texts.
    """

    Options: ClassVar[type[BaseModel]] = StackExchangeOptions
    terms: ClassVar[Terms] = Terms(
        attribution="CC BY-SA 4.0: each quote links to its author's post"
    )

    def __init__(self, source: str, options: StackExchangeOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        key = reveal(options.key, f"{source}.key")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._rests: dict[str, datetime] = {}

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read questions with activity since `cursor`, then what was remarked on quiet ones."""
        start: JSON = {"since": self._http.later(-HOUR.total_seconds()).isoformat(), "seen": {}}
        cursor = {"comments": start, **(cursor or {})}
        if cursor.get("made_for") != _MADE_FOR:
            cursor |= {"filter": self._filter(), "made_for": _MADE_FOR}
        walks = [("questions", self._walk("question", cursor["filter"], "activity", _active))]
        if not self.options.tag:  # comments cannot be asked for by tag
            comments = self._walk("comment", cursor["filter"], "creation", _remarked)
            walks.append(("comments", comments))
        for name, walk in walks:
            for batch in walk.go(cursor.get(name)):
                cursor = cursor | {name: batch.cursor}
                yield Batch(cursor=cursor, posts=batch.posts, skipped=batch.skipped)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for posts by id, a hundred at a time: what is deleted just is not there."""
        made = self._filter()
        pending = dict.fromkeys(native_ids)
        for kind in KINDS:
            ids = [id_ for id_ in pending if re.fullmatch(rf"{kind}-\d+", id_)]
            for start in range(0, len(ids), PAGE):
                asked = [id_ for id_ in ids[start : start + PAGE] if id_ in pending]
                if not asked:
                    continue
                path = f"/{kind}s/{';'.join(id_.partition('-')[2] for id_ in asked)}"
                params = (("filter", made), ("pagesize", PAGE))
                items = self._ask(path, *params, method=f"/{kind}s/ids").items
                reading = Reading(self.source)
                reading.take(kind, items)
                for id_ in (*asked, *reading.there):
                    pending.pop(id_, None)
                yield Batch(
                    cursor={},
                    posts=tuple(reading.posts),
                    skipped=tuple(reading.skipped),
                    tombstones=tuple(Tombstone(id_) for id_ in asked if id_ not in reading.there),
                )

    def check(self) -> Checkup:
        """Ask how many questions there are, and whether today's requests suffice for them."""
        where = f"{self.options.site} tagged {self.options.tag}" if self.options.tag else None
        path = f"/tags/{quote(self.options.tag or '', safe='')}/info" if where else "/info"
        reply = self._ask(path)
        try:
            info = shaped(Info, reply.items[0] if reply.items else {"count": 0})
        except BadItem as bad:
            raise SourceError(f"{API} did not answer as Stack Exchange does ({bad})") from None
        total = info.count if where else info.total_questions
        pages = ceil((total or 0) / PAGE)
        enough = reply.quota_max is None or pages <= (reply.quota_remaining or 0)
        return Checkup(
            reads=f"{total or 0:,} questions of {where or self.options.site}",
            items=total,
            seconds=None if enough else DAY_S * pages / max(reply.quota_max or 1, 1),
        )

    def _walk(self, kind: str, made: str, sort: str, stamp: Callable[[Payload], Stamp]) -> Walk:
        return Walk(
            ask=partial(self._pages, kind, made, sort),
            stamp=stamp,
            read=partial(self._read, kind),
            since=self.options.since,
            lookback=self.options.lookback,
        )

    def _pages(self, kind: str, made: str, sort: str, since: datetime | None) -> Iterator[Page]:
        params: list[tuple[str, str | int]] = [("order", "asc"), ("sort", sort), ("filter", made)]
        if since:
            params.append(("min", int(since.timestamp())))
        if self.options.tag:
            params.append(("tagged", self.options.tag))
        for page in count(1):
            found = self._ask(f"/{kind}s", *params, ("page", page), ("pagesize", PAGE))
            last = not found.has_more or not found.items
            yield Page(found.items, last, f"{self.options.site} {kind}")
            if last:
                return

    def _read(self, kind: str, items: list[Payload]) -> Batch:
        reading = Reading(self.source)
        reading.take(kind, items)
        return Batch(cursor={}, posts=tuple(reading.posts), skipped=tuple(reading.skipped))

    def _filter(self) -> str:
        """Have the filter made that asks for what is read; the same fields give the same one."""
        params = (("include", FIELDS), ("base", "none"), ("unsafe", "true"))
        items = self._ask("/filters/create", *params, on_site=False).items
        try:
            return shaped(Filter, items[0] if items else None).filter
        except BadItem as bad:
            raise SourceError(f"{API} did not make a filter ({bad})") from None

    def _ask(
        self,
        path: str,
        *params: tuple[str, str | int],
        method: str = "",
        on_site: bool = True,
    ) -> Wrapper:
        """Ask a method, once it is rested: any reply may say for how long it wants to be left."""
        method = method or path
        if method in self._rests:
            self._http.hold(self._rests.pop(method))
        site = (("site", self.options.site),) if on_site else ()
        reply = self._http.get(
            API + path,
            params=(*params, *site),
            headers=self._headers,
            allow=(400,),
            throttled=_throttled,
        )
        if reply.status == 400:
            self._refused(reply)
        try:
            found = shaped(Wrapper, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} is no reply of Stack Exchange ({bad})") from None
        if found.backoff:
            self._rests[method] = self._http.later(found.backoff)
        return found

    def _refused(self, reply: Reply) -> None:
        try:
            problem = shaped(Problem, reply.json())
        except BadItem:
            raise SourceError(f"{reply.url} answered with status 400") from None
        said = " ".join(problem.error_message.split())[:200]
        if problem.error_id in {401, 402, 403, 405, 406} or "key" in said:
            raise CredentialsError(
                f"Stack Exchange refused the key ({problem.error_name}); copy it again from "
                "stackapps.com"
            )
        raise SourceError(f"Stack Exchange refused to show {self.options.site}: {said}")


def _throttled(reply: Reply) -> float | None:
    """Read how long a throttle lasts; it comes with status 400, 502 or 503 and in words."""
    if reply.status not in {400, 502, 503} or not reply.content.lstrip().startswith(b"{"):
        return None
    try:
        problem = shaped(Problem, reply.json())
    except (BadItem, SourceError):
        return None
    if problem.error_id != 502 and problem.error_name != "throttle_violation":
        return None
    told = _SECONDS.search(problem.error_message)
    return float(told[1]) if told else UNSTATED_S


def _active(item: Payload) -> Stamp:
    listed = shaped(Listed, item)
    answers, comments = ((item.get(name) or ()) for name in ("answers", "comments"))
    state = f"{len(answers)} {len(comments)}"
    return Stamp(str(listed.question_id), listed.last_activity_date, state)


def _remarked(item: Payload) -> Stamp:
    remark = shaped(Remark, item)
    return Stamp(str(remark.comment_id), remark.creation_date)
