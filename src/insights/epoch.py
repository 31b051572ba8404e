"""Reads times that a platform counts in milliseconds from the beginning of 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator

_YEARS = range(1970, 2200)


def _from_millis(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is no time")
    try:
        at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)
    except OverflowError:
        raise ValueError("is no time") from None
    if at.year not in _YEARS:
        raise ValueError(f"the year {at.year} is not one of ours")
    return at


Millis = Annotated[datetime, BeforeValidator(_from_millis)]
"""Milliseconds since 1970 in a reply, as a time in UTC."""
