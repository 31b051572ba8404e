"""Reads a public-inbox archive over HTTP: mails by the time they were received."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from insights.credentials import apart
from insights.errors import SourceError, TooLarge
from insights.http import Http
from insights.mail import Mail, read_date
from insights.mbox import batches, posts_in, unpacked
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

WINDOW = timedelta(days=30)
"""What is asked for at once; halved where that is more than a reply may hold."""

MISSING = (404, 410)


class PublicInboxOptions(BaseModel):
    """An archive, by the address that its pages are under."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """The address of one inbox, such as https://lists.example/feedback/."""
    since: AwareDatetime | None = None
    """Leave out what was written before."""
    lookback: timedelta = Field(timedelta(days=7), ge=timedelta(0))
    """How far behind its cursor a pull looks for mails that were on their way for long."""


@dataclass(frozen=True, slots=True)
class _News:
    """The latest mails as the feed has them: a hash of all, and the times of first and last."""

    stamp: str
    oldest: int
    newest: int


class PublicInbox:
    """A public-inbox archive as a source; native ids are Message-IDs.

    The cursor holds the time up to which everything was read, in seconds, and a hash of the feed
    of latest mails, so that nothing new costs one request.
    """

    Options: ClassVar[type[BaseModel]] = PublicInboxOptions

    def __init__(self, source: str, options: PublicInboxOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")
        self._shown = str(apart(self._base)[0])

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read what was received since `cursor`, a month at a time."""
        news = self._news()
        if news is None or (cursor and cursor["stamp"] == news.stamp):
            return
        until = cursor["until"] if cursor else None
        here: JSON = {"until": until, "stamp": ""}
        for begin, end in self._windows(until, news):
            yield from batches(self._read(begin, end, news), here)
            here = {"until": news.newest if end is None else end, "stamp": ""}
            yield Batch(cursor=here | {"stamp": news.stamp if end is None else ""})

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for each mail again: what was purged is gone."""
        self._news()  # a wrong address must not read as deletions
        for native_id in native_ids:
            if self._url(native_id) is None:
                continue
            reply = self._http.get(f"{self._base}/{_quoted(native_id)}/raw", allow=MISSING)
            if reply.status in MISSING:
                yield Batch(cursor={}, tombstones=(Tombstone(native_id),))
                continue
            if not reply.content.startswith(b"From "):
                raise SourceError(f"{reply.url} did not answer with a mail")
            lines = reply.content.splitlines(keepends=True)
            items = posts_in(lines, name=reply.url, make=self._post)
            same = (p for p in items if isinstance(p, Skipped) or p.native_id == native_id)
            yield from batches(same, {})

    def check(self) -> Checkup:
        """Ask for the latest mails."""
        news = self._news()
        if news is None:
            return Checkup(reads=f"the archive {self._shown}, which is empty", items=0)
        last = datetime.fromtimestamp(news.newest, UTC)
        return Checkup(reads=f"the archive {self._shown}, whose latest mail is of {last:%Y-%m-%d}")

    def _windows(self, until: int | None, news: _News) -> Iterator[tuple[int | None, int | None]]:
        """Yield stretches of time in seconds; None is without end on that side."""
        since = self.options.since
        begin: int | None = None
        if until is not None:
            begin = until - int(self.options.lookback.total_seconds())
        elif since is not None:
            begin = int(since.timestamp())
        else:  # in a small archive the feed of the latest has the oldest too
            first = self._news(("t", "19700101-")) or news
            news = _News(news.stamp, min(first.oldest, news.oldest), news.newest)
        end = (news.oldest if begin is None else begin) + int(WINDOW.total_seconds())
        while end < news.newest:
            yield begin, end
            begin, end = end + 1, end + 1 + int(WINDOW.total_seconds())
        yield begin, None

    def _read(self, begin: int | None, end: int | None, news: _News) -> Iterator[Post | Skipped]:
        query = f"rt:{'' if begin is None else begin}..{'' if end is None else end}"
        try:
            reply = self._http.post(f"{self._base}/?q={query}&x=m", allow=MISSING)
        except TooLarge:
            right = news.newest if end is None else end
            left = right - 2 * int(WINDOW.total_seconds()) if begin is None else begin
            middle = (left + right) // 2
            if not left <= middle < right:
                raise
            yield from self._read(begin, middle, news)
            yield from self._read(middle + 1, end, news)
            return
        if reply.status in MISSING:
            if b"No results" not in reply.content[:1000]:
                raise SourceError(f"{self._shown} cannot be searched, so it cannot be read by time")
            return
        for item in posts_in(unpacked(reply.content, reply.url), name=reply.url, make=self._post):
            since = self.options.since
            if isinstance(item, Skipped) or since is None or item.created_at >= since:
                yield item

    def _news(self, *params: tuple[str, str]) -> _News | None:
        """Return what the feed says; None for an archive that is empty."""
        reply = self._http.get(f"{self._base}/new.atom", params=params, allow=MISSING)
        if reply.status in MISSING and b"No feed found" in reply.content[:1000]:
            return None
        times = re.findall(rb"<updated>([^<]{1,40})</updated>", reply.content)
        found = [int(at.timestamp()) for t in times if (at := read_date(t.decode("latin-1")))]
        if reply.status in MISSING or b"<feed" not in reply.content[:1000] or not found:
            raise SourceError(
                f"{self._shown} is no public-inbox archive; name the address of one inbox"
            )
        stamp = hashlib.blake2b(reply.content, digest_size=16).hexdigest()
        return _News(stamp, min(found), max(found))

    def _post(self, mail: Mail) -> Post:
        return mail.post(self.source, url=self._url(mail.native_id))

    def _url(self, native_id: str) -> str | None:
        """Return a mail's page; one without a Message-ID has none."""
        if native_id.startswith("hash-"):
            return None
        return f"{self._shown}/{_quoted(native_id)}/"


def _quoted(native_id: str) -> str:
    return quote(native_id, safe="@")
