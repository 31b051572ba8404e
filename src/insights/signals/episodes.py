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

    `signals` are those of earlier nights; `name` words the title of a new one.
    """
    quiet = timedelta(days=options.quiet_days)
    open_now = {s.number: s for s in signals if s.status != "closed"}
    if not findings and not open_now:
        return []
    rows_of: dict[str, list[int]] = {}
    for row, post_id in enumerate(corpus.post_ids):
        rows_of.setdefault(post_id, []).append(row)
    changed: dict[int, Signal] = {}
    next_number = max((signal.number for signal in signals), default=0) + 1
    for finding in findings:
        held = next((s for s in open_now.values() if _same(finding, s, corpus, rows_of)), None)
        if held is None:
            held = _raised(finding, corpus, next_number, as_of, run_id, name)
            next_number += 1
        else:
            held = _went_on(held, finding, corpus, rows_of, as_of)
        open_now[held.number] = changed[held.number] = held
    for signal in list(open_now.values()):
        if as_of - signal.last_at > quiet:
            changed[signal.number] = replace(signal, status="closed")
    return [changed[number] for number in sorted(changed)]


def _same(finding: Finding, signal: Signal, corpus: Corpus, rows_of: dict[str, list[int]]) -> bool:
    if finding.kind != signal.kind:
        return False
    if finding.topic is not None:
        return signal.topic_id == f"T{finding.topic}"
    held = [rows_of[post_id] for post_id in signal.post_ids if post_id in rows_of]
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
        topic_id=_topic(finding, corpus),
    )


def _went_on(
    signal: Signal, finding: Finding, corpus: Corpus, rows_of: dict[str, list[int]], as_of: datetime
) -> Signal:
    posts = _kept(dict.fromkeys([*signal.post_ids, *corpus.post_ids[finding.rows]]))
    rows = np.array([rows_of[post_id][0] for post_id in posts if post_id in rows_of], np.int64)
    return replace(
        signal,
        status="ongoing",
        last_at=as_of,
        post_ids=posts,
        people=max(signal.people, len(np.unique(corpus.people[rows]))),
        topic_id=signal.topic_id or _topic(finding, corpus),
    )


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
