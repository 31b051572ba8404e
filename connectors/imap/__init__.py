"""Reads a mailbox over IMAP: mails by their UIDs, without marking them as read."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from connectors.imap.server import Tls, connect, number_in, quoted, uid_in
from insights.deadline import Deadline, TooSlow
from insights.errors import BadItem, CredentialsError, RateLimited, SourceError
from insights.http import Http, reveal
from insights.mail import MAX_BYTES, read_date, read_mail
from insights.mbox import called
from insights.models import JSON, Batch, Checkup, Skipped, Tombstone

SPAN: Final = 50_000
"""UIDs that are looked for at once: a longer answer would be more than imaplib takes."""

TOGETHER: Final = 20
"""Mails that are fetched and stored together."""

PAUSE: Final = timedelta(minutes=15)
"""How long a server is left alone that is too busy; it names no time."""

_BUSY = re.compile(rb"\[(?:UNAVAILABLE|LIMIT|INUSE|OVERQUOTA)\]|too many|throttl|rate limit", re.I)
_REFUSED = re.compile(rb"\[(?:AUTH\w+|EXPIRED|PRIVACYREQUIRED|NOPERM|CONTACTADMIN)\]", re.I)
T = TypeVar("T")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class ImapOptions(BaseModel):
    """A mailbox, and as whom to read it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(pattern=r"^[^\s/:@]+$")
    """The mail server, such as imap.example.org."""
    user: str = Field(pattern=r"^[!-~]+$")
    """The account."""
    password: SecretStr
    """Its password, or better `$NAME` for the environment variable NAME that holds it."""
    mailbox: str = Field("INBOX", pattern=r"^[ -~]+$")
    """The mailbox, as the server spells it."""
    tls: Tls = True
    """Encrypt the connection from its beginning; "starttls": before anything is said on it."""
    port: int | None = Field(None, ge=1, le=65_535)
    """By default 993 with TLS, 143 with "starttls" and without."""
    since: AwareDatetime | None = None
    """Leave out what was written before."""


@dataclass(frozen=True, slots=True)
class _Mailbox:
    """What the server says of a mailbox; UIDs mean something only under their validity."""

    exists: int
    validity: int
    next_uid: int


class Imap:
    """A mailbox as a source; native ids are Message-IDs.

    The cursor holds the last UID that was read and the UIDVALIDITY under which it was given:
    under another one everything is read again, which updates and doubles nothing.
    """

    Options: ClassVar[type[BaseModel]] = ImapOptions

    def __init__(
        self,
        source: str,
        options: ImapOptions,
        *,
        http: Http,
        opens: Callable[[], imaplib.IMAP4] | None = None,
    ) -> None:
        self.source = source
        self.options = options
        self._password = reveal(options.password, f"{source}.password")
        self._seconds = http.max_seconds
        self._deadline = Deadline()
        self._connect = opens or self._default

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the mails that came since `cursor`, in the order in which they came."""
        with self._session() as server:
            box = self._examine(server)
            same = cursor and cursor["validity"] == box.validity
            start = cursor["uid"] + 1 if cursor and same else 1
            for first in range(start, box.next_uid, SPAN):
                last = min(first + SPAN, box.next_uid) - 1
                uids = self._search(server, "UNDELETED", self._since(), f"UID {first}:{last}")
                wanted = sorted(uid for uid in uids if first <= uid <= last)
                for at in range(0, len(wanted), TOGETHER):
                    some = wanted[at : at + TOGETHER]
                    yield self._batch(server, some, {"validity": box.validity, "uid": some[-1]})
                yield Batch(cursor={"validity": box.validity, "uid": last})

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Look for each mail again: what was expunged, or marked to be, is gone."""
        with self._session() as server:
            box = self._examine(server)
            asked = [id_ for id_ in native_ids if re.fullmatch(r"[!-~]*@[!-~]*", id_)]
            places = {id_: self._search(server, "UNDELETED", _called(id_)) for id_ in asked}
            if box.exists and not any(places.values()):
                self._check_search(server, box)
            for id_, uids in places.items():
                if not uids:
                    yield Batch(cursor={}, tombstones=(Tombstone(id_),))
                    continue
                batch = self._batch(server, uids, {})
                same = tuple(post for post in batch.posts if post.native_id == id_)
                yield Batch(cursor={}, posts=same, skipped=batch.skipped)

    def check(self) -> Checkup:
        """Log in, and ask how many mails the mailbox has."""
        with self._session() as server:
            exists = self._examine(server).exists
        reads = f"{exists:,} mails in {self.options.mailbox} of {self.options.user}"
        return Checkup(reads=reads, items=exists)

    def _default(self) -> imaplib.IMAP4:
        o = self.options
        return connect(o.host, o.port, tls=o.tls, deadline=self._deadline)

    def _timely(self, act: Callable[[], T]) -> T:
        """Return what comes of `act`; TooSlow if that takes longer than a reply may."""
        with self._deadline.within(self._seconds):
            found = act()
        return found

    @contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        """Log in and out. What the server says is never quoted: it may echo."""
        host = self.options.host
        server: imaplib.IMAP4 | None = None
        try:
            server = opened = self._timely(self._connect)
            try:
                self._timely(lambda: opened.login(self.options.user, self._password))
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise self._refused(str(error).encode(), logging_in=True) from None
            yield server
        except TooSlow:
            raise SourceError(f"{host} answers too slowly; the next run tries again") from None
        except ssl.SSLCertVerificationError:
            raise SourceError(f"{host} shows a certificate that is not valid") from None
        except OSError as error:
            kind = type(error).__name__
            raise SourceError(
                f"{host}: the connection failed ({kind}); the next run tries again"
            ) from None
        except imaplib.IMAP4.error as error:  # also what is no IMAP, and a line that went dead
            raise self._refused(str(error).encode()) from None
        finally:
            if server is not None:
                with suppress(imaplib.IMAP4.error, OSError, TooSlow):
                    self._timely(server.logout)

    def _refused(self, said: bytes, *, logging_in: bool = False) -> SourceError | CredentialsError:
        host = self.options.host
        if _BUSY.search(said):
            resume_at = datetime.now(UTC) + PAUSE
            return RateLimited(
                f"{host} is too busy now; it can be asked again at {resume_at:%H:%M} UTC",
                resume_at=resume_at,
            )
        if logging_in or _REFUSED.search(said):
            return CredentialsError(
                f"{host} refused us; check user and password in the settings, and whether the "
                "account may be read over IMAP"
            )
        return SourceError(
            f"{host} hung up or does not answer as a mail server; the next run tries again"
        )

    def _done(self, reply: tuple[str, list[Any]]) -> list[Any]:
        kind, data = reply
        if kind != "OK":
            raise self._refused(b" ".join(part for part in data if isinstance(part, bytes)))
        return data

    def _examine(self, server: imaplib.IMAP4) -> _Mailbox:
        box = quoted(self.options.mailbox)
        kind, said = self._timely(lambda: server.select(box, readonly=True))
        words = b" ".join(part for part in said if isinstance(part, bytes))
        if kind != "OK":
            if _BUSY.search(words) or _REFUSED.search(words):
                raise self._refused(words)
            raise SourceError(
                f"{self.options.host} has no mailbox {self.options.mailbox}; check how it spells it"
            )
        exists, validity = number_in(said), number_in(server.response("UIDVALIDITY")[1])
        next_uid = number_in(server.response("UIDNEXT")[1])
        if exists is None or validity is None:
            raise SourceError(f"{self.options.host} does not say what the mailbox holds")
        if next_uid is None:  # old servers keep it to themselves
            next_uid = 1 + max(self._search(server, "UID *"), default=0)
        return _Mailbox(exists, validity, next_uid)

    def _search(self, server: imaplib.IMAP4, *criteria: str) -> list[int]:
        asked = filter(None, criteria)
        data = self._done(self._timely(lambda: server.uid("SEARCH", *asked)))
        words = b" ".join(part for part in data if isinstance(part, bytes)).split()
        return [int(word) for word in words if word.isdigit()]

    def _since(self) -> str:
        if self.options.since is None:
            return ""
        day = self.options.since.date() - timedelta(days=1)  # the server's days may be others
        return f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"

    def _batch(self, server: imaplib.IMAP4, uids: Sequence[int], cursor: JSON) -> Batch:
        posts, skipped = [], []
        for uid, raw, received_at in self._fetched(server, uids):
            try:
                mail = read_mail(raw, received_at=received_at)
            except BadItem as bad:
                where = f"{self.options.mailbox} {called(raw) or f'UID {uid}'}"
                skipped.append(Skipped(where, str(bad)))
                continue
            if self.options.since is None or mail.created_at >= self.options.since:
                space = mail.space or self.options.mailbox
                posts.append(mail.post(self.source, space=space))
        return Batch(cursor=cursor, posts=tuple(posts), skipped=tuple(skipped))

    def _fetched(
        self, server: imaplib.IMAP4, uids: Sequence[int]
    ) -> Iterator[tuple[int, bytes, datetime | None]]:
        """Yield what there is of `uids`: UID, the mail as far as it is read, when it arrived.

        A part is asked for only where the whole is too large: not every server cuts rightly.
        """
        parts = self._fetch(server, uids, "(UID RFC822.SIZE)")
        told = [re.search(rb"RFC822\.SIZE (\d+)", head) for head, _ in parts]
        sizes = {uid_in(head): int(size[1]) for (head, _), size in zip(parts, told, strict=True)
                 if size}  # fmt: skip
        whole = [uid for uid in uids if sizes.get(uid, 0) <= 4 * MAX_BYTES]
        large = [uid for uid in uids if uid not in whole]
        for some, what in ((whole, ""), *(([uid], f"<0.{MAX_BYTES}>") for uid in large)):
            for head, raw in self._fetch(server, some, f"(UID INTERNALDATE BODY.PEEK[]{what})"):
                came = re.search(rb'INTERNALDATE "([^"]{1,40})"', head)
                if raw is not None:
                    yield uid_in(head), raw, read_date(came[1].decode("latin-1")) if came else None

    def _fetch(
        self, server: imaplib.IMAP4, uids: Sequence[int], what: str
    ) -> list[tuple[bytes, bytes | None]]:
        """Return for each mail what is said of it, before and after its bytes, and these."""
        if not uids:
            return []
        numbers = ",".join(map(str, uids))
        data = self._done(self._timely(lambda: server.uid("FETCH", numbers, what)))
        found: list[tuple[bytes, bytes | None]] = []
        for part in data:
            if isinstance(part, tuple):
                found.append((part[0], part[1]))
            elif isinstance(part, bytes) and re.match(rb"\d+ \(", part):
                found.append((part, None))
            elif isinstance(part, bytes) and found:
                found[-1] = (found[-1][0] + part, found[-1][1])
        return found

    def _check_search(self, server: imaplib.IMAP4, box: _Mailbox) -> None:
        """Raise unless the server finds a mail by its id: else all would read as deleted."""
        uids = self._search(
            server, "UNDELETED", f"UID {max(1, box.next_uid - SPAN)}:{box.next_uid}"
        )
        for _, raw, _ in self._fetched(server, uids[-TOGETHER:]) if uids else ():
            if (id_ := called(raw)) and self._search(server, "UNDELETED", _called(id_[1:-1])):
                return
        if uids:
            raise SourceError(
                f"{self.options.host} finds no mail by its Message-ID, so what was deleted there "
                "cannot be told"
            )


def _called(native_id: str) -> str:
    return f"HEADER Message-ID {quoted(native_id)}"
