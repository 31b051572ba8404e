"""Says how well the detectors do on an archive: how much, how often wrongly, and how early."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

import numpy as np
from scipy.stats import chi2

from insights.corpus import Corpus
from insights.errors import UsageError
from insights.models import Topic
from insights.pipeline import verdicts
from insights.pipeline.engine import Engine
from insights.pipeline.known import Caught, KnownEvent, Release, caught, rows_of
from insights.pipeline.rehearse import Telling, look, nights_of, opened, permuted, tell
from insights.pipeline.verdicts import Verdict, of_alarm
from insights.signals.options import SignalOptions
from insights.store import corrections
from insights.topics.standing import resolve

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12
CONFIRMING = ("pin", "track", "rename", "fixed")
REFUTING = ("dismiss",)
WORDS = {"useful": "confirmed", "wrong": "refuted", "not-useful": "not_useful"}
"""What people do with topics that they take seriously, and with those that they do not;
and what their words on an item of a digest say of its signal."""
LEAD_DAYS = 90.0
"""How long after an alarm a release may answer it."""
WORDY = 3
"""Words from which on a line of release notes says something."""
SEEDS = (1, 2, 3)
LINE = re.compile(r"[\n\r]+|(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` alarms in `years`; a year, with the exact 95 % interval of a Poisson count."""

    count: int
    years: float

    @property
    def a_year(self) -> float:
        """Alarms a year."""
        return self.count / self.years

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest rate that the count is compatible with (Garwood 1936)."""
        low = float(chi2.ppf(0.025, 2 * self.count)) / 2 if self.count else 0.0
        return low / self.years, float(chi2.ppf(0.975, 2 * self.count + 2)) / 2 / self.years


def report(
    engine: Engine,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    events: Sequence[KnownEvent] = (),
    releases: Sequence[Release] = (),
) -> dict[str, Any]:
    """Rehearse the nights of the archive, as it is and permuted; return the figures as JSON.

    Nothing is written. Topics and people's corrections are those of today.
    """
    state, model = opened(engine)
    if releases and model != engine.encoder.name:
        raise UsageError(
            f"release notes are read by the encoder of the archive, {model}; set embedding.model"
        )
    corpus, topics, options = state.corpus, state.topics, engine.options.signals
    with engine.database.read() as tx:
        said = corrections.in_force(tx, corrections.TOPIC)
        words = verdicts.every(tx)
    nights = nights_of(corpus, options, since, until)

    def alarms(of: Corpus, step: str) -> list[Telling]:
        seen = look(of, topics, nights, options, progress=engine.progress, step=step)
        return tell(of, seen, options)

    told = alarms(corpus, "rehearse")
    titles = {topic.id: topic.title for topic in topics}
    found = [(event, caught(event, told, corpus)) for event in events]
    by_chance = [
        alarm
        for seed in SEEDS
        for alarm in alarms(permuted(corpus, seed), f"permuted {seed} of {len(SEEDS)}")
    ]
    years = len(SEEDS) * len(nights) / DAYS_A_YEAR
    return {
        "since": f"{nights[0]:%F}",
        "until": f"{nights[-1]:%F}",
        "nights": len(nights),
        "passages": len(corpus),
        "alarms": _alarms(told, len(nights)),
        "judged": judge(told, topics, said, words),
        "releases": _led(told, corpus, releases, options, engine) if releases else None,
        "events": [_event(event, first, titles) for event, first in found],
        "false_alarms": _false(by_chance, years),
    }


def _alarms(told: Sequence[Telling], nights: int) -> dict[str, Any]:
    months = Counter((f"{alarm.as_of:%Y-%m}", alarm.signal.kind) for alarm in told)
    kinds = Counter(alarm.signal.kind for alarm in told)
    in_months = nights / DAYS_A_MONTH
    return {
        "total": len(told),
        "a_month": round(len(told) / in_months, 3),
        "by_kind": {
            kind: {"total": kinds[kind], "a_month": round(kinds[kind] / in_months, 3)}
            for kind in sorted(kinds)
        },
        "by_month": {
            month: {kind: months[month, kind] for kind in sorted(kinds) if months[month, kind]}
            for month in sorted({month for month, _ in months})
        },
    }


def judge(
    told: Sequence[Telling],
    topics: Sequence[Topic],
    said: Iterable[Mapping[str, Any]],
    words: Sequence[Verdict] = (),
) -> dict[str, int]:
    """Count the signals of which people said afterwards that they matter, or do not.

    `words` are of the signals themselves, when they stood in a digest, and come first: useful
    confirms, wrong refutes, and what was true but of no use is counted by itself. `said` is of
    their topics. What was said last holds.
    """
    by_id = {topic.id: topic for topic in topics}
    entries = [
        (resolve(by_id, str(entry["subject"])), entry["at"], entry["body"].get("action"))
        for entry in said
    ]
    signals = {alarm.signal.number: alarm for alarm in reversed(told)}
    found = Counter[str]()
    for alarm in signals.values():
        if (word := of_alarm(alarm, words)) is not None:
            found[WORDS[word]] += 1
            continue
        mine = resolve(by_id, alarm.signal.topic_id)
        later = [
            action
            for topic_id, at, action in entries
            if mine is not None and topic_id == mine and at >= alarm.as_of
        ]
        actions = [action for action in later if action in (*CONFIRMING, *REFUTING)]
        if actions:
            found["refuted" if actions[-1] in REFUTING else "confirmed"] += 1
    return {
        "signals": len(signals),
        "judged": found.total(),
        "confirmed": found["confirmed"],
        "refuted": found["refuted"],
        "not_useful": found["not_useful"],
    }


def _led(
    told: Sequence[Telling],
    corpus: Corpus,
    releases: Sequence[Release],
    options: SignalOptions,
    engine: Engine,
) -> dict[str, Any]:
    """Say how long before release notes named them matters were told.

    A note names an alarm if one of its lines is as near to the middle of the alarm's posts as two
    passages are that say the same. How many alarms are named as long *before* they were raised
    says how many would be by chance.
    """
    lines = [
        (release, line)
        for release in releases
        for line in LINE.split(release.notes)
        if len(line.split()) >= WORDY
    ]
    if not lines:
        return {"releases": len(releases), "alarms": 0, "named": 0, "named_before": 0, "days": None}
    vectors = engine.encoder.encode([line for _, line in lines])
    days, before, asked = [], 0, 0
    for alarm in told:
        if alarm.signal.kind == "falling":
            continue
        asked += 1
        rows = rows_of(corpus, alarm.signal.post_ids)
        centre = corpus.vectors[rows].mean(axis=0)
        near = vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-12)) >= options.radius
        gaps = [
            (lines[place][0].released_at - alarm.as_of).total_seconds() / 86400.0
            for place in np.flatnonzero(near).tolist()
        ]
        later = [gap for gap in gaps if 0 <= gap <= LEAD_DAYS]
        days += [min(later)] if later else []
        before += any(-LEAD_DAYS <= gap < 0 for gap in gaps)
    return {
        "releases": len(releases),
        "alarms": asked,
        "named": len(days),
        "named_before": before,
        "days": round(median(days), 1) if days else None,
    }


def _event(event: KnownEvent, first: Caught | None, titles: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"date": f"{event.at:%F}", "title": event.title}
    if first is None:
        return {**row, "caught": False}
    signal = first.alarm.signal
    return {
        **row,
        "caught": True,
        "days": first.days,
        "kind": signal.kind,
        "raised": f"{first.alarm.as_of:%F}",
        "topic_id": signal.topic_id,
        "topic": titles.get(signal.topic_id or ""),
        "people": signal.people,
        "matched": first.matched,
        "posts": first.posts,
    }


def _false(by_chance: Sequence[Telling], years: float) -> dict[str, Any]:
    kinds = Counter(alarm.signal.kind for alarm in by_chance)
    return {
        "archives": len(SEEDS),
        "years": round(years, 2),
        "total": _rate(Rate(len(by_chance), years)),
        "by_kind": {kind: _rate(Rate(kinds[kind], years)) for kind in sorted(kinds)},
    }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    return {
        "alarms": rate.count,
        "a_year": round(rate.a_year, 3),
        "low": round(low, 3),
        "high": round(high, 3),
    }
