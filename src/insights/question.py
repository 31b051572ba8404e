"""One question that is asked, and which failures of it may pass or leave it open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from insights.credentials import redact
from insights.errors import CredentialsError, SourceError, Undecided
from insights.ratelimit import is_limited, seconds_to_wait, told_in_body
from insights.reply import Reply

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""Failures before the first byte of a question was sent."""

_TRANSIENT = {408, 500, 502, 503, 504, 520, 521, 522, 523, 524}
_REFUSED = {501, 505, 521, 523, 525, 526}
"""What servers and proxies answer that did not pass the question on."""


class TryAgain(Exception):
    """A failure that may pass; `wait_s` is what the server asked for."""

    def __init__(self, problem: str, *, wait_s: float | None = None, limited: bool = False) -> None:
        super().__init__(problem)
        self.wait_s = wait_s
        self.limited = limited or wait_s is not None


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and which of its parts must never be shown."""

    method: str
    url: httpx.URL
    params: tuple[tuple[str, str | int], ...]
    headers: Mapping[str, str]
    auth: tuple[str, str] | None
    allow: Sequence[int] = ()
    body: object = None
    form: Mapping[str, str] | None = None
    limited: Callable[[Reply], bool] | None = None
    throttled: Callable[[Reply], float | None] | None = None
    content: bytes | None = None
    once: bool = False
    """Whether it changes something there, so that it must not be sent twice."""

    @property
    def host(self) -> str:
        """Who is asked."""
        return self.url.host

    def redact(self, text: str) -> str:
        """Put stars in place of everything secret."""
        return redact(text, {**self.headers, **(self.form or {})}, self.auth)

    def params_at(self, url: httpx.URL) -> tuple[tuple[str, str | int], ...]:
        """Return what is added to `url`: a redirect brings its own query."""
        return self.params if url is self.url else ()

    def shown(self, url: httpx.URL) -> str:
        """Return `url` as it may be told."""
        params = self.params_at(url)
        return self.redact(str(url.copy_merge_params(params) if params else url))

    def check_once(self, problem: str) -> None:
        """Raise Undecided where what was sent may have been taken, and must not come twice."""
        if self.once:
            raise Undecided(
                f"{self.host}: {problem} after it was sent, so whether it was taken cannot be known"
            )

    def check_not_taken(self, reply: Reply) -> None:
        """Raise Undecided unless the status says that it was taken, or that it was not.

        302 and 303 are also what forms answer that took something, and a 500 may come afterwards.
        """
        status = reply.status
        later = status == 503 and "retry-after" in reply.headers
        failed = status >= 500 and status not in _REFUSED and not later
        if (failed or status in (302, 303)) and status not in self.allow:
            self.check_once(f"it answered with status {status}")

    def check_answer(self, reply: Reply, now: datetime) -> None:
        """Let pass what is an answer.

        Raises:
            TryAgain: it may be one later.
            Undecided: see `check_not_taken`.
            CredentialsError: 401, or a 403 that is no rate limit.
            SourceError: anything else.
        """
        limited = is_limited(reply.status, reply.headers, reply.content)
        if limited or (reply.status == 200 and self.limited is not None and self.limited(reply)):
            status = reply.status if limited else 403  # as there, silence means a minute
            told = told_in_body(reply.content)
            wait_s = seconds_to_wait(status, reply.headers, now=now, told=told)
            raise TryAgain("it limits how often we may ask", wait_s=wait_s, limited=True)
        if self.throttled is not None and (asked := self.throttled(reply)) is not None:
            raise TryAgain("it limits how often we may ask", wait_s=asked, limited=True)
        self.check_not_taken(reply)
        if reply.status in _TRANSIENT:
            named = "retry-after" in reply.headers
            wait_s = seconds_to_wait(503, reply.headers, now=now) if named else None
            raise TryAgain(f"it failed with status {reply.status}", wait_s=wait_s)
        if reply.status < 300 or reply.status in self.allow:
            return
        said = self.redact(reply.said)
        if reply.status in {401, 403}:
            raise CredentialsError(
                f"{self.host} refused us with status {reply.status}{said}; check the key or token "
                "in the settings and what it may do"
            )
        raise SourceError(f"{reply.url} answered with status {reply.status}{said}")
