"""Polite HTTP for connectors: asks once, waits when told to, and keeps every secret to itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from insights.credentials import apart, redact, reveal
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.ratelimit import is_limited, seconds_to_wait
from insights.reply import Interrupted, Moment, Payload, Reply, read_body, shaped

__all__ = ["Http", "Moment", "Payload", "Reply", "once", "reveal", "shaped"]

log = logging.getLogger(__name__)

USER_AGENT = "community-insights/0.1 (reads what people post; obeys Retry-After)"
_TRANSIENT = {408, 500, 502, 503, 504, 520, 521, 522, 523, 524}
_REDIRECTS = {301, 302, 303, 307, 308}
_BACK_OFF = wait_exponential_jitter(initial=1, max=30, jitter=1)


class _TryAgain(Exception):
    """A failure that may pass; `wait_s` is what the server asked for."""

    def __init__(self, problem: str, *, wait_s: float | None = None, limited: bool = False) -> None:
        super().__init__(problem)
        self.wait_s = wait_s
        self.limited = limited or wait_s is not None


@dataclass(frozen=True, slots=True)
class _Call:
    """One question, and which of its parts must never be shown."""

    method: str
    url: httpx.URL
    params: tuple[tuple[str, str | int], ...]
    headers: Mapping[str, str]
    auth: tuple[str, str] | None
    allow: Sequence[int] = ()
    body: object = None
    limited: Callable[[Reply], bool] | None = None

    @property
    def host(self) -> str:
        return self.url.host

    def redact(self, text: str) -> str:
        return redact(text, self.headers, self.auth)


class Http:
    """A client with a budget: bytes and seconds a reply, tries and waiting a question.

    `transport`, `sleep` and `now` are seams: give `httpx.MockTransport` and a clock in tests.
    TLS is verified. One `Http` belongs to one source; threads do not share it.
    """

    def __init__(
        self,
        *,
        max_wait: float = 60.0,
        max_tries: int = 5,
        max_bytes: int = 32 * 2**20,
        max_seconds: float = 120.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.max_wait = max_wait
        self.max_tries = max_tries
        self.max_bytes = max_bytes
        self.max_seconds = max_seconds
        self._transport = transport
        self._sleep = sleep
        self._now = now
        self._client: httpx.Client | None = None
        self._asleep_until: datetime | None = None

    def get(
        self,
        url: str,
        *,
        params: Sequence[tuple[str, str | int]] = (),
        headers: Mapping[str, str] | None = None,
        allow: Sequence[int] = (),
    ) -> Reply:
        """Ask for `url`; a status in `allow` is an answer, any other failure is raised.

        Raises:
            CredentialsError: 401, or a 403 that is no rate limit.
            RateLimited: the server wants more patience than `max_wait` seconds.
            SourceError: anything else that is still wrong after `max_tries` tries.
        """
        place, auth = apart(url)
        return self._ask(_Call("GET", place, tuple(params), headers or {}, auth, allow))

    def post(
        self,
        url: str,
        *,
        json: object,
        headers: Mapping[str, str] | None = None,
        limited: Callable[[Reply], bool] | None = None,
    ) -> Reply:
        """Send a question as JSON; as with `get`, it may be sent again, so it must only read.

        `limited` recognises a rate limit that comes inside a body with status 200.
        """
        place, auth = apart(url)
        return self._ask(_Call("POST", place, (), headers or {}, auth, (), json, limited))

    def pages(
        self,
        url: str,
        *,
        params: Sequence[tuple[str, str | int]] = (),
        headers: Mapping[str, str] | None = None,
        allow: Sequence[int] = (),
    ) -> Iterator[Reply]:
        """Follow Link headers verbatim on the same host; a page that comes twice is an error.

        `allow` is as for `get`, of the first page.
        """
        reply = self.get(url, params=params, headers=headers, allow=allow)
        seen = {reply.url}
        yield reply
        while (next_url := reply.next_url) is not None:
            _check_same_place(apart(url)[0], apart(next_url)[0])
            once(seen, next_url, "page")
            reply = self.get(next_url, headers=headers)
            yield reply

    def hold(self, until: datetime) -> None:
        """Ask nothing before `until`: the source said that we have asked enough."""
        self._asleep_until = until

    def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, call: _Call) -> Reply:
        waited = 0.0

        def wait_s(state: RetryCallState) -> float:
            nonlocal waited
            problem = state.outcome.exception() if state.outcome else None
            asked = problem.wait_s if isinstance(problem, _TryAgain) else None
            seconds = _BACK_OFF(state) if asked is None else max(asked, 1.0)
            if waited + seconds > self.max_wait:
                self._give_up(call, problem, seconds)
            waited += seconds
            log.info("%s: %s; trying again in %.0f s", call.host, problem, seconds)
            return seconds

        retrying = Retrying(
            sleep=self._sleep,
            stop=stop_after_attempt(self.max_tries),
            wait=wait_s,
            retry=retry_if_exception_type(_TryAgain),
            reraise=True,
        )
        try:
            return retrying(self._try, call)
        except _TryAgain as problem:
            self._give_up(call, problem, problem.wait_s or 60.0)

    def _give_up(self, call: _Call, problem: BaseException | None, seconds: float) -> NoReturn:
        if isinstance(problem, _TryAgain) and problem.limited:
            resume_at = self._now() + timedelta(seconds=seconds)
            raise RateLimited(
                f"{call.host}: {problem}; it can be asked again at {resume_at:%Y-%m-%d %H:%M} UTC",
                resume_at=resume_at,
            ) from None
        raise SourceError(f"{call.host}: {problem}; the next run tries again") from None

    def _try(self, call: _Call) -> Reply:
        self._wait_for_rest()
        url = call.url
        for _ in range(6):
            reply = self._send(call, url)
            target = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not target:
                return self._judged(call, reply)
            if call.method != "GET" and reply.status < 307:
                break  # a redirected question would lose its body
            try:
                there = apart(str(url.join(target)))[0]
            except (httpx.InvalidURL, ValueError):
                break
            _check_same_place(url, there)
            url = there
        raise SourceError(
            f"{call.host} redirects without end; is its address in the settings right?"
        )

    def _wait_for_rest(self) -> None:
        seconds = (self._asleep_until - self._now()).total_seconds() if self._asleep_until else 0
        self._asleep_until = None
        if seconds > 0:
            raise _TryAgain("it limits how often we may ask", wait_s=seconds, limited=True)

    def _judged(self, call: _Call, reply: Reply) -> Reply:
        limited = is_limited(reply.status, reply.headers, reply.content)
        if limited or (reply.status == 200 and call.limited is not None and call.limited(reply)):
            status = reply.status if limited else 403  # as there, silence means a minute
            wait_s = seconds_to_wait(status, reply.headers, now=self._now())
            raise _TryAgain("it limits how often we may ask", wait_s=wait_s, limited=True)
        if reply.status in _TRANSIENT:
            told = "retry-after" in reply.headers
            wait_s = seconds_to_wait(503, reply.headers, now=self._now()) if told else None
            raise _TryAgain(f"it failed with status {reply.status}", wait_s=wait_s)
        if reply.status < 300 or reply.status in call.allow:
            self._remember_rest(call, reply)
            return reply
        said = call.redact(reply.said)
        if reply.status in {401, 403}:
            raise CredentialsError(
                f"{call.host} refused us with status {reply.status}{said}; check the key or token "
                "in the settings and what it may read"
            )
        raise SourceError(f"{reply.url} answered with status {reply.status}{said}")

    def _remember_rest(self, call: _Call, reply: Reply) -> None:
        if reply.headers.get("x-ratelimit-remaining") == "0":
            seconds = seconds_to_wait(200, reply.headers, now=self._now())
            if seconds:
                self.hold(self._now() + timedelta(seconds=seconds))

    def _send(self, call: _Call, url: httpx.URL) -> Reply:
        if self._client is None:
            self._client = httpx.Client(
                transport=self._transport,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
                timeout=httpx.Timeout(30.0, connect=10.0),
            )
        params = call.params if url is call.url else ()  # a redirect brings its own query
        shown = call.redact(str(url.copy_merge_params(params) if params else url))
        deadline = self._now() + timedelta(seconds=self.max_seconds)
        try:
            request = self._client.build_request(
                call.method, url, params=params or None, headers=call.headers, json=call.body
            )
            response = self._client.send(request, stream=True, auth=call.auth)
            try:
                content = read_body(
                    response,
                    url=shown,
                    max_bytes=self.max_bytes,
                    in_time=lambda: self._now() < deadline,
                )
            finally:
                response.close()
        except Interrupted:
            raise _TryAgain("its reply broke off") from None
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, UnicodeEncodeError):
            raise SourceError(f"{call.host}: its address or key is malformed") from None
        except httpx.TransportError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise SourceError(f"{call.host} shows a certificate that is not valid") from None
            raise _TryAgain(f"the connection failed ({type(error).__name__})") from None
        return Reply(
            url=shown, status=response.status_code, headers=response.headers, content=content
        )


def once(seen: set[str], key: str, what: str) -> None:
    """Note that `key` was walked; a `what` that comes again would be walked for ever."""
    if key in seen:
        raise SourceError(f"the same {what} came twice; the server goes round in circles")
    seen.add(key)


def _check_same_place(here: httpx.URL, there: httpx.URL) -> None:
    """Keep to the host of the settings: credentials stay there, and no inner address is reached."""
    upgraded = (here.scheme, there.scheme) == ("http", "https")
    same_port = upgraded or (here.scheme, here.port) == (there.scheme, there.port)
    if here.host != there.host or not same_port:
        raise SourceError(
            f"{here.host} sends us to {there.host or 'nowhere'}; if that is its new home, put it "
            "into the settings"
        )
