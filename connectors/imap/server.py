"""Opens a connection to a mail server, encrypted where that is asked for, and timed."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Literal

from insights.deadline import Deadline
from insights.errors import SourceError

Tls = bool | Literal["starttls"]
TIMEOUT_S: Final = 30.0


class _Timed(imaplib.IMAP4):
    """Shows its connection to a deadline before anything is read from it."""

    def __init__(self, deadline: Deadline, *where: Any, **how: Any) -> None:
        self._deadline = deadline
        super().__init__(*where, **how)

    def open(self, *where: Any, **how: Any) -> None:
        super().open(*where, **how)
        self._deadline.watch(self.sock)


class _TimedTls(_Timed, imaplib.IMAP4_SSL):
    """The same, encrypted from its beginning."""


def connect(host: str, port: int | None, *, tls: Tls, deadline: Deadline) -> imaplib.IMAP4:
    """Open a connection; an encrypted one is to a server with a valid certificate for `host`.

    Raises:
        SourceError: STARTTLS is asked for, and the server does not offer it.
    """
    context = ssl.create_default_context()  # imaplib's own checks no certificate
    if tls is True:
        return _TimedTls(deadline, host, port or 993, ssl_context=context, timeout=TIMEOUT_S)
    server = _Timed(deadline, host, port or 143, timeout=TIMEOUT_S)
    try:
        if tls == "starttls":
            if "STARTTLS" not in server.capabilities:
                raise SourceError(f"{host} offers no STARTTLS; set tls = true, and its port")
            server.starttls(context)
            deadline.watch(server.sock)
    except BaseException:
        with suppress(OSError):
            server.shutdown()
        raise
    return server


def uid_in(head: bytes) -> int:
    """Return the UID that is named in what is said of a mail, 0 without one."""
    found = re.search(rb"\bUID (\d+)", head)
    return int(found[1]) if found else 0


def quoted(text: str) -> str:
    """Return a text as a string of the protocol."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def number_in(data: Sequence[Any]) -> int | None:
    """Return the number that an answer ends with, None if that is none."""
    last = data[-1] if data else None
    return int(last) if isinstance(last, bytes) and last.isdigit() else None
