"""A connector run against a scripted server: no socket is opened and no time passes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

import httpx

from insights.errors import InsightsError
from insights.http import Http
from insights.models import JSON, Batch, Checkup, Post, Skipped
from insights.protocols import Connector


class ScriptedServer(Protocol):
    """A community that does as it is told. Native ids are those that the connector will use."""

    token: str
    """What a request must carry to be answered; empty where nothing is asked for."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as the vendor does; files are read directly and need not answer."""
        ...

    def add(self, text: str, *, same_time: bool = False) -> str:
        """Post `text`, later than all others or at the very time of the last; return its id."""
        ...

    def edit(self, native_id: str, text: str) -> None:
        """Let the author change a post."""
        ...

    def delete(self, native_id: str) -> None:
        """Let the author delete a post."""
        ...

    def spoil(self, native_id: str) -> None:
        """Make what is said of this one post unreadable, and of no other."""
        ...


S = TypeVar("S", bound=ScriptedServer)
Handler = Callable[[httpx.Request], httpx.Response]


TEXTS: Final = tuple(f"Export number {n} fails when the device is offline" for n in range(12))
"""What is written into a server where nothing else is said."""


class Broken(AssertionError):
    """A promise that a connector did not keep."""


@dataclass
class Clock:
    """A time that passes only by sleeping."""

    now_at: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self.slept.append(seconds)
        self.now_at += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Tell the time."""
        return self.now_at


@dataclass
class Shelf:
    """What a store would hold after the batches it was given."""

    posts: dict[str, Post] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)
    cursor: JSON | None = None

    def take(self, batch: Batch, *, keep_cursor: bool = False) -> None:
        """Do with a batch what ingest does, in one transaction."""
        for post in batch.posts:
            self.posts[post.native_id] = post
            self.gone.discard(post.native_id)
        for tombstone in batch.tombstones:
            self.posts.pop(tombstone.native_id, None)
            self.gone.add(tombstone.native_id)
        self.skipped += batch.skipped
        if not keep_cursor:
            self.cursor = json.loads(json.dumps(batch.cursor))

    def copy(self) -> Shelf:
        """A shelf that goes its own way from here."""
        return Shelf(dict(self.posts), set(self.gone), list(self.skipped), self.cursor)


@dataclass
class Trial(Generic[S]):
    """One connector kind and its server, with ways to run the one against the other."""

    make: Callable[[Http, S], Connector]
    new_server: Callable[[], S]
    clock: Clock = field(default_factory=Clock)
    requests: int = 0

    def server(self, *texts: str) -> S:
        """Start a server that holds `texts`."""
        server = self.new_server()
        for text in texts:
            server.add(text)
        return server

    def connector(self, server: S, handler: Handler | None = None) -> Connector:
        """Build the connector; `handler` may stand between it and the server."""

        def answer(request: httpx.Request) -> httpx.Response:
            self.requests += 1
            return (handler or server)(request)

        http = Http(
            transport=httpx.MockTransport(answer), sleep=self.clock.sleep, now=self.clock.now
        )
        return self.make(http, server)

    def pull(self, server: S, shelf: Shelf | None = None, handler: Handler | None = None) -> Shelf:
        """Pull from the shelf's cursor until there is no more, checking every batch."""
        shelf = shelf or Shelf()
        for batch in self.connector(server, handler).pull(shelf.cursor):
            check_batch(batch, secret=server.token)
            shelf.take(batch)
        return shelf

    def recheck(self, server: S, shelf: Shelf, handler: Handler | None = None) -> Shelf:
        """Ask again for all that is on the shelf."""
        for batch in self.connector(server, handler).recheck(list(shelf.posts)):
            check_batch(batch, secret=server.token)
            shelf.take(batch, keep_cursor=True)
        return shelf

    def failure(self, server: S, handler: Handler, act: str = "pull") -> InsightsError | None:
        """Run against `handler` and return the error, having looked for secrets in it."""
        with _listening() as lines:
            try:
                if act == "pull":
                    self.pull(server, handler=handler)
                elif act == "check":
                    self.connector(server, handler).check()
                else:
                    self.recheck(server, self.pull(server), handler)
            except InsightsError as error:
                _check_message(error, lines, server.token)
                return error
            except Broken:
                raise
            except Exception as error:
                raise Broken(
                    f"{type(error).__name__} came out ({error}); only errors of insights.errors may"
                ) from error
        return None


AnyTrial: TypeAlias = Trial[Any]


def answer(server: Handler, request: httpx.Request) -> httpx.Response:
    """Let a server answer by itself."""
    return server(request)


def check_batch(batch: Batch, *, secret: str) -> None:
    """Look at one batch by itself: plain JSON without secrets, times in UTC, ids and words."""
    try:
        plain = json.dumps(batch.cursor, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Broken(f"a cursor is not plain JSON: {error}") from error
    expect(json.loads(plain) == batch.cursor, "a cursor changes when it is saved as JSON")
    expect(not secret or secret not in plain, "a cursor holds the secret")
    for post in batch.posts:
        expect(bool(post.native_id.strip()), "a post has no native id")
        expect(bool(post.text.strip()), f"post {post.native_id} has no text")
        for at in (post.created_at, post.updated_at):
            in_utc = at is None or at.utcoffset() == timedelta(0)
            expect(in_utc, f"post {post.native_id} has a time that is not in UTC")
        expect(not secret or secret not in repr(post), f"post {post.native_id} holds the secret")
    for skipped in batch.skipped:
        named = bool(skipped.where.strip() and skipped.reason.strip())
        expect(named, "something was skipped without saying where or why")


def check_checkup(found: Checkup, *, secret: str) -> None:
    """Look at what a check says: words in one line, and numbers that can be."""
    expect(bool(found.reads.strip()), "a check does not say what it would read")
    expect(found.reads.isprintable(), f"what is read takes more than a line: {found.reads!r}")
    expect(not secret or secret not in found.reads, "what is read shows the secret")
    for number in (found.items, found.seconds):
        possible = number is None or 0 <= number < float("inf")
        expect(possible, f"a check counts {number}")


def expect(holds: bool, otherwise: str) -> None:
    """Raise `Broken` with what went wrong."""
    if not holds:
        raise Broken(otherwise)


def expect_same(shelf: Shelf, whole: Shelf, when: str) -> None:
    """Raise `Broken` unless two shelves hold the same posts."""
    missing = whole.posts.keys() - shelf.posts.keys()
    expect(not missing, f"{when}: lost {sorted(missing)[:5]}")
    surplus = shelf.posts.keys() - whole.posts.keys()
    expect(not surplus, f"{when}: has {sorted(surplus)[:5]} too many")
    differing = [id_ for id_, post in whole.posts.items() if shelf.posts[id_] != post]
    expect(not differing, f"{when}: {differing[:5]} differ")


def _check_message(error: InsightsError, lines: list[str], secret: str) -> None:
    message = str(error)
    expect(bool(message.strip()), f"a {type(error).__name__} says nothing")
    expect("\n" not in message, f"an error takes more than one line: {message!r}")
    expect("Traceback" not in message, f"an error shows a traceback: {message!r}")
    told: list[str] = [*lines]
    cause: BaseException | None = error
    while cause is not None:
        told += [str(cause), repr(cause)]
        # what a traceback would show: `from None` hides the context
        context = None if cause.__suppress_context__ else cause.__context__
        cause = cause.__cause__ or context
    shown = [text for text in told if secret and secret in text]
    expect(not shown, "the secret stands in an error or a log line")


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect every log line of any library, at every level."""
    lines: list[str] = []
    handler = logging.Handler(level=0)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
