"""Reads a list of HyperKitty, Mailman's archive: mailboxes by month, news by its listing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from insights.credentials import apart
from insights.errors import BadItem, CredentialsError, SourceError, TooLarge
from insights.http import Http, Moment, Payload, shaped
from insights.mail import Mail
from insights.mbox import batches, posts_in, unpacked
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

PAGE = 25
OVERLAP = 2
"""Mails that pages share, so that one that is deleted meanwhile hides no other."""

KNOWN = 10
"""Latest mails that a cursor remembers: where one is seen again, the news end."""


class HyperKittyOptions(BaseModel):
    """One public mailing list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """The archive's address, such as https://lists.example/archives/."""
    list: str = Field(pattern=r"^[^\s/@?#]+@[^\s/@?#]+$")
    """The list by its address, such as feedback@lists.example."""
    since: AwareDatetime | None = None
    """Leave out what was written before."""


class _Listed(BaseModel):
    """What the listing says of a mail."""

    message_id_hash: str
    date: Moment


class _Placed(BaseModel):
    """Where a mail stands: the address of its thread, which ends in the thread's name."""

    thread: str


class _Page(BaseModel):
    """A page of the listing; its mails are looked at one by one."""

    count: int
    results: list[Payload]


class HyperKitty:
    """A list as a source; native ids are Message-IDs.

    The cursor holds the month to go on with while the archive is read for the first time, then
    the latest mails that were known and how many there were.
    """

    Options: ClassVar[type[BaseModel]] = HyperKittyOptions

    def __init__(self, source: str, options: HyperKittyOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")
        self._shown = str(apart(self._base)[0])

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the archive month by month, and later the days that have new mails."""
        if cursor is None:
            self._find()
        count, page = self._listed(0)
        if not count:
            return
        known = [mail.message_id_hash for mail in page[:KNOWN]]
        done: JSON = {"month": None, "known": known, "count": count}
        here = cursor or done | {"month": ""}
        if here["month"] is not None:
            yield from self._months(here, page)
            here = here | {"month": None}
            yield Batch(cursor=here)
        if (here["known"], here["count"]) == (known, count):
            return
        fresh = self._fresh(page, set(here["known"]), count)
        if count - here["count"] > len(fresh):  # older mails were brought in below the known ones
            yield from self._months(done | {"month": ""}, page)
        else:
            for first, last in _stretches(fresh):
                yield from batches(self._read(first, last + timedelta(days=1)), here)
        yield Batch(cursor=done)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for each mail again: what a moderator removed is gone."""
        self._listed(0)  # a wrong address must not read as deletions
        for native_id in native_ids:
            if native_id.startswith("hash-"):
                continue
            key = _hash(native_id)
            found = list(self._export(("message", key)))
            if found:
                yield from batches(found, {})
                continue
            reply = self._http.get(f"{self._api}/email/{key}/", allow=(404, 410))
            if reply.status in (404, 410):
                yield Batch(cursor={}, tombstones=(Tombstone(native_id),))

    def check(self) -> Checkup:
        """Ask how many mails the list has."""
        self._find()
        count, _ = self._listed(0)
        return Checkup(reads=f"{count:,} mails of {self.options.list}", items=count)

    @property
    def _api(self) -> str:
        return f"{self._base}/api/list/{self.options.list}"

    def _find(self) -> None:
        """Raise unless there is such a list: its listing would answer as if the server failed."""
        if self._http.get(f"{self._api}/", allow=(401, 403, 404)).status == 404:
            raise SourceError(f"{self._shown} has no list {self.options.list}; check url and list")

    def _months(self, here: JSON, page: Sequence[_Listed]) -> Iterator[Batch]:
        """Read everything from the cursor's month on; the first and last reach beyond the dates."""
        since = self.options.since.date() if self.options.since else None
        newest = max(mail.date for mail in page).date().replace(day=1)
        begin: date | None = since
        if here["month"]:
            month = date.fromisoformat(here["month"])
            begin = month
        elif since:
            month = since.replace(day=1)
        else:
            month = self._oldest(here["count"]).replace(day=1)
        while month < newest:
            month = (month + timedelta(days=31)).replace(day=1)
            yield from batches(self._read(begin, month), here)
            here = here | {"month": month.isoformat()}
            yield Batch(cursor=here)
            begin = month
        # Without an end: dates may lie ahead, in zones or by clocks that are wrong.
        yield from batches(self._read(begin, None), here)

    def _oldest(self, count: int) -> date:
        _, last = self._listed(count - 1)
        return last[-1].date.date() if last else date(1990, 1, 1)

    def _fresh(self, page: Sequence[_Listed], known: set[str], count: int) -> dict[str, date]:
        """Return the days of the mails that were archived since `known`, by hash."""
        fresh: dict[str, date] = {}
        offset = 0
        while page:
            for mail in page:
                if mail.message_id_hash in known:
                    return fresh
                fresh[mail.message_id_hash] = mail.date.date()
            offset += PAGE - OVERLAP
            page = self._listed(offset)[1] if offset < count else ()
        return fresh

    def _listed(self, offset: int) -> tuple[int, list[_Listed]]:
        """Return how many mails there are, and those from `offset` on, the last archived first."""
        params = (("limit", PAGE), ("offset", offset), ("format", "json"))
        try:
            reply = self._http.get(f"{self._api}/emails/", params=params)
        except CredentialsError:
            raise CredentialsError(
                f"{self.options.list} is not public; only lists that anyone may read are read"
            ) from None
        try:
            page = shaped(_Page, reply.json())
            rows = [shaped(_Listed, item) for item in page.results]
            return page.count, rows
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as HyperKitty does ({bad})") from None

    def _read(self, begin: date | None, end: date | None) -> Iterator[Post | Skipped]:
        """Yield the mails of the days from `begin` to before `end`."""
        try:
            yield from self._export(
                *((("start", begin.isoformat()),) if begin else ()),
                *((("end", end.isoformat()),) if end else ()),
            )
        except TooLarge:
            right = end or datetime.now(UTC).date() + timedelta(days=1)
            left = begin or right - timedelta(days=62)
            if (days := (right - left).days) < 2 or left.year < 1971:
                raise
            middle = left + timedelta(days=days // 2)
            yield from self._read(begin, middle)
            yield from self._read(middle, end)

    def _export(self, *params: tuple[str, str]) -> Iterator[Post | Skipped]:
        url = f"{self._base}/list/{self.options.list}/export/mails.mbox.gz"
        reply = self._http.get(url, params=params, allow=(400,))
        if reply.status == 400:
            raise SourceError(f"{self._shown} does not let its archives be downloaded")
        threads: dict[str, str] = {}
        for item in posts_in(unpacked(reply.content, reply.url), name=reply.url, make=self._post):
            since = self.options.since
            if isinstance(item, Skipped):
                yield item
            elif since is None or item.created_at >= since:
                yield replace(item, thread_id=self._thread(item, threads))

    def _thread(self, post: Post, threads: dict[str, str]) -> str:
        """Return the archive's name of a thread: mailboxes say only what a mail answers.

        `threads` holds those of the mails that were just read; others are asked for.
        """
        parent = post.parent_id
        if parent and parent not in threads:
            url = f"{self._api}/email/{_hash(parent)}/"
            reply = self._http.get(url, allow=(404, 410))
            if reply.status == 200:
                try:
                    url = shaped(_Placed, reply.json()).thread
                except BadItem as bad:
                    raise SourceError(
                        f"{reply.url} did not answer as HyperKitty does ({bad})"
                    ) from None
                threads[parent] = url.rstrip("/").rpartition("/")[2]
        own = _hash(post.native_id)
        threads[post.native_id] = threads.get(parent, own) if parent else own
        return threads[post.native_id]

    def _post(self, mail: Mail) -> Post:
        page = f"{self._shown}/list/{self.options.list}/message/{_hash(mail.native_id)}/"
        return mail.post(self.source, url=page, space=self.options.list)


def _hash(native_id: str) -> str:
    """Return what HyperKitty calls a mail: the hash that Mailman makes of its Message-ID."""
    return base64.b32encode(hashlib.sha1(native_id.encode("utf-8", "replace")).digest()).decode()  # noqa: S324 - it is a name, and not ours to choose


def _stretches(days: dict[str, date]) -> list[tuple[date, date]]:
    """Return the first and last day of each month that is among `days`, in order."""
    months: dict[date, list[date]] = {}
    for day in days.values():
        months.setdefault(day.replace(day=1), []).append(day)
    return [(min(found), max(found)) for _, found in sorted(months.items())]
