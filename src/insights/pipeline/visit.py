"""A visit to a source: what it brought is written down as it goes, how it ended at its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from insights.errors import InsightsError, RateLimited
from insights.models import Post
from insights.pipeline.engine import Engine, Source
from insights.store import pulls
from insights.store.posts import Tally


class Visit:
    """One night's pull of a source, its recheck, or its purge: a row of the table of pulls.

    `at` is the night's `as_of`. A visit that is begun again for the same night goes on with its
    row, so that what was counted before a kill stays counted.
    """

    def __init__(self, engine: Engine, source: Source, at: datetime, kind: str) -> None:
        self.engine = engine
        self.source = source
        self.at = at
        self.kind = kind
        self._told = (0, 0.0)

    @property
    def oldest(self) -> datetime | None:
        """What was written before is kept no longer."""
        days = self.source.retention_days
        return None if days is None else self.at - timedelta(days=days)

    def begin(self, tx: Any) -> dict[str, Any]:
        """Open the row, and return what it says already."""
        self._told = self._spent()
        return pulls.begin(tx, self.source.name, self.at, self.kind, datetime.now(UTC))

    def count(self, tx: Any, tally: Tally, posts: Sequence[Post] = (), asked: int = 0) -> None:
        """Add what a batch brought, in the batch's own transaction."""
        requests, waited_s = self._spent()
        pulls.add(
            tx,
            self.source.name,
            self.at,
            self.kind,
            written=[post.created_at for post in posts],
            waited_s=waited_s - self._told[1],
            requests=requests - self._told[0],
            asked=asked,
            **{name: getattr(tally, name) for name in tally.__slots__},
        )
        self._told = (requests, waited_s)

    def end(self, tx: Any, state: str, note: str = "", resume_at: datetime | None = None) -> None:
        """Write down how it went, and the requests since the last batch."""
        self.count(tx, Tally())
        pulls.end(
            tx, self.source.name, self.at, self.kind, datetime.now(UTC),
            state=state, note=note, resume_at=resume_at,
        )  # fmt: skip

    def trouble(self, error: Exception) -> tuple[str, str, datetime | None]:
        """Say what an error means: state, sentence, and when to come back.

        A connector is somebody's code: one that breaks must not stop the others.
        """
        if isinstance(error, RateLimited):
            return "waiting", str(error), error.resume_at
        if isinstance(error, InsightsError):
            return "failed", str(error), None
        note = f"{self.source.name}: the connector broke ({type(error).__name__})"
        return "failed", note, None

    def _spent(self) -> tuple[int, float]:
        http = self.source.http
        return (http.requests, http.waited_s) if http else (0, 0.0)
