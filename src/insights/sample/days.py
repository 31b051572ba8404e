"""When things happen: the ten weeks, their releases, and the hours at which people write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from insights.sample.dice import Dice

FIRST_DAY = date(2026, 3, 2)
LAST_DAY = date(2026, 5, 10)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
END = datetime(2026, 5, 11, tzinfo=UTC)

_WEEKDAYS = (1.10, 1.18, 1.14, 1.10, 0.98, 0.56, 0.60)
_HOURS = (4, 2, 1, 1, 2, 4, 9, 16, 24, 28, 27, 24, 21, 24, 27, 26, 24, 22, 22, 24, 25, 21, 14, 8)


@dataclass(frozen=True, slots=True)
class Release:
    """A version of the product and the moment it came out."""

    version: str
    released_at: datetime
    notes: str


RELEASES = (
    Release("4.1.2", datetime(2026, 2, 17, 10, 0, tzinfo=UTC), "Small repairs."),
    Release("4.1.3", datetime(2026, 3, 17, 10, 0, tzinfo=UTC), "The Android widget redraws again."),
    Release("4.2.0", datetime(2026, 4, 14, 10, 0, tzinfo=UTC), "New ink engine, faster canvas."),
    Release("4.2.1", datetime(2026, 4, 21, 15, 0, tzinfo=UTC), "Brings lost pen strokes back."),
    Release("4.2.2", datetime(2026, 5, 5, 10, 0, tzinfo=UTC), "Small repairs."),
)


def day_of(index: int) -> date:
    """Return the day with this index; the first is 0."""
    return FIRST_DAY + timedelta(days=index)


def index_of(day: date) -> int:
    """Return how many days after the first day this is."""
    return (day - FIRST_DAY).days


def busyness(index: int) -> float:
    """Return how busy this day of the week is; 1 is the mean over a week, about."""
    return _WEEKDAYS[day_of(index).weekday()]


def moment(dice: Dice, index: int, *, hours: tuple[int, int] = (0, 24)) -> datetime:
    """Return a moment of this day, at an hour at which people are awake."""
    choices = [(hour, float(_HOURS[hour])) for hour in range(*hours)]
    hour = dice.weighted(choices)
    start = datetime.combine(day_of(index), datetime.min.time(), tzinfo=UTC)
    return start + timedelta(hours=hour, seconds=dice.below(3600))


def later(dice: Dice, at: datetime) -> datetime:
    """Return when somebody answers: mostly within hours, sometimes after days, seldom at night."""
    share = dice.between(0, 1)
    minutes = 3 + 1500 * share * share * share
    if dice.chance(0.12):
        minutes += dice.between(1, 5) * 1440
    answered = at + timedelta(seconds=int(minutes * 60))
    return answered + timedelta(hours=7) if answered.hour < 6 else answered


def version_at(dice: Dice, at: datetime) -> str:
    """Return the version that somebody runs at this time: updates take days to spread."""
    out = [release for release in RELEASES if release.released_at <= at]
    for release in reversed(out):
        age = (at - release.released_at).total_seconds() / 86400
        if dice.chance(min(0.92, 0.30 + 0.07 * age)):
            return release.version
    return out[0].version
