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
    "spaces-and-sign": ({"retry-after": " +7 "}, 7),
    "asctime": ({"retry-after": "Sun Mar  1 12:01:30 2026"}, 90),
    "rfc-850": ({"retry-after": "Sunday, 01-Mar-26 12:01:30 GMT"}, 90),
    "date-of-another-zone": ({"retry-after": "Sun, 01 Mar 2026 13:01:30 +0100"}, 90),
    "date-that-cannot-be": ({"retry-after": "Sun, 99 Mar 2026 12:00:00 GMT"}, None),
    "date-of-year-9999": ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -1200"}, None),
    "their-clock-is-behind": (
        {"retry-after": "Sun, 01 Mar 2026 11:01:00 GMT", "date": "Sun, 01 Mar 2026 11:00:00 GMT"},
        60),
    "date-is-no-date": ({"x-ratelimit-reset": str(EPOCH + 40), "date": "yesterday"}, 40),
    "reset-iso-by-their-clock": (
        {"x-ratelimit-reset": "2026-03-01T12:10:40Z", "date": "Sun, 01 Mar 2026 12:10:00 GMT"}, 40),
    "reset-iso-of-another-zone": ({"x-ratelimit-reset": "2026-03-01T13:00:40+01:00"}, 40),
    "reset-iso-without-zone": ({"x-ratelimit-reset": "2026-03-01T12:00:40"}, 40),
    "reset-http-date": ({"x-ratelimit-reset": "Sun, 01 Mar 2026 12:00:40 GMT"}, 40),
    "reset-past": ({"x-ratelimit-reset": str(EPOCH - 40)}, 0),
    "reset-negative": ({"x-ratelimit-reset": "-40"}, 0),
    "reset-inf": ({"x-ratelimit-reset": "inf"}, None),
    "reset-far": ({"x-ratelimit-reset": str(EPOCH * 5)}, LONGEST_S),
    "reset-seconds-clamped": ({"x-ratelimit-reset": "999999999"}, LONGEST_S),
    "reset-words": ({"x-ratelimit-reset": "soon"}, None),
    "reset-long": ({"x-ratelimit-reset": "9" * 5000}, None),
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
