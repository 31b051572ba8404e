"""Who helps most, by pseudonym, where that tells nothing of whom they helped."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from insights.corpus import day_of
from insights.digest.part import Part
from insights.pulse.answers import answers, threaded
from insights.pulse.talk import Talk

SHOWN = 10
DAYS = 28.0
"""How far back is looked: in a week few people help as many as may be told of."""
DIGITS = 10


class Helper(Part):
    """Somebody who answers others: the first digits of a pseudonym, and how many were helped."""

    pseudonym: str
    people: int


def top_helpers(
    talk: Talk, as_of: datetime, *, period_days: float, min_people: int
) -> tuple[Helper, ...]:
    """Return who answered the questions of the most people in four weeks, staff left out.

    Only who helped at least `min_people` people is told, only if there are as many such helpers,
    and nobody who asked to be left out.
    """
    end = day_of(as_of)
    pairs = answers(talk, end - max(DAYS, period_days), end, threaded(talk)).helped
    who, helped = np.unique(pairs[:, 0], return_counts=True)
    told = (helped >= min_people) & talk.named[who] & ~talk.staff[who] & ~talk.unnamed[who]
    if told.sum() < min_people:
        return ()
    found = [
        Helper(pseudonym=talk.keys[person][:DIGITS], people=int(number))
        for person, number in zip(who[told].tolist(), helped[told].tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda helper: (-helper.people, helper.pseudonym))[:SHOWN])
