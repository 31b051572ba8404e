"""Reads times that a platform counts from the beginning of 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator

_YEARS = range(1970, 2200)


def _counted(value: object, unit: float) -> datetime:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("is no time")
    try:
        at = datetime.fromtimestamp(float(value) / unit, UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("is no time") from None
    if at.year not in _YEARS:
        raise ValueError(f"the year {at.year} is not one of ours")
    return at


Millis = Annotated[datetime, BeforeValidator(lambda value: _counted(value, 1000.0))]
"""Milliseconds since 1970 in a reply, as a time in UTC."""

Seconds = Annotated[datetime, BeforeValidator(lambda value: _counted(value, 1.0))]
"""Seconds since 1970 in a reply, whole or broken, as a number or in words, as a time in UTC."""
