"""How a source did in the period of a digest: what its pulls brought, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from insights.digest.content import SourceHealth

COUNTS = ("new", "changed", "deleted", "skipped", "requests")


def of_source(
    row: Mapping[str, Any],
    pulls: Sequence[Mapping[str, Any]],
    *,
    posts: int,
    posts_before: int,
    newest_at: datetime | None,
    last_success_at: datetime | None,
) -> SourceHealth:
    """Put together what is known of a source; `pulls` are its rows of the period, oldest first.

    A source that was read and gave nothing where it gave something before is `silent`.
    """
    silent = row["state"] == "ok" and posts == 0 and posts_before > 0
    nights = [pull for pull in pulls if pull["kind"] == "pull"]
    rechecks = [pull for pull in pulls if pull["kind"] == "recheck"]
    unchecked = rechecks[-1]["note"] if rechecks and rechecks[-1]["state"] != "ok" else ""
    counts: dict[str, int] = {name: sum(pull[name] for pull in pulls) for name in COUNTS}
    return SourceHealth(
        name=row["name"],
        state="silent" if silent else row["state"],
        posts=posts,
        posts_before=posts_before,
        newest_at=newest_at,
        note=row["note"],
        last_success_at=last_success_at,
        resume_at=row["resume_at"],
        pulls=len(nights),
        failed=sum(night["state"] != "ok" for night in nights),
        waited_s=round(sum(pull["waited_s"] for pull in pulls), 1),
        unchecked=unchecked,
        **counts,
    )
