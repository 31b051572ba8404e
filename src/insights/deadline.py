"""Cuts a connection whose answer takes too long as a whole, however often a byte of it comes."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_OPENED = ("connect_tcp.complete", "start_tls.complete")


class TooSlow(Exception):
    """The time was over before the answer was."""


class Deadline:
    """Watches the connections that a client has open; give `trace` to each of its requests.

    Timeouts of the library hold for each read, so a server that sends one byte of a header or of
    the length of a chunk now and then would hold us for days: nobody sees these bytes but the
    library itself. They are shut, and the read that waits ends.
    """

    def __init__(self) -> None:
        self._has_passed = False
        self._seconds = 0.0
        self._timer: threading.Timer | None = None
        # an address and where it redirects to have one connection each
        self._streams: deque[Any] = deque(maxlen=8)

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Note a new connection; `event` and `info` are those of httpcore."""
        if event.endswith(_OPENED):
            self._streams.append(info["return_value"])
            self._start()

    def watch(self, line: socket.socket) -> None:
        """Note a connection that was opened by something else than httpcore."""
        self._streams.append(line)
        self._start()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Shut the connections if what is done here takes longer.

        Raises:
            TooSlow: it did; what came until then may look whole, and is not.
        """
        self._has_passed = False
        self._seconds = seconds
        if self._streams:
            self._start()
        try:
            yield
        except Exception:
            if not self._has_passed:
                raise
        finally:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if self._has_passed:
            raise TooSlow

    def _start(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(self._seconds, self._shut)
            self._timer.daemon = True
            self._timer.start()

    def _shut(self) -> None:
        self._has_passed = True
        for stream in self._streams:
            plain = isinstance(stream, socket.socket)
            found = stream if plain else stream.get_extra_info("socket")
            if isinstance(found, socket.socket):
                with suppress(OSError):  # it was closed before
                    # not an SSLSocket's own method: that drops what another thread reads with
                    socket.socket.shutdown(found, socket.SHUT_RDWR)
