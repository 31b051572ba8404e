"""Finds the alarms that people judged when they stood in a digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from insights import feedback
from insights.pipeline.rehearse import Telling
from insights.store import corrections, signals

NEAR = timedelta(days=14)
"""How far apart two nights may be that raise the same issue."""
SHARED = 0.5
"""Share of the smaller one's posts from which on two alarms are of the same issue."""


@dataclass(frozen=True)
class Verdict:
    """What was said last of a signal: `useful`, `not-useful` or `wrong`."""

    said: str
    signal: Mapping[str, Any]

    def is_about(self, alarm: Telling) -> bool:
        """Say whether an alarm, of a run or rehearsed, is of the same issue."""
        mine = self.signal
        if alarm.signal.kind != mine["kind"] or abs(alarm.as_of - mine["raised_at"]) > NEAR:
            return False
        if mine["topic_id"] and mine["topic_id"] == alarm.signal.topic_id:
            return True
        ours, theirs = set(mine["post_ids"]), set(alarm.signal.post_ids)
        return len(ours & theirs) >= SHARED * max(1, min(len(ours), len(theirs)))


def every(tx: Any) -> list[Verdict]:
    """Return what people said of the signals that stood in digests."""
    words = feedback.last_words(corrections.in_force(tx, feedback.KIND))
    told = {f"{row['kind']}-{row['id']}": row for row in signals.every(tx)} if words else {}
    return [
        Verdict(entry["body"][feedback.KIND], told[item])
        for item, entry in words.items()
        if item in told
    ]


def of_alarm(alarm: Telling, verdicts: Sequence[Verdict]) -> str | None:
    """Return what was said of an alarm, or None."""
    return next((verdict.said for verdict in verdicts if verdict.is_about(alarm)), None)


def kept(verdicts: Iterable[Verdict], alarms: Sequence[Telling], said: str = "useful") -> int:
    """Count the signals of which people said so that are among these alarms."""
    return sum(
        any(verdict.is_about(alarm) for alarm in alarms)
        for verdict in verdicts
        if verdict.said == said
    )
