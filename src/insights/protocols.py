"""What a connector, an encoder, a publisher and a tracker must be: shapes, no base classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from insights.models import JSON, Batch, Checkup, Looked, Opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.http import Http


class Connector(Protocol):
    """Reads one kind of community. Built as `Connector(source, options, http=http)`.

    Promises, checked by `insights.testing.check_connector`: pulling from any cursor that was
    handed out loses nothing and repeats nothing that matters (an upsert may come twice, a post
    never fails to come); one bad item is a `Skipped`, never an exception; a failure of the whole
    source is a `SourceError` or `CredentialsError` that names what to do; a check asks a few
    times at most and changes nothing.

    Where the platform has terms on keeping posts, `terms: ClassVar[Terms]` states them.
    """

    Options: ClassVar[type[BaseModel]]
    """A frozen pydantic model with `extra="forbid"`; its fields are the source's options."""

    def __init__(self, source: str, options: Any, *, http: Http) -> None: ...

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read what is new or changed since `cursor` (None: from the beginning), oldest first."""
        ...

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for these posts again, to find edits and deletions that no listing shows.

        The cursors of these batches are ignored. A connector whose platform cannot be asked
        yields nothing.
        """
        ...

    def check(self) -> Checkup:
        """Ask the platform, in few requests, whether a pull would work, and how much there is.

        Raises:
            CredentialsError: names the key, scope or permission that is missing.
            SourceError: what a pull could not read either.
        """
        ...


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Names model and version: vectors of different names are never compared."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), dimension), rows of length 1."""
        ...


class Publisher(Protocol):
    """Delivers a digest to one place, or to each of several addresses. Built as
    `Publisher(name, options)`.

    `Options` is a frozen pydantic model as for connectors. Delivering is two acts, so that the
    second can be repeated with the very same bytes after a kill or a failure.
    """

    Options: ClassVar[type[BaseModel]]
    replaces: ClassVar[bool]
    """Whether delivering a digest again replaces what was delivered: then it can be corrected."""

    def __init__(self, name: str, options: Any) -> None: ...

    @property
    def addresses(self) -> Sequence[str]:
        """Who gets a digest, each by a delivery of its own; `("",)` where it is one place."""
        ...

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return what will be sent to `to`: it is stored before anything leaves.

        `documents` are the formats of `digest.render.FORMATS`, each made when it is asked for.
        `key` names this delivery for ever: a Message-ID or an idempotency key is made from it.
        The same digest gives the same bytes. PublishError says what cannot be written.
        """
        ...

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Send what `write` returned; say where it went.

        Raises:
            Undecided: it may have been taken. It is recorded as unknown, and sent again only when
                somebody says so.
            PublishError: it surely was not taken. The next run sends the same letter again.
        """
        ...


@runtime_checkable
class Opens(Protocol):
    """Opens issues where a source reads them. Built as `Tracker(source, options, http=http)`.

    Connectors only read; what writes has options of its own, `Options`, with a token of its own.
    """

    markup: ClassVar[str]
    """What issues are written in, a name of `digest.issue.MARKUPS`."""

    def open(self, title: str, body: Any, *, key: str) -> Opened:
        """Open an issue once. `key` stands in its body, so that `find` knows it again.

        Raises:
            Undecided: it may have been opened.
            PublishError: it surely was not; the sentence says what the token lacks.
        """
        ...

    def find(self, key: str, since: datetime) -> Opened | None:
        """Return the issue whose body holds `key`, among those opened after `since`."""
        ...

    def look(self, native_id: str) -> Looked | None:
        """Return how an issue stands now; None if it is gone, or closed to us."""
        ...


@runtime_checkable
class Replies(Protocol):
    """Answers in a thread of a source. Built as `Tracker(source, options, http=http)`."""

    def answers(self, thread_id: str) -> bool:
        """Say whether this thread can be answered here, or only by hand."""
        ...

    def reply(self, thread_id: str, text: str) -> str:
        """Post `text` once and return its address; raises as `Opens.open` does."""
        ...
