"""How bad is what a passage reports: does it block people, slow them down, or only look wrong?"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

Level = Literal["blocked", "degraded", "cosmetic"]
READ = 4000
"""Characters that are read of a text."""
_BLOCKED, _DEGRADED = 0.7, 0.35
_RATING_WEIGHT = 0.2
_STEP, _LEAST = 0.25, 0.1
# What is only ugly is often called wrong or a bug, too.
_SMALL, _OUTWEIGHED = "looks", 0.5


@dataclass(frozen=True, slots=True)
class _Table:
    """severity.toml, compiled."""

    cues: tuple[tuple[float, str, re.Pattern[str]], ...]
    around: re.Pattern[str]
    harmless: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad it is, 0..1, the level that it stands for, and the cue that says so."""

    score: float
    level: Level
    cue: str


def severity(text: str, rating: float | None = None) -> Severity | None:
    """Read severity from turns of phrase; a rating, 1..5, moves it a little.

    None when the text gives no cue: it is then not known to be a problem at all. Whether it
    reports one is the intent's to say.
    """
    table = _table()
    head = table.harmless.sub(" ", text[:READ].replace("’", "'"))
    cues = [(score, name) for score, name, pattern in table.cues if pattern.search(head)]
    if not cues:
        return None
    named = {name for _, name in cues}
    score, cue = max(cues)
    if _SMALL in named and score <= _OUTWEIGHED:
        score, cue = min(cues)
    if table.around.search(head):
        score, cue = max(_LEAST, score - _STEP), f"{cue}, with a way around"
    if rating is not None:
        low = min(1.0, max(0.0, (5.0 - rating) / 4.0))
        score = (1 - _RATING_WEIGHT) * score + _RATING_WEIGHT * low
    return Severity(round(score, 3), level(score), cue)


def level(score: float) -> Level:
    """Name the level of a score.

    >>> level(0.9), level(0.5), level(0.1)
    ('blocked', 'degraded', 'cosmetic')
    """
    return "blocked" if score >= _BLOCKED else "degraded" if score >= _DEGRADED else "cosmetic"


@lru_cache(maxsize=1)
def _table() -> _Table:
    raw = tomllib.loads(files("insights.signals").joinpath("severity.toml").read_text("utf-8"))
    cues = tuple((c["score"], c["name"], _words(c["looks_like"])) for c in raw["cue"])
    denied = f"(?:{'|'.join(raw['denied'])}) (?:\\w+ )?(?:{'|'.join(raw['bad'])})"
    return _Table(cues, _words(raw["around"]), _words([denied, *raw["harmless"]]))


def _words(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.I)
