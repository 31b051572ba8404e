"""Reads from the store what a digest is counted again from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from insights import feedback
from insights.corpus import Counted
from insights.digest import moves
from insights.digest.claims import days
from insights.digest.content import Digest
from insights.digest.query import Evidence
from insights.digest.recount import Archive, needs
from insights.digest.segments import placed_in
from insights.pulse.look import take
from insights.pulse.options import Roles
from insights.store import corrections, digests, nights, segments


def archive(
    tx: Any,
    digest: Digest,
    about: Evidence,
    roles: Roles,
    *,
    known_by: datetime | None = None,
    min_people: int | None = None,
) -> Archive:
    """Return what the store holds of a digest, of what it knew at `known_by`, if that is given.

    What is shown of it has at least `min_people`, those of the digest by default.
    """
    read = nights.gather(tx, linked_by=known_by, **needs(digest, about))
    period = days(digest)
    health = digest.pulse and take(
        tx,
        digest.as_of,
        period_days=period,
        roles=roles,
        known_by=known_by,
        told={one.topic_id for one in digest.pulse.waiting if one.topic_id},
        counted=True,
    )
    since = next((i.moved.since for i in moves.items(digest) if i.moved), None)
    last = digests.get(tx, since) if since else None
    return Archive(
        as_of=digest.as_of,
        min_people=min_people or digest.min_people,
        segments=_segments(tx, digest, about, read["rows"]),
        pulse=health(digest.min_people) if health else None,
        judged=feedback.judged(corrections.in_force(tx, feedback.KIND, by=known_by)),
        before=moves.places(Digest.model_validate(last)) if last else {},
        **read,
    )


def _segments(
    tx: Any, digest: Digest, about: Evidence, rows: Iterable[Counted]
) -> dict[str, frozenset[str]]:
    """Return what each person is, by the latest word of the last two periods."""
    if not about.segments:
        return {}
    start = digest.as_of - 2 * timedelta(days=days(digest))
    said = segments.of_posts(tx, sorted(about.segments), start, digest.as_of)
    known: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.post, row.position)):
        known.setdefault(row.person, {}).update(said.get(row.post, {}))
    return {person: _labels(values, about.segments) for person, values in known.items() if values}


def _labels(values: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(f"{name}: {placed_in(names[name], value)}" for name, value in values.items())
