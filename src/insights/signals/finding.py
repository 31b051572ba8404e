"""What a detector hands over, and what it may be told: the shape of every detector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Topic
from insights.signals.options import SignalOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that stands out tonight. `rows` are its passages in the corpus."""

    kind: str
    rows: NDArray[np.int64]
    observed: float
    expected: float
    p: float
    q: float
    why: str
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a detector tested tonight: the p of every test, and how to tell what stands out.

    `tell` is given the q of every test, in the order of `p`: its p after Benjamini and Hochberg
    (1995) among all tests of all detectors of the night.
    """

    p: NDArray[np.float64]
    tell: Callable[[NDArray[np.float64]], list[Finding]]


NOTHING = Asked(np.zeros(0), lambda q: [])
"""The answer of a detector that knows too little to test anything."""

Detector = Callable[[Corpus, Sequence[Topic], datetime, SignalOptions], Asked]
