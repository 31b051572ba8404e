"""A night says what it has too little past for, and where its past has holes."""

import numpy as np
import pytest

from insights.signals.history import gaps, missing
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, points, world

OPTIONS = SignalOptions()


def archive(days: float, per_day: int = 12, without=(), source="forum"):
    """Posts spread evenly over some days, none on the days ago that are left out."""
    ago = np.linspace(0.01, days, int(days * per_day))
    kept = [day for day in ago if not any(low < day < high for low, high in without)]
    return world(points(len(kept)), kept, sources=[source] * len(kept))


def test_two_days_of_history_are_said_to_be_too_few() -> None:
    emerging, moving = missing(archive(2), NIGHT, OPTIONS)
    assert emerging == (
        "warming up: forum has 2 days of history; what emerges there is told from 16 days on"
    )
    assert moving.endswith("need this week and 4 before it; there are 0 in all")


def test_a_long_history_misses_nothing() -> None:
    assert missing(archive(60), NIGHT, OPTIONS) == ()


def test_an_empty_archive_says_nothing_of_sources() -> None:
    empty = world(points(1)[:0], [])
    assert (missing(empty, NIGHT, OPTIONS), gaps(empty, NIGHT, OPTIONS)) == ((), ())


def test_days_without_posts_where_posts_are_usual_are_a_gap() -> None:
    (gap,) = gaps(archive(50, without=[(10, 14.5)]), NIGHT, OPTIONS)
    assert gap.startswith("forum has nothing from 17 Apr to 20 Apr, where about 12 posts a day")


@pytest.mark.parametrize(
    "corpus",
    [
        pytest.param(archive(50), id="no hole"),
        pytest.param(archive(50, per_day=1, without=[(10, 13)]), id="quiet days of a quiet source"),
        pytest.param(archive(20), id="nothing before the source began"),
    ],
)
def test_silence_that_is_usual_is_no_gap(corpus) -> None:
    assert gaps(corpus, NIGHT, OPTIONS) == ()
