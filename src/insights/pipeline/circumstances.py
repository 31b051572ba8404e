"""Holds what stands out against releases, versions, platforms, devices and sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np

from insights.corpus import Corpus
from insights.models import Release, Signal
from insights.pipeline.engine import Engine
from insights.signals import regression
from insights.signals.attribution import FEWEST_PEOPLE, Read, attribute, said
from insights.signals.detectors import DETECTORS
from insights.signals.finding import Detector, Finding
from insights.store import releases
from insights.text.environments import Environments

MOST_READ = 20_000
"""Texts whose names are remembered."""


@dataclass(frozen=True)
class Circumstances:
    """What is known on a night: the releases so far, and how a text is read for versions."""

    as_of: datetime
    releases: Sequence[Release]
    read: Read

    @classmethod
    def load(
        cls, engine: Engine, as_of: datetime, before: Circumstances | None = None
    ) -> Circumstances:
        """Read the releases that came out before `as_of`.

        What `before`, of the night before, has read of texts is remembered if no release was new.
        """
        with engine.database.read() as tx:
            known = releases.every(tx, until=as_of)
        if before is not None and before.releases == known:
            return replace(before, as_of=as_of)
        environments: list[Environments] = []

        @lru_cache(maxsize=MOST_READ)
        def read(text: str) -> Collection[str]:
            # spaCy takes seconds to load, and most nights ask nothing.
            if not environments:
                environments.append(Environments(release.version for release in known))
            return environments[0].named(text)

        return cls(as_of, known, read)

    def detectors(self, fixes: Mapping[int, regression.Fix]) -> list[Detector]:
        """Return all detectors, with the one that knows what was fixed, by topic number."""
        return [*DETECTORS, regression.detector(fixes, self.read)]

    def explained(self, corpus: Corpus, findings: Sequence[Finding], floor: int) -> list[Finding]:
        """Say in each why which release it follows, and by what its people stand out.

        Nothing is said of fewer than `floor` people.
        """
        traits = attribute(corpus, [f.rows for f in findings], self.releases, self.read, self.as_of)
        told = []
        for finding, mine in zip(findings, traits, strict=True):
            why = finding.why + regression.follows(corpus, finding, self.releases)
            if finding.kind != "falling":
                why += said(t for t in mine if t.people >= max(floor, FEWEST_PEOPLE))
            told.append(replace(finding, why=why))
        return told

    def refreshed(self, corpus: Corpus, signals: Sequence[Signal]) -> list[Signal]:
        """Return signals with the traits that they have now, if they were found tonight."""
        tonight = [s for s in signals if s.last_at == self.as_of and s.kind != "falling"]
        posts = {post_id for signal in tonight for post_id in signal.post_ids}
        rows: dict[str, list[int]] = {}
        for row, post_id in enumerate(corpus.post_ids.tolist() if posts else ()):
            if post_id in posts and corpus.counted[row]:
                rows.setdefault(post_id, []).append(row)
        matters = [
            np.array(sorted(r for post_id in s.post_ids for r in rows.get(post_id, ())), np.int64)
            for s in tonight
        ]
        traits = attribute(corpus, matters, self.releases, self.read, self.as_of)
        changed = {s.number: replace(s, traits=t) for s, t in zip(tonight, traits, strict=True)}
        return [changed.get(signal.number, signal) for signal in signals]
