"""Polite HTTP for connectors: asks once, waits when told to, and keeps every secret to itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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

from insights.credentials import apart, reveal
from insights.deadline import TooSlow
from insights.errors import InsightsError, PublishError, RateLimited, SourceError
from insights.line import Line
from insights.onward import beside, check_same_place
from insights.question import NEVER_LEFT, Question, TryAgain
from insights.ratelimit import is_spent, seconds_to_wait
from insights.reply import Interrupted, Moment, Payload, Reply, shaped

__all__ = ["Http", "Moment", "Payload", "Reply", "beside", "once", "reveal", "shaped"]

log = logging.getLogger(__name__)

_REDIRECTS = {301, 302, 303, 307, 308}
HEARTBEAT_S = 5.0
_BACK_OFF = wait_exponential_jitter(initial=1, max=30, jitter=1)


class Http:
    """A client with a budget: bytes and seconds a reply, tries and waiting a question.

    `transport`, `sleep` and `now` are seams: give `httpx.MockTransport` and a clock in tests.
    TLS is verified; without `allow_private`, no address of this machine or of an inner network is
    reached. One `Http` belongs to one source; threads do not share it. It counts its
    `requests` and the seconds that it waited, `waited_s`; `on_wait`, if set, is told every few
    seconds how many of a wait are left.
    """

    def __init__(
        self,
        *,
        max_wait: float = 60.0,
        max_tries: int = 5,
        max_bytes: int = 32 * 2**20,
        max_seconds: float = 120.0,
        allow_private: bool = True,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.max_wait = max_wait
        self.max_tries = max_tries
        self.max_seconds = max_seconds
        self._transport = transport
        self._sleep = sleep
        self._now = now
        self._line = Line(
            transport=transport, now=now, max_bytes=max_bytes, max_seconds=max_seconds,
            allow_private=allow_private,
        )  # fmt: skip
        self._asleep_until: datetime | None = None
        self.requests = 0
        self.waited_s = 0.0
        self.on_wait: Callable[[float], None] | None = None

    def get(
        self,
        url: str,
        *,
        params: Sequence[tuple[str, str | int]] = (),
        headers: Mapping[str, str] | None = None,
        allow: Sequence[int] = (),
        throttled: Callable[[Reply], float | None] | None = None,
        limited: Callable[[Reply], bool] | None = None,
    ) -> Reply:
        """Ask for `url`; a status in `allow` is an answer, any other failure is raised.

        `throttled` reads from a reply of any status how many seconds it wants us to wait;
        `limited` sees a limit in a good answer.

        Raises:
            CredentialsError: 401, or a 403 that is no rate limit.
            RateLimited: the server wants more patience than `max_wait` seconds.
            SourceError: anything else that is still wrong after `max_tries` tries.
        """
        place, auth = apart(url)
        call = Question(
            "GET", place, tuple(params), headers or {}, auth, allow,
            limited=limited, throttled=throttled,
        )  # fmt: skip
        return self._ask(call)

    def post(
        self,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        allow: Sequence[int] = (),
        limited: Callable[[Reply], bool] | None = None,
    ) -> Reply:
        """Send a question as JSON, or as a form whose values are kept secret.

        It may be sent again, so it must only read. `limited` sees a limit in a good answer.
        """
        place, auth = apart(url)
        return self._ask(
            Question("POST", place, (), headers or {}, auth, allow, json, form, limited)
        )

    def send(
        self,
        url: str,
        *,
        method: str = "POST",
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        allow: Sequence[int] = (),
        limited: Callable[[Reply], bool] | None = None,
    ) -> Reply:
        """Send what changes something there, as JSON or as `content` byte by byte, once.

        It is sent again only after what surely was not taken: no connection, a limit, a 503 that
        names a time. `allow` and `limited` are as for `get`. Of an answer whose body broke off the
        content is empty.

        Raises:
            Undecided: it may have been taken.
            PublishError: it surely was not taken; the sentence says why, and what to do.
        """
        try:
            place, auth = apart(url)
            call = Question(
                method, place, (), headers or {}, auth, allow, json,
                limited=limited, content=content, once=True,
            )  # fmt: skip
            return self._ask(call)
        except PublishError:
            raise
        except InsightsError as error:
            raise PublishError(str(error)) from None

    def pages(
        self,
        url: str,
        *,
        params: Sequence[tuple[str, str | int]] = (),
        headers: Mapping[str, str] | None = None,
        allow: Sequence[int] = (),
    ) -> Iterator[Reply]:
        """Follow Link headers verbatim on the same host; a page that comes twice is an error.

        `allow` is as for `get`, of the first page; where `headers` hold validators of an earlier
        reply, it may also have status 304.
        """
        reply = self.get(url, params=params, headers=headers, allow=(304, *allow))
        seen = {reply.url}
        yield reply
        while (next_url := reply.next_url) is not None:
            check_same_place(apart(url)[0], apart(next_url)[0])
            once(seen, next_url, "page")
            reply = self.get(next_url, headers=headers)
            yield reply

    def hold(self, until: datetime) -> None:
        """Ask nothing before `until`: the source said that we have asked enough."""
        self._asleep_until = until

    def later(self, seconds: float) -> datetime:
        """The moment that lies `seconds` ahead, for `hold`."""
        return self._now() + timedelta(seconds=seconds)

    def close(self) -> None:
        """Give the connections back."""
        self._line.close()

    def _ask(self, call: Question) -> Reply:
        waited = 0.0

        def wait_s(state: RetryCallState) -> float:
            nonlocal waited
            problem = state.outcome.exception() if state.outcome else None
            asked = problem.wait_s if isinstance(problem, TryAgain) else None
            seconds = _BACK_OFF(state) if asked is None else max(asked, 1.0)
            if waited + seconds > self.max_wait:
                self._give_up(call, problem, seconds)
            waited += seconds
            log.info("%s: %s; trying again in %.0f s", call.host, problem, seconds)
            return seconds

        retrying = Retrying(
            sleep=self._wait,
            stop=stop_after_attempt(self.max_tries),
            wait=wait_s,
            retry=retry_if_exception_type(TryAgain),
            reraise=True,
        )
        try:
            return retrying(self._try, call)
        except TryAgain as problem:
            self._give_up(call, problem, problem.wait_s or 60.0)

    def _wait(self, seconds: float) -> None:
        self.waited_s += seconds
        while self.on_wait is not None and seconds > HEARTBEAT_S:
            self.on_wait(seconds)
            self._sleep(HEARTBEAT_S)
            seconds -= HEARTBEAT_S
        self._sleep(seconds)

    def _give_up(self, call: Question, problem: BaseException | None, seconds: float) -> NoReturn:
        if isinstance(problem, TryAgain) and problem.limited:
            resume_at = self._now() + timedelta(seconds=seconds)
            raise RateLimited(
                f"{call.host}: {problem}; it can be asked again at {resume_at:%Y-%m-%d %H:%M} UTC",
                resume_at=resume_at,
            ) from None
        raise SourceError(f"{call.host}: {problem}; the next run tries again") from None

    def _try(self, call: Question) -> Reply:
        self._wait_for_rest()
        url = call.url
        for _ in range(6):
            reply = self._send(call, url)
            target = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not target:
                call.check_answer(reply, self._now())
                self._remember_rest(reply)
                return reply
            if call.method != "GET" and reply.status < 307:
                call.check_not_taken(reply)
                break  # a redirected question would lose its body
            try:
                there = apart(str(url.join(target)))[0]
            except (httpx.InvalidURL, ValueError):
                break
            check_same_place(url, there)
            url = there
        raise SourceError(
            f"{call.host} redirects without end; is its address in the settings right?"
        )

    def _wait_for_rest(self) -> None:
        seconds = (self._asleep_until - self._now()).total_seconds() if self._asleep_until else 0
        if seconds > 0:
            raise TryAgain("it limits how often we may ask", wait_s=seconds, limited=True)
        self._asleep_until = None

    def _remember_rest(self, reply: Reply) -> None:
        if is_spent(reply.headers):
            seconds = seconds_to_wait(200, reply.headers, now=self._now())
            if seconds:
                self.hold(self._now() + timedelta(seconds=seconds))

    def _send(self, call: Question, url: httpx.URL) -> Reply:
        self.requests += 1
        try:
            return self._line.ask(call, url)
        except TooSlow:
            call.check_once("no whole answer came in time")
            said = f"{call.shown(url)} answers too slowly; the next run tries again"
            raise SourceError(said) from None
        except Interrupted:
            raise TryAgain("its reply broke off") from None
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, UnicodeEncodeError):
            raise SourceError(f"{call.host}: its address or key is malformed") from None
        except httpx.TransportError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise SourceError(f"{call.host} shows a certificate that is not valid") from None
            if not isinstance(error, NEVER_LEFT):
                call.check_once(f"the connection failed ({type(error).__name__})")
            raise TryAgain(f"the connection failed ({type(error).__name__})") from None


def once(seen: set[str], key: str, what: str) -> None:
    """Note that `key` was walked; a `what` that comes again would be walked for ever."""
    if key in seen:
        raise SourceError(f"the same {what} came twice; the server goes round in circles")
    seen.add(key)
