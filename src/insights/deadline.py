"""Cuts a connection whose answer takes too long as a whole, however often a byte of it comes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_OPENED = ("connect_tcp.complete", "start_tls.complete")


class TooSlow(Exception):
    """The time was over before the answer was."""


class Deadline:
    """Watches the connection that a client has open; give `trace` to each of its requests.

    Timeouts of the library hold for each read, so a server that sends one byte of a header or of
    the length of a chunk now and then would hold us for days: nobody sees these bytes but the
    library itself. The connection is shut, and the read that waits for it ends.
    """

    def __init__(self) -> None:
        self._has_passed = False
        self._stream: Any = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Note the newest connection; `event` and `info` are those of httpcore."""
        if event.endswith(_OPENED):
            self._stream = info["return_value"]

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Shut the connection if what is done here takes longer.

        Raises:
            TooSlow: it did; what came until then may look whole, and is not.
        """
        self._has_passed = False
        timer = threading.Timer(seconds, self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if not self._has_passed:
                raise
        finally:
            timer.cancel()
        if self._has_passed:
            raise TooSlow

    def _shut(self) -> None:
        self._has_passed = True
        found = self._stream.get_extra_info("socket") if self._stream is not None else None
        if isinstance(found, socket.socket):
            with suppress(OSError):  # it was closed meanwhile
                # not the method of an SSLSocket, which drops what another thread is reading with
                socket.socket.shutdown(found, socket.SHUT_RDWR)
