"""Reads an archive and says how its community is doing."""

from __future__ import annotations

from collections.abc import Callable, Set
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from insights.digest.pulse import Pulse
from insights.pulse.helpers import Helper, top_helpers
from insights.pulse.measure import measure, waiting_posts
from insights.pulse.options import Roles
from insights.pulse.talk import Talk, load
from insights.store import talk


class Look(NamedTuple):
    """The period (start, end), how the community did in it, and who helped most."""

    period: tuple[datetime, datetime]
    pulse: Pulse
    helpers: tuple[Helper, ...]


def look(tx: Any, as_of: datetime, *, period_days: float, min_people: int, roles: Roles) -> Look:
    """Return how the community is doing in the period that ends at `as_of`."""
    known = load(tx, as_of, period_days, roles)
    return Look(
        (as_of - timedelta(days=period_days), as_of),
        _by_floor(tx, known, as_of, period_days)(min_people=min_people),
        top_helpers(known, as_of, period_days=period_days, min_people=min_people),
    )


def take(
    tx: Any,
    as_of: datetime,
    *,
    period_days: float,
    roles: Roles,
    known_by: datetime | None = None,
    told: Set[str] = frozenset(),
    counted: bool = False,
) -> Callable[[int], Pulse]:
    """Return what gives the same under a privacy floor, of which audiences may have their own.

    Where it is `counted` again it is of what was known by then, and of the topics that posts
    belonged to in that night, though they be over since, if they were `told`.
    """
    known = load(tx, as_of, period_days, roles, known_by)
    night = as_of if counted else None
    found = _by_floor(tx, known, as_of, period_days, night, told)
    return lambda min_people: found(min_people=min_people)


def _by_floor(
    tx: Any,
    known: Talk,
    as_of: datetime,
    period_days: float,
    night: datetime | None = None,
    told: Set[str] = frozenset(),
) -> Callable[..., Pulse]:
    """Read what else is needed, and leave the floor open."""
    waiting = waiting_posts(known, as_of, period_days)
    topics = talk.topics_of(tx, waiting, night=night, told=told)
    return partial(measure, known, as_of, period_days=period_days, topics=topics)
