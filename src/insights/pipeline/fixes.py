"""What counts as fixed on a night: what people said is, and what closed issues say was shipped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from insights.errors import UsageError
from insights.models import Release, Topic
from insights.pipeline import standing
from insights.signals.regression import Fix
from insights.store import links, releases, signals, topics
from insights.topics.corrections import Correction, Fixed, number_of
from insights.topics.standing import resolve
from insights.versions import plain, same

_SUBJECT = re.compile(r"(?:[a-z]+-)?([TS][1-9]\d{0,8})")


@dataclass(frozen=True)
class Subjects:
    """What can be linked: topics, resolved through merges, and signals with their topics."""

    topics: Mapping[str, Topic]
    of_signal: Mapping[str, str | None]
    titles: Mapping[str, str]

    @classmethod
    def load(cls, tx: Any) -> Subjects:
        """Read the topics and signals that there are."""
        by_id = {row["id"]: standing.topic_of(row) for row in topics.every(tx)}
        raised = signals.every(tx)
        titles = {row["id"]: row["title"] for row in raised}
        titles |= {topic.id: topic.title for topic in by_id.values()}
        return cls(by_id, {row["id"]: row["topic_id"] for row in raised}, titles)

    def find(self, named: str) -> str:
        """Return the id of the lasting thing that `T12`, `S3` or `problem-T12` names.

        A merged topic is the one that it is part of now. UsageError if there is none.
        """
        found = _SUBJECT.fullmatch(named.strip())
        if found is None or found[1] not in self.titles:
            raise UsageError(
                f"no topic, signal or insight is called '{named}'; name one as digests do: T12, "
                "S3 or problem-T12"
            )
        return self.now(found[1])

    def now(self, subject: str) -> str:
        """Return what a subject is part of now: itself, unless it was merged."""
        return resolve(self.topics, subject) or subject if subject[0] == "T" else subject

    def topic(self, subject: str) -> str | None:
        """Return the living or ended topic that a subject is, or that its signal is about."""
        mine = self.of_signal.get(subject) if subject[0] == "S" else subject
        found = resolve(self.topics, mine)
        return found if found in self.topics else None

    def same(self, one: str, other: str) -> bool:
        """Say whether two subjects are one matter: the same, or a signal and its topic."""
        mine, theirs = self.topic(one), self.topic(other)
        return self.now(one) == self.now(other) or (mine is not None and mine == theirs)


def fixes(tx: Any, said: Iterable[Correction], as_of: datetime) -> dict[int, Fix]:
    """Return what was fixed when, by topic number, as it was known at `as_of`.

    The later one holds of what a person said and of what an issue says.
    """
    known = {
        number_of(each.topic): Fix(each.at, each.release)
        for each in said
        if isinstance(each, Fixed)
    }
    subjects, out = Subjects.load(tx), releases.every(tx, until=as_of)
    by_topic: dict[str, list[dict[str, Any]]] = {}
    for row in links.every(tx):
        topic = subjects.topic(row["subject"])
        if topic is not None:
            by_topic.setdefault(topic, []).append(row)
    for topic, rows in by_topic.items():
        fix = shipped(rows, out, as_of)
        number = number_of(topic)
        if fix is not None and (number not in known or fix.at > known[number].at):
            known[number] = fix
    return known


def shipped(
    rows: Sequence[Mapping[str, Any]], out: Sequence[Release], as_of: datetime
) -> Fix | None:
    """Return the fix that the issues of one matter come to; None while one of them is open.

    A fix that is closed waits for its release, where the issue's source tells of releases.
    """
    states = {row["state"] for row in rows}
    done = [row for row in rows if row["state"] == "done" and row["closed_at"] < as_of]
    if "open" in states or not done:
        return None
    found = [_out(row, out) for row in done]
    if any(fix is None for fix in found):
        return None
    return max((fix for fix in found if fix), key=lambda fix: fix.at)


def _out(row: Mapping[str, Any], out: Sequence[Release]) -> Fix | None:
    """Return when a done issue reached people; None if its release is still to come."""
    named = row["release"]
    known = [r for r in out if named and same(r.version) == same(named)]
    if known:
        return Fix(max(known[0].released_at, row["closed_at"]), plain(known[0].version))
    mine = [r for r in out if r.source == row["source"]]
    if not mine:
        return Fix(row["closed_at"], plain(named) if named else None)
    later = [r for r in mine if r.released_at >= row["closed_at"]]
    return Fix(later[0].released_at, plain(later[0].version)) if later else None
