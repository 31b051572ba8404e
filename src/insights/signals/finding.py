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


Detector = Callable[[Corpus, Sequence[Topic], datetime, SignalOptions], list[Finding]]
