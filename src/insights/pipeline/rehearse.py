"""Asks every night of an archive what it would have told, in memory: nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

import numpy as np

from insights.corpus import EPOCH, Corpus
from insights.errors import UsageError
from insights.models import Signal, Topic
from insights.pipeline import analyze
from insights.pipeline.engine import Engine, Progress, silent
from insights.signals.detectors import DETECTORS, ask
from insights.signals.episodes import follow
from insights.signals.finding import Detector, Finding
from insights.signals.options import SignalOptions
from insights.store import runs

TOLD = ("raised", "returned")
"""What a signal does on nights on which people are told of it as news."""
PLACE = frozenset(
    ("passage_ids", "post_ids", "positions", "days", "people", "sources", "versions", "threads",
     "replies", "counted")
)  # fmt: skip
"""The columns that say when, where and by whom; all others belong to what was said."""


@dataclass(frozen=True, slots=True)
class Night:
    """What stood out on one night."""

    as_of: datetime
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Telling:
    """An alarm: a signal as it was on the night that raised it, or on which it returned."""

    as_of: datetime
    signal: Signal


def opened(engine: Engine) -> tuple[analyze.State, str]:
    """Read the archive as its last run knew it; return it with the encoder of its vectors."""
    with engine.database.read() as tx:
        last = runs.last(tx)
    model = str(last["versions"]["encoder"]) if last else engine.encoder.name
    return analyze.load(engine, model), model


def nights_of(
    corpus: Corpus, options: SignalOptions, since: datetime | None, until: datetime | None
) -> list[datetime]:
    """Return the nights of an archive, a day apart, from `since` to `until`.

    By default they begin when its oldest source has the past that it needs, and end with the
    day of the last post. UsageError if there is none.
    """
    if not len(corpus):
        raise UsageError("the archive is empty; fill it with: insights import FILE, insights run")
    warm = options.warm_up_days + options.window_days
    first = since or _evening(float(corpus.days[0]) + warm)
    last = until or _evening(float(corpus.days[-1]))
    if last < first:
        raise UsageError(
            f"there is no night from {first:%F} to {last:%F}: posts are of "
            f"{_at(corpus.days[0]):%F} to {_at(corpus.days[-1]):%F}, and a source is judged "
            f"after {warm:g} days (signals.warm_up_days, window_days)"
        )
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def look(
    corpus: Corpus,
    topics: Sequence[Topic],
    nights: Iterable[datetime],
    options: SignalOptions,
    *,
    detectors: Sequence[Detector] = DETECTORS,
    progress: Progress = silent,
    step: str = "rehearse",
) -> list[Night]:
    """Ask the detectors every night, each knowing only what was written before it.

    Topics are as they are assigned now, which a night could not have known: what stands out of a
    topic is told as if the topic had always been there.
    """
    listed = list(nights)
    found = []
    for done, as_of in enumerate(listed, start=1):
        found.append(Night(as_of, ask(corpus.until(as_of), topics, as_of, options, detectors)))
        progress(step, done, len(listed))
    return found


def tell(corpus: Corpus, nights: Sequence[Night], options: SignalOptions) -> list[Telling]:
    """Make one signal of one issue, night after night; return every alarm, oldest first."""
    signals: dict[int, Signal] = {}
    told = []
    for night in nights:
        if not night.findings and all(signal.status == "closed" for signal in signals.values()):
            continue
        changed = follow(
            night.findings,
            list(signals.values()),
            corpus.until(night.as_of),
            as_of=night.as_of,
            run_id=f"{night.as_of:%F}",
            options=options,
            name=lambda finding: "",
        )
        signals.update({signal.number: signal for signal in changed})
        told += [
            Telling(night.as_of, signal)
            for signal in changed
            if signal.status in TOLD and signal.last_at == night.as_of
        ]
    return told


def permuted(corpus: Corpus, seed: int) -> Corpus:
    """Return the archive with what was said dealt out anew over its posts.

    Texts, with all that was read from them, change places among the passages of the same source
    that count, and among those that do not. When somebody wrote, who, and where stay: the volume
    of every day and the people of every day are the same, and no text belongs to its date. So
    whatever stands out in what is said stands out by chance.
    """
    draw = np.random.default_rng(seed)
    order = np.arange(len(corpus))
    names, sources = np.unique(corpus.sources.astype(str), return_inverse=True)
    groups = sources * 2 + corpus.counted
    for group in range(2 * len(names)):
        mine = np.flatnonzero(groups == group)
        order[mine] = draw.permutation(mine)
    moved = {f.name: getattr(corpus, f.name)[order] for f in fields(corpus) if f.name not in PLACE}
    return replace(corpus, **moved)


def _at(day: float) -> datetime:
    return EPOCH + timedelta(days=float(day))


def _evening(day: float) -> datetime:
    """Return the last second of a day of the corpus: a night that knows the day."""
    return EPOCH + timedelta(days=int(np.floor(day)) + 1, seconds=-1)
