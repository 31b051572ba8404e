"""How long a server wants us to wait, read from whatever it says about its limits."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_S = 86_400.0
"""No server may send us away for more than a day at a time."""

UNSTATED_S = 60.0
"""What GitHub asks to wait after a secondary limit that names no time."""

_LIMIT_WORDS = re.compile(rb"rate.?limit|abuse detection|too many requests", re.IGNORECASE)
_RETRY_MS = re.compile(rb'"retry_after_ms"\s*:\s*(\d{1,12})')
_EPOCH_FROM = 1_000_000_000.0  # smaller numbers are seconds left, larger ones a moment


def is_limited(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell a reply that says "later" from one that says "no".

    A 403 is a rate limit only when it says so: by Retry-After, by nothing remaining, or in words.
    """
    if status == 429:
        return True
    if status != 403:
        return False
    named = is_spent(headers) or "retry-after" in headers
    return named or bool(_LIMIT_WORDS.search(body[:4096]))


def is_spent(headers: Mapping[str, str]) -> bool:
    """Say whether not one request remains; Reddit counts in broken numbers, as in `0.4`."""
    remaining = _number(headers.get("x-ratelimit-remaining", ""))
    return remaining is not None and remaining < 1


def seconds_to_wait(
    status: int, headers: Mapping[str, str], *, now: datetime, told: float | None = None
) -> float | None:
    """Return the seconds that a limited reply asks for (0..`LONGEST_S`), None where it is silent.

    `told` is what its body says, for servers whose headers say nothing. Times of the server are
    read against its own `Date`, so that a clock that is wrong on either side does not matter.
    """
    server_now = _http_date(headers.get("date")) or now
    asked = retry_after(headers.get("retry-after"), server_now)
    if asked is not None:
        return asked
    left = reset_in(headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset"), server_now)
    if left is not None:
        return left
    if told is not None:
        return told
    return UNSTATED_S if status == 403 else None


def told_in_body(body: bytes) -> float | None:
    """Read the seconds that Matrix writes into a body as `retry_after_ms`, None without it."""
    found = _RETRY_MS.search(body[:4096])
    return _clamped(int(found[1]) / 1000) if found else None


def retry_after(value: str | None, server_now: datetime) -> float | None:
    """Read Retry-After: whole or broken seconds, or an HTTP date; None for anything else."""
    if not value:
        return None
    seconds = _number(value)
    if seconds is None:
        at = _http_date(value)
        seconds = None if at is None else (at - server_now).total_seconds()
    return _clamped(seconds)


def reset_in(value: str | None, server_now: datetime) -> float | None:
    """Read X-RateLimit-Reset: epoch seconds or milliseconds, seconds left, or ISO 8601."""
    if not value:
        return None
    seconds = _number(value)
    if seconds is None:
        at = _iso(value) or _http_date(value)
        seconds = None if at is None else (at - server_now).total_seconds()
    elif seconds >= _EPOCH_FROM:
        epoch = seconds / 1000 if seconds >= _EPOCH_FROM * 1000 else seconds
        seconds = epoch - server_now.timestamp()
    return _clamped(seconds)


def _number(value: str) -> float | None:
    try:
        number = float(value.strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _clamped(seconds: float | None) -> float | None:
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_S)


def _http_date(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value or "")
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _iso(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
