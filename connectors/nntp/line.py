"""Speaks NNTP (RFC 3977): commands, and replies of one line or many, in bounded memory."""

from __future__ import annotations

import io
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar

from insights.errors import CredentialsError, RateLimited, SourceError
from insights.mail import MAX_BYTES

if TYPE_CHECKING:
    from typing_extensions import Buffer

TIMEOUT_S: Final = 30.0
MOST: Final = 2**28
"""Bytes of one reply; what goes on longer has no end."""

PAUSE: Final = timedelta(minutes=15)
"""How long a server is left alone that is too busy; it names no time."""

NO_STARTTLS: Final = {483, 500, 501, 502, 503, 580}
"""Codes by which a server says that it cannot encrypt the connection."""

DEMANDS: Final = {480, 481, 482, 483, 502}
"""Codes that say who we are does not suffice."""

_LINE = 2**16
_REPLY = re.compile(rb"([1-5]\d\d)(?: |\r?\n|$)([^\r\n]*)")
T = TypeVar("T")
Tls = bool | Literal["starttls"]


class Stream(Protocol):
    """A connection as a file that can be encrypted on the way."""

    def write(self, data: bytes, /) -> object:
        """Take `data`, to be sent at the next `flush`."""

    def flush(self) -> object:
        """Send what was written."""

    def readline(self, limit: int = -1, /) -> bytes:
        """Return a line, or `limit` bytes of it; nothing when the other side hung up."""
        ...

    def secure(self) -> object:
        """Encrypt it from here on."""

    def close(self) -> object:
        """Hang up."""


class _Timed(io.RawIOBase):
    """What comes over a socket until its time is over, however often a byte of it comes."""

    def __init__(self, source: socket.socket, seconds: float) -> None:
        self._source = source
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Give the next reply all of its time."""
        self._until = monotonic() + self._seconds

    def readable(self) -> bool:
        """Say that it can be read, as a stream must."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Wait for more; TimeoutError if the time is over."""
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        self._source.settimeout(min(left, TIMEOUT_S))
        return self._source.recv_into(buffer)


class Connection:
    """A connection; an encrypted one is to a server that shows a valid certificate for `host`.

    A reply has `seconds` to come whole.
    """

    def __init__(self, host: str, port: int, *, tls: Tls, seconds: float) -> None:
        self._host = host
        self._seconds = seconds
        self._use(socket.create_connection((host, port), timeout=TIMEOUT_S))
        if tls is True:
            self.secure()

    def _use(self, line: socket.socket) -> None:
        self._socket = line
        self._timed = _Timed(line, self._seconds)
        self._file = io.BufferedReader(self._timed)

    def secure(self) -> None:
        """Encrypt it from here on; what came before and was not read is dropped."""
        context = ssl.create_default_context()
        self._use(context.wrap_socket(self._socket, server_hostname=self._host))

    def write(self, data: bytes, /) -> None:
        """Send `data`; what is answered has its time from now on."""
        self._timed.begin()
        self._socket.sendall(data)

    def flush(self) -> None:
        """Do nothing: all was sent."""

    def readline(self, limit: int = -1, /) -> bytes:
        """Return a line, or `limit` bytes of it; nothing when the other side hung up."""
        return self._file.readline(limit)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Line:
    """One connection to a news server. Nothing that the server says is quoted: it may echo."""

    def __init__(self, open_stream: Callable[[], Stream], host: str, *, starttls: bool) -> None:
        self._host = host
        self._stream = self._tried(open_stream)
        self._judged(self._reply(), {200, 201})
        if starttls:
            if self.ask("STARTTLS", {382} | NO_STARTTLS)[0] != 382:
                self.close()
                raise SourceError(f"{host} offers no STARTTLS; set tls = true, and its port")
            self._tried(self._stream.secure)

    def log_in(self, user: str, password: str) -> None:
        """Say who we are. CredentialsError: the server does not want us."""
        code = self.ask(f"AUTHINFO USER {user}", {281, 381})[0]
        if code == 381:
            self.ask(f"AUTHINFO PASS {password}", {281})

    def ask(self, command: str, allow: set[int]) -> tuple[int, str]:
        """Send a command; return code and text of a reply that is among `allow`.

        Raises:
            CredentialsError: the server wants to know who we are, or does not let us.
            RateLimited: it is too busy now.
            SourceError: it answers anything else, or the connection broke.
        """

        def send() -> None:
            self._stream.write(command.encode("utf-8", "surrogateescape") + b"\r\n")
            self._stream.flush()

        self._tried(send)
        return self._judged(self._reply(), allow)

    def block(self) -> bytes:
        """Return the lines that follow a reply, of a long one the first `MAX_BYTES`."""
        return b"".join(self._whole())

    def close(self) -> None:
        """Hang up."""
        try:
            self._stream.write(b"QUIT\r\n")
            self._stream.flush()
            self._stream.close()
        except OSError:
            pass  # it hung up first

    def _whole(self) -> Iterator[bytes]:
        size, start = 0, True
        while True:
            piece = self._tried(lambda: self._stream.readline(_LINE))
            if not piece:
                raise SourceError(f"{self._host} hung up in the middle of a reply")
            if start and piece.rstrip(b"\r\n") == b".":
                return
            if start and piece.startswith(b".."):
                piece = piece[1:]
            start = piece.endswith(b"\n")
            size += len(piece)
            if size > MOST:
                raise SourceError(f"{self._host} sends a reply without end")
            if size <= MAX_BYTES:
                yield piece[:-2] + b"\n" if piece.endswith(b"\r\n") else piece

    def _reply(self) -> tuple[int, str]:
        found = _REPLY.match(self._tried(lambda: self._stream.readline(_LINE)))
        if found is None:
            raise SourceError(f"{self._host} does not answer as a news server; check host and port")
        return int(found[1]), found[2].decode("utf-8", "replace")

    def _judged(self, reply: tuple[int, str], allow: set[int]) -> tuple[int, str]:
        code = reply[0]
        if code in allow:
            return reply
        if code == 400:
            resume_at = datetime.now(UTC) + PAUSE
            raise RateLimited(
                f"{self._host} is too busy now; it can be asked again at {resume_at:%H:%M} UTC",
                resume_at=resume_at,
            )
        if code in DEMANDS:
            raise CredentialsError(
                f"{self._host} refused us with code {code}; check user and password in the "
                "settings and what they may read"
            )
        if code == 411:
            raise SourceError(f"{self._host} has no such group; check its name")
        raise SourceError(f"{self._host} answered with code {code}, which is no answer to that")

    def _tried(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except ssl.SSLCertVerificationError:
            raise SourceError(f"{self._host} shows a certificate that is not valid") from None
        except OSError as error:
            raise SourceError(
                f"{self._host}: the connection failed ({type(error).__name__}); the next run "
                "tries again"
            ) from None
