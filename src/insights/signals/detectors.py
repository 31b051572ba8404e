"""Every question that is asked of a night: one more detector is one more line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from scipy.stats import false_discovery_control

from insights.corpus import Corpus
from insights.models import Topic
from insights.signals import (
    coordination,
    emergence,
    momentum,
    returned,
    risk,
    trend,
    unanswered,
)
from insights.signals.finding import Detector, Finding
from insights.signals.options import SignalOptions

DETECTORS: tuple[Detector, ...] = (
    emergence.detect,
    trend.detect,
    returned.detect,
    momentum.detect,
    risk.detect,
    unanswered.detect,
    coordination.detect,
)


def ask(
    corpus: Corpus,
    topics: Sequence[Topic],
    as_of: datetime,
    options: SignalOptions,
    detectors: Sequence[Detector] = DETECTORS,
) -> list[Finding]:
    """Return what stands out on a night; `corpus` ends at `as_of`.

    All tests of the night are corrected together: q is the share of false alarms among
    everything told that is at least as surprising (Benjamini and Hochberg 1995). What mostly a
    coordinated wave says is told as that only, and a topic that returned is not told as rising.
    """
    tested = [detector(corpus, topics, as_of, options) for detector in detectors]
    p = np.concatenate([each.p for each in tested])
    if not len(p):
        return []
    q = np.asarray(false_discovery_control(np.clip(p, 0.0, 1.0), method="bh"))
    ends = np.cumsum([len(each.p) for each in tested])[:-1]
    parts = zip(tested, np.split(q, ends), strict=True)
    found = [finding for each, part in parts for finding in each.tell(part)]
    back = {finding.topic for finding in found if finding.kind == "returned"}
    return coordination.without_waves(
        [finding for finding in found if finding.kind != "rising" or finding.topic not in back]
    )
