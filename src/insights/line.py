"""The line beneath a client: one exchange at a time, bounded in bytes and seconds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import httpx

from insights.deadline import Deadline, TooSlow
from insights.errors import SourceError
from insights.onward import check_public
from insights.question import Question
from insights.reply import Interrupted, Reply, read_body

USER_AGENT = "community-insights/0.1 (reads what people post; obeys Retry-After)"


class Line:
    """Opens connections when they are needed, verifies TLS, and follows nothing by itself.

    Unless `allow_private`, it hangs up before a byte is sent where the other end is an address of
    this machine or of a network that is not public, whatever name leads there.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None,
        now: Callable[[], datetime],
        max_bytes: int,
        max_seconds: float,
        allow_private: bool,
    ) -> None:
        self._transport = transport
        self._now = now
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._allow_private = allow_private
        self._client: httpx.Client | None = None
        self._deadline = Deadline()

    def ask(self, call: Question, url: httpx.URL) -> Reply:
        """Ask once; of what is sent once, the status counts even where the body broke off.

        Raises:
            TooSlow: the answer as a whole takes too long.
            Interrupted: its body is shorter than announced.
            httpx.TransportError: the connection failed.
            SourceError: the answer is larger than is read, or the other end is not public.
        """
        if call.once:
            self.close()  # a connection that they gave up meanwhile would leave it undecided
        shown = call.shown(url)
        deadline = self._now() + timedelta(seconds=self._max_seconds)
        response, content = None, b""
        try:
            request = self._open().build_request(
                call.method, url, params=call.params_at(url) or None, headers=call.headers,
                json=call.body, data=call.form, content=call.content,
                extensions={"trace": self._trace},
            )  # fmt: skip
            with self._deadline.within(self._max_seconds):
                response = self._open().send(request, stream=True, auth=call.auth)
                with closing(response):
                    content = read_body(
                        response, url=shown, max_bytes=self._max_bytes,
                        in_time=lambda: self._now() < deadline,
                    )  # fmt: skip
        except (TooSlow, Interrupted, SourceError, httpx.TransportError):
            if response is None or not call.once:
                raise
            content = b""
        return Reply(
            url=shown, status=response.status_code, headers=response.headers, content=content
        )

    def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self) -> httpx.Client:
        if self._client is None:
            names = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
            timeout = httpx.Timeout(30.0, connect=10.0)
            self._client = httpx.Client(transport=self._transport, headers=names, timeout=timeout)
        return self._client

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("connect_tcp.complete") and not self._allow_private:
            stream = info["return_value"]
            try:
                check_public(stream.get_extra_info("server_addr")[0])
            except SourceError:
                stream.close()
                raise
        self._deadline.trace(event, info)
