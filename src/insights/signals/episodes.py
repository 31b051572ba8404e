"""One issue is one signal: tonight's findings go on with the open ones, or open new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Signal
from insights.signals.finding import Finding
from insights.signals.options import SignalOptions

SAME = 0.7
"""Cosine between the centres of two sets of passages that are one issue."""
SHARED = 0.25
"""Share of a finding's posts that an open signal holds already, if they are one issue."""
FIRST, LATEST = 100, 400
"""Posts that a signal keeps: those that tell how it began, and those that tell how it is."""

COOLED = 0.5
"""Share of its peak below which a signal cools."""
RETURN_DAYS = 56.0
"""Days of quiet after which the same matter is news again, and a new signal."""

Name = Callable[[Finding], str]


def follow(
    findings: Sequence[Finding],
    signals: Sequence[Signal],
    corpus: Corpus,
    *,
    as_of: datetime,
    run_id: str,
    options: SignalOptions,
    name: Name,
) -> list[Signal]:
    """Return the signals that are new or changed tonight.

    `signals` are those of earlier nights; `name` words the title of a new one. A signal is
    raised, grows, has peaked, cools (also on nights that do not find it), and is closed after
    `quiet_days`; what is found again within `RETURN_DAYS` of its last night is the same signal,
    returned.
    """
    back = timedelta(days=RETURN_DAYS)
    known = {s.number: s for s in signals if s.status != "closed" or as_of - s.last_at <= back}
    changed: dict[int, Signal] = {}
    next_number = max((signal.number for signal in signals), default=0) + 1
    rows_of = _Rows(corpus)
    # Those that are open come first: a matter that goes on is not one that returns.
    order = sorted(known.values(), key=lambda s: (s.status == "closed", s.number))
    for finding in findings:
        open_now = [known[s.number] for s in order]
        held = next((s for s in open_now if _same(finding, s, corpus, rows_of)), None)
        if held is None:
            held = _raised(finding, corpus, next_number, as_of, run_id, name)
            next_number += 1
            order.insert(0, held)
        else:
            held = _went_on(held, finding, corpus, rows_of, as_of)
        known[held.number] = changed[held.number] = held
    for signal in known.values():
        later = _quieter(signal, as_of, options)
        if later is not signal:
            changed[signal.number] = later
    return [changed[number] for number in sorted(changed)]


def _quieter(signal: Signal, as_of: datetime, options: SignalOptions) -> Signal:
    """Return a signal as it is after a night that may not have found it."""
    silent = as_of - signal.last_at
    if signal.status == "closed" or silent <= timedelta(0):
        return signal
    if silent > timedelta(days=options.quiet_days):
        return replace(signal, status="closed")
    return signal if signal.status == "cooling" else replace(signal, status="cooling")


class _Rows:
    """The rows of each post, looked up only on nights that ask."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._rows: dict[str, list[int]] | None = None

    def of(self, post_ids: Iterable[str]) -> list[list[int]]:
        """Return the rows of each of the posts that is still there."""
        if self._rows is None:
            self._rows = {}
            for row, post_id in enumerate(self._corpus.post_ids.tolist()):
                self._rows.setdefault(post_id, []).append(row)
        return [self._rows[post_id] for post_id in post_ids if post_id in self._rows]


def _same(finding: Finding, signal: Signal, corpus: Corpus, rows_of: _Rows) -> bool:
    if finding.kind != signal.kind:
        return False
    if finding.topic is not None:
        return signal.topic_id == f"T{finding.topic}"
    held = rows_of.of(signal.post_ids)
    if not held:
        return False
    if np.isin(finding.rows, np.concatenate(held)).mean() >= SHARED:
        return True
    centre = _centre(corpus, finding.rows)
    # Of a post that says several things, the passage that the signal may be about speaks.
    rows = [mine[int((corpus.vectors[mine] @ centre).argmax())] for mine in held]
    return float(_centre(corpus, np.array(rows)) @ centre) >= SAME


def _centre(corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    mean = corpus.vectors[rows].mean(axis=0)
    centre: NDArray[np.float32] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return centre


def _raised(
    finding: Finding, corpus: Corpus, number: int, as_of: datetime, run_id: str, name: Name
) -> Signal:
    return Signal(
        number=number,
        kind=finding.kind,
        title=name(finding),
        status="raised",
        raised_at=as_of,
        last_at=as_of,
        run_id=run_id,
        observed=finding.observed,
        expected=finding.expected,
        p=finding.p,
        q=finding.q,
        people=len(np.unique(corpus.people[finding.rows])),
        why=finding.why,
        post_ids=_kept(dict.fromkeys(corpus.post_ids[finding.rows])),
        latest=finding.observed,
        peak=finding.observed,
        peak_at=as_of,
        topic_id=_topic(finding, corpus),
    )


def _went_on(
    signal: Signal, finding: Finding, corpus: Corpus, rows_of: _Rows, as_of: datetime
) -> Signal:
    posts = _kept(dict.fromkeys([*signal.post_ids, *corpus.post_ids[finding.rows]]))
    rows = np.array([mine[0] for mine in rows_of.of(posts)], np.int64)
    again = signal.last_at == as_of  # a second spot of the night, or a night that is run again
    held = replace(
        signal,
        last_at=as_of,
        post_ids=posts,
        people=max(signal.people, len(np.unique(corpus.people[rows]))),
        topic_id=signal.topic_id or _topic(finding, corpus),
        latest=max(finding.observed, signal.latest if again else 0.0),
    )
    if again:
        return held
    if signal.status == "closed":
        return replace(
            held,
            status="returned",
            observed=finding.observed,
            expected=finding.expected,
            p=finding.p,
            q=finding.q,
            why=finding.why,
            peak=finding.observed,
            peak_at=as_of,
        )
    if finding.observed > signal.peak:
        return replace(held, status="growing", peak=finding.observed, peak_at=as_of)
    return replace(held, status="peaked" if finding.observed >= COOLED * signal.peak else "cooling")


def _kept(post_ids: Iterable[str]) -> tuple[str, ...]:
    posts = tuple(post_ids)
    return posts if len(posts) <= FIRST + LATEST else posts[:FIRST] + posts[-LATEST:]


def _topic(finding: Finding, corpus: Corpus) -> str | None:
    """Link to the topic that most of the finding's passages belong to."""
    if finding.topic is not None:
        return f"T{finding.topic}"
    numbers, counts = np.unique(corpus.topics[finding.rows], return_counts=True)
    top = int(counts.argmax())
    if numbers[top] < 0 or counts[top] < 0.5 * len(finding.rows):
        return None
    return f"T{numbers[top]}"
