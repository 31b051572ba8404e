"""Tells in which segment falls what is known of an account."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite


def placed_in(segments: Iterable[str], value: str) -> str:
    """Return the name of the segment that a value falls in.

    Where all names are numbers they are thresholds: the largest that the value reaches is meant.

    >>> placed_in(["0", "1000"], "1250.50"), placed_in(["pro"], "Pro")
    ('1000', 'pro')
    """
    names = list(segments)
    steps = {name: _number(name) for name in names}
    number = _number(value)
    if number is not None and None not in steps.values():
        reached = [(step, name) for name, step in steps.items() if step is not None]
        reached = [entry for entry in reached if entry[0] <= number]
        return max(reached)[1] if reached else "less"
    same = [name for name in names if name.casefold() == value.strip().casefold()]
    return same[0] if same else "other"


def _number(value: str) -> float | None:
    try:
        number = float(value.replace(",", "").replace("_", ""))
    except ValueError:
        return None
    return number if isfinite(number) else None
