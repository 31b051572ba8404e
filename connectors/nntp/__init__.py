"""Reads a newsgroup over NNTP: articles by their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from connectors.nntp.line import Connection, Line, Stream, Tls
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, reveal
from insights.mail import read_date, read_mail
from insights.mbox import called
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

TOGETHER = 100
"""Numbers that are looked up, and articles that are stored, together."""

HOLES = {420, 423, 430}
"""There is no such article (any more)."""

NO_OVERVIEW = {500, 501, 503}


class NntpOptions(BaseModel):
    """A newsgroup, and as whom to read it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(pattern=r"^[^\s/:@]+$")
    """The news server, such as news.example.org."""
    group: str = Field(pattern=r"^[^\s<>*?]+$")
    """The newsgroup, such as comp.lang.python."""
    tls: Tls = True
    """Encrypt the connection from its beginning; "starttls": before anything is said on it."""
    port: int | None = Field(None, ge=1, le=65_535)
    """By default 563 with TLS, 119 with "starttls" and without."""
    user: str | None = Field(None, pattern=r"^\S+$")
    """The user, where the server wants one."""
    password: SecretStr | None = None
    """Its password, or better `$NAME` for the environment variable NAME that holds it."""
    since: AwareDatetime | None = None
    """Leave out what was written before."""
    expires: bool | None = None
    """Whether the server drops old articles, so that one that is gone was not deleted by anyone.

    By default it does if its lowest number is not 1.
    """


@dataclass(frozen=True, slots=True)
class _Group:
    """What the server says of a group; numbers are those of this server alone."""

    count: int
    low: int
    high: int


class Nntp:
    """A newsgroup as a source; native ids are Message-IDs.

    The cursor holds the last number that was read, and the id of one article by its number: a
    server that counts anew gives itself away by it, and everything is read again.
    """

    Options: ClassVar[type[BaseModel]] = NntpOptions

    def __init__(
        self,
        source: str,
        options: NntpOptions,
        *,
        http: Http,
        connect: Callable[[], Stream] | None = None,
    ) -> None:
        self.source = source
        self.options = options
        self._password = reveal(options.password, f"{source}.password")
        self._connect = connect or _default(options, http.max_seconds)

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the articles that came since `cursor`, in the order in which they came."""
        with closing(self._line()) as line:
            group = self._group(line)
            known = cursor and group.count and _still_counts(line, group, cursor)
            start = cursor["number"] + 1 if cursor and known else group.low
            sample = cursor["sample"] if cursor and known else None
            if not group.count:
                return
            for first in range(max(start, group.low), group.high + 1, TOGETHER):
                last = min(first + TOGETHER - 1, group.high)
                posts, skipped = [], []
                for number in self._numbers(line, first, last):
                    item = self._article(line, str(number))
                    if isinstance(item, Post):
                        posts.append(item)
                        sample = [number, item.native_id]
                    elif item is not None:
                        skipped.append(item)
                yield Batch(
                    cursor={"number": last, "sample": sample},
                    posts=tuple(posts),
                    skipped=tuple(skipped),
                )

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for each article again: what was cancelled or purged is gone, what expired is not."""
        with closing(self._line()) as line:
            group = self._group(line)
            expires = self.options.expires
            for native_id in native_ids:
                if not re.fullmatch(r"[!-;=?-~]{1,248}", native_id) or "@" not in native_id:
                    continue  # a hash, or an id that no server can be asked for
                item = self._article(line, f"<{native_id}>")
                if isinstance(item, Post):
                    yield Batch(cursor={}, posts=(item,))
                elif item is not None:
                    yield Batch(cursor={}, skipped=(item,))
                elif not (group.low > 1 if expires is None else expires):
                    yield Batch(cursor={}, tombstones=(Tombstone(native_id),))

    def check(self) -> Checkup:
        """Ask how many articles the group has."""
        with closing(self._line()) as line:
            count = self._group(line).count
        return Checkup(reads=f"{count:,} articles of {self.options.group}", items=count)

    def _line(self) -> Line:
        starttls = self.options.tls == "starttls"
        line = Line(self._connect, self.options.host, starttls=starttls)
        line.ask("MODE READER", {200, 201, 480, 500, 501, 502})
        if self.options.user:
            if not self._password:
                raise CredentialsError(f"{self.source}.user has no password; set it")
            line.log_in(self.options.user, self._password)
        return line

    def _group(self, line: Line) -> _Group:
        _, said = line.ask(f"GROUP {self.options.group}", {211})
        try:
            count, low, high = (int(number) for number in said.split()[:3])
        except ValueError:
            raise SourceError(f"{self.options.host} does not say what the group holds") from None
        # Some servers count wrongly: only numbers in the wrong order mean that there is nothing.
        return _Group(max(count, high - low + 1 if low > 0 else 0, 0) if high > 0 else 0, low, high)

    def _numbers(self, line: Line, first: int, last: int) -> Sequence[int]:
        """Return the numbers from `first` to `last` that there are and that are wanted."""
        for command in ("OVER", "XOVER"):
            code, _ = line.ask(f"{command} {first}-{last}", {224} | HOLES | NO_OVERVIEW)
            if code in HOLES:
                return ()
            if code == 224:
                return [n for row in line.block().split(b"\n") if (n := self._wanted(row))]
        return range(first, last + 1)

    def _wanted(self, row: bytes) -> int:
        """Return the number in a line of an overview, or 0 where it is not wanted."""
        fields = row.split(b"\t")
        if not fields[0].isdigit():
            return 0
        since = self.options.since
        if since and len(fields) > 3:
            at = read_date(fields[3].decode("latin-1"))
            if at and at < since:
                return 0
        return int(fields[0])

    def _article(self, line: Line, which: str) -> Post | Skipped | None:
        """Return an article, why it cannot be read, or None where there is none."""
        code, _ = line.ask(f"ARTICLE {which}", {220} | HOLES)
        if code != 220:
            return None
        raw = line.block()
        try:
            return read_mail(raw).post(self.source, space=self.options.group)
        except BadItem as bad:
            return Skipped(f"{self.options.group} {called(raw) or which}", str(bad))


def _still_counts(line: Line, group: _Group, cursor: JSON) -> bool:
    """Say whether the server still gives the numbers that it gave when the cursor was made."""
    if group.high < cursor["number"]:
        return False
    if not cursor["sample"]:
        return True
    number, id_ = cursor["sample"]
    code, said = line.ask(f"STAT {number}", {223} | HOLES)
    return code != 223 or f"<{id_}>" in said or id_.startswith("hash-")


def _default(options: NntpOptions, seconds: float) -> Callable[[], Stream]:
    port = options.port or (563 if options.tls is True else 119)
    return partial(Connection, options.host, port, tls=options.tls, seconds=seconds)
