"""What servers say about their limits, and how it is understood."""

from datetime import UTC, datetime

import pytest

from insights.ratelimit import LONGEST_S, is_limited, seconds_to_wait

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"

WAITS = {
    "whole-seconds": ({"retry-after": "7"}, 7),
    "float": ({"retry-after": "0.35"}, 0.35),
    "http-date": ({"retry-after": "Sun, 01 Mar 2026 12:01:30 GMT"}, 90),
    "past-date": ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
    "negative": ({"retry-after": "-5"}, 0),
    "nan": ({"retry-after": "nan"}, None),
    "inf": ({"retry-after": "inf"}, None),
    "words": ({"retry-after": "soon"}, None),
    "for-ever": ({"retry-after": "1e300"}, LONGEST_S),
    "reset-epoch": ({"x-ratelimit-reset": str(EPOCH + 40)}, 40),
    "reset-epoch-ms": ({"x-ratelimit-reset": str((EPOCH + 40) * 1000)}, 40),
    "reset-seconds-left": ({"x-ratelimit-reset": "57.299"}, 57.299),
    "reset-iso": ({"x-ratelimit-reset": "2026-03-01T12:00:40.5Z"}, 40.5),
    "reset-no-x": ({"ratelimit-reset": "12"}, 12),
    "reset-nan": ({"x-ratelimit-reset": "nan"}, None),
    "their-clock-is-ahead": (
        {"x-ratelimit-reset": str(EPOCH + 640), "date": "Sun, 01 Mar 2026 12:10:00 GMT"}, 40),
    "both": ({"retry-after": "3", "x-ratelimit-reset": str(EPOCH + 40)}, 3),
    "unreadable-then-reset": ({"retry-after": "?", "x-ratelimit-reset": str(EPOCH + 40)}, 40),
    "silent": ({}, None),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS)
def test_a_wait_is_read_from_any_of_its_forms(headers, seconds):
    """Retry-After comes first, then the reset; times are read by the server's own clock."""
    found = seconds_to_wait(429, {"date": DATE} | headers, now=NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_our_clock_serves_where_the_server_has_none():
    """Without a Date the reset is read by our own time."""
    assert seconds_to_wait(429, {"x-ratelimit-reset": str(EPOCH + 9)}, now=NOW) == 9


def test_a_secondary_limit_that_names_no_time_means_a_minute():
    """As GitHub asks of its clients."""
    assert seconds_to_wait(403, {}, now=NOW) == 60


FORBIDDEN = {
    "nothing-remains": ({"x-ratelimit-remaining": "0"}, b"", True),
    "retry-after": ({"retry-after": "60"}, b"", True),
    "secondary": ({}, b'{"message": "You have exceeded a secondary rate limit."}', True),
    "abuse": ({}, b'{"message": "You have triggered an abuse detection mechanism"}', True),
    "no-access": ({"x-ratelimit-remaining": "4999"}, b'{"message": "Not accessible"}', False),
    "page": ({}, b"<html>Forbidden</html>", False),
}


@pytest.mark.parametrize(("headers", "body", "limited"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_403_is_a_limit_only_when_it_says_so(headers, body, limited):
    """Else it is a refusal, and waiting would not help."""
    assert is_limited(403, headers, body) is limited
