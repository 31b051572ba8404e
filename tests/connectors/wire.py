"""Lets connectors that speak over a socket be put to promises that speak of HTTP.

What is sent over the wire becomes a request, so that it can be counted, cut off and answered by
faults; a reply is what comes back over the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import httpx

from insights.http import Http
from insights.testing import PROMISES

# A line has no way to name the time to come back at; what a busy server does is tested by itself.
ON_A_WIRE = [promise for promise in PROMISES if promise != "retry_after_is_obeyed"]

_sessions = count(1)


class Wire:
    """One connection to a scripted server; `failed` says how its protocol tells of a status."""

    def __init__(self, http: Http, failed: Callable[[int, str, bytes], bytes]) -> None:
        transport = http._transport  # what stands between a connector and its server
        assert transport is not None
        self._transport = transport
        self._failed = failed
        self._session = next(_sessions)
        self.arrived = bytearray()
        self.send(b"")

    def send(self, data: bytes) -> None:
        """Send one command, none at all being the call; what is answered has then arrived."""
        request = httpx.Request("POST", f"http://wire.example/{self._session}", content=data)
        try:
            response = self._transport.handle_request(request)
        except httpx.TransportError:
            raise ConnectionResetError("the line is dead") from None
        content = response.read()
        if response.status_code == 200:
            self.arrived += content
        else:
            self.arrived += self._failed(response.status_code, content.decode(), data)

    def read(self, size: int) -> bytes:
        taken = bytes(self.arrived[:size])
        del self.arrived[:size]
        return taken

    def readline(self, limit: int = -1, /) -> bytes:
        end = self.arrived.find(b"\n") + 1 or len(self.arrived)
        return self.read(min(end, limit) if limit >= 0 else end)

    def write(self, data: bytes, /) -> None:
        if data != b"QUIT\r\n":  # hanging up asks for nothing
            self.send(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...
