"""Walks a listing by the time of last change, so that nothing is lost while it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from insights.errors import BadItem, SourceError
from insights.models import JSON, Batch, Skipped
from insights.reply import Payload

SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PATIENCE = 20
"""How often the pages of one moment are walked again because something new was on them."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which item this is, when it changed last, and whatever else tells a change of it."""

    id: str
    at: datetime
    state: str = ""

    @property
    def seen(self) -> list[str]:
        """What a cursor remembers of it."""
        return [self.at.isoformat(), self.state]


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a listing, oldest change first; `where` names them, `last` ends them."""

    items: Sequence[Payload]
    last: bool
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How one listing is walked.

    `ask(since)` yields the pages of what changed at `since` or later, None meaning ever, oldest
    change first; it may add what changed before. `read` reads items; the cursor of its batch is
    ignored. `resolution` is that of the question: times are asked for rounded down to it.
    Where a stamp is `coarse`, an item may change twice within its second and show it once: the
    items of the last second that was read are read again by the next pull.
    """

    ask: Callable[[datetime | None], Iterator[Page]]
    stamp: Callable[[Payload], Stamp]
    read: Callable[[list[Payload]], Batch]
    since: datetime | None = None
    lookback: timedelta = timedelta(minutes=1)
    resolution: timedelta = SECOND
    coarse: bool = False

    def go(self, state: JSON | None) -> Iterator[Batch]:
        """Yield what changed since `state`, the cursor of the last batch, None for everything.

        Items move to the end as they change, and those behind them move up a page. So pages are
        not counted: each gives the time at which the next question starts. Only where a page
        holds no later time are further pages followed, and then walked again until nothing new
        is found on them.
        """
        progress = _Progress.started(self, state)
        again = 0
        while True:
            news, last, before = False, True, None
            for number, page in enumerate(self.ask(progress.base)):
                if page.items and page.items == before:
                    raise SourceError("a page came twice; the server goes round in circles")
                before = page.items
                last = page.last
                fresh, skipped, newest = progress.sift(page)
                news = news or (bool(fresh) and number > 0)
                moved = newest is not None and (progress.base is None or newest > progress.base)
                if newest is not None and not news:
                    progress.advance(newest)
                if fresh or skipped:
                    batch = self.read(fresh)
                    skipped = [*batch.skipped, *skipped]
                    yield replace(batch, cursor=progress.state, skipped=tuple(skipped))
                if moved:
                    break
            again = again + 1 if news else 0
            if again > PATIENCE:
                raise SourceError("the source changes faster than it can be read")
            if last and not news:
                return


@dataclass
class _Progress:
    """How far a listing was read: all up to `base`, and of what lies near it, which."""

    walk: Walk
    base: datetime | None
    reached: datetime | None
    seen: dict[str, list[str]]
    named: set[str] = field(default_factory=set)

    @classmethod
    def started(cls, walk: Walk, state: JSON | None) -> _Progress:
        if not state or not state["since"]:
            return cls(walk, _rounded(walk.since, walk.resolution), walk.since, {})
        reached = datetime.fromisoformat(state["since"])
        last = reached.isoformat() if walk.coarse else None
        seen = {id_: list(each) for id_, each in state["seen"].items() if each[0] != last}
        return cls(walk, _rounded(reached - walk.lookback, walk.resolution), reached, seen)

    @property
    def state(self) -> JSON:
        reached = max(filter(None, (self.base, self.reached)), default=None)
        since = None if reached is None else reached.isoformat()
        return {"since": since, "seen": dict(self.seen)}

    def sift(self, page: Page) -> tuple[list[Payload], list[Skipped], datetime | None]:
        """Part what was not read yet from what was; also tell the newest time, rounded down."""
        fresh, skipped, newest = [], [], None
        for item in page.items:
            try:
                stamp = self.walk.stamp(item)
            except BadItem as bad:
                where = f"{page.where} {_name(item)}"
                if where not in self.named:
                    skipped.append(Skipped(where, str(bad)))
                self.named.add(where)
                continue
            newest = max(newest or stamp.at, stamp.at)
            if self.seen.get(stamp.id) != stamp.seen:
                self.seen[stamp.id] = stamp.seen
                fresh.append(item)
        return fresh, skipped, _rounded(newest, self.walk.resolution)

    def advance(self, base: datetime) -> None:
        self.base = max(self.base or base, base)
        oldest = max(self.base, self.reached or self.base)
        oldest -= max(self.walk.lookback, self.walk.resolution) + self.walk.resolution
        since = oldest.isoformat()
        self.seen = {id_: seen for id_, seen in self.seen.items() if seen[0] >= since}


def _rounded(at: datetime | None, resolution: timedelta) -> datetime | None:
    return None if at is None else at - (at - EPOCH) % resolution


def _name(item: Payload) -> str:
    """The id that an item bears under any of the usual names, to find it by."""
    names = ("id", "key", "question_id", "comment_id") if isinstance(item, dict) else ()
    return next((str(item[name])[:40] for name in names if name in item), "an item without id")
