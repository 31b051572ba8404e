"""Says of the last digest of an audience which posts stood behind its items."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from insights.digest.content import Digest
from insights.digest.moves import Then
from insights.digest.query import Evidence
from insights.digest.recount import Archive
from insights.pipeline.engine import Engine
from insights.store import checks, digests, memberships

Last = Callable[[Digest], Then]
NEVER = datetime.max.replace(tzinfo=UTC)


def last(engine: Engine, corrected: NDArray[np.bool_]) -> Last:
    """Return what gives all that is known of a digest that was the last one.

    `corrected` says of each passage whether people say in which topic it is. A post that first
    came after a digest was composed came late to it.
    """

    def then(digest: Digest) -> Then:
        with engine.database.read() as tx:
            known = digests.evidence(tx, digest.id)
            about = Evidence.model_validate(known[0]) if known else Evidence()
            made_at = known[1] if known else NEVER
            rows = memberships.rows(
                tx, digest.as_of, since=digest.period.start, post_ids=about.posts
            )
        archive = Archive(as_of=digest.as_of, min_people=digest.min_people, rows=rows)

        def late(post_ids: Iterable[str]) -> frozenset[str]:
            with engine.database.read() as tx:
                return frozenset(checks.came_after(tx, post_ids, made_at))

        return Then(
            digest=digest,
            posts={
                key: frozenset(row.post for row in archive.of(scope))
                for key, scope in about.items.items()
            },
            corrected=corrected,
            late=late,
            shares=engine.options.ranking.shares(),
        )

    return then
