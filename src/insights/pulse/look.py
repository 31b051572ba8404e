"""Reads an archive and says how its community is doing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from insights.digest.pulse import Pulse
from insights.pulse.helpers import Helper, top_helpers
from insights.pulse.measure import measure
from insights.pulse.options import Roles
from insights.pulse.talk import Talk, load
from insights.store import talk


class Look(NamedTuple):
    """The period (start, end), how the community did in it, and who helped most."""

    period: tuple[datetime, datetime]
    pulse: Pulse
    helpers: tuple[Helper, ...]


def take(tx: Any, as_of: datetime, *, period_days: float, min_people: int, roles: Roles) -> Pulse:
    """Return how the community is doing in the period that ends at `as_of`; see `measure`."""
    return _measured(tx, load(tx, as_of, period_days, roles), as_of, period_days, min_people)


def look(tx: Any, as_of: datetime, *, period_days: float, min_people: int, roles: Roles) -> Look:
    """Return the same, with who helped most."""
    known = load(tx, as_of, period_days, roles)
    return Look(
        (as_of - timedelta(days=period_days), as_of),
        _measured(tx, known, as_of, period_days, min_people),
        top_helpers(known, as_of, period_days=period_days, min_people=min_people),
    )


def _measured(tx: Any, known: Talk, as_of: datetime, period_days: float, min_people: int) -> Pulse:
    return measure(
        known,
        as_of,
        period_days=period_days,
        min_people=min_people,
        topics_of=lambda ids: talk.topics_of(tx, ids),
    )
