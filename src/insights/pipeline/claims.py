"""Holds digests against the store: before they are kept, before they go out, and after erasing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from insights.digest.content import Digest
from insights.digest.query import Evidence
from insights.digest.recount import Archive, needs
from insights.digest.validate import confirmed, corrected
from insights.pipeline.engine import Engine
from insights.proof import archive
from insights.pulse.options import Roles
from insights.store import deliveries, digests, memberships

Writes = Callable[[], AbstractContextManager[Any]]


def grounded(tx: Any, digest: Digest, about: Evidence, roles: Roles) -> tuple[Digest, Evidence]:
    """Write down what holds tonight, and return of a digest what that confirms."""
    read = needs(digest, about)
    memberships.take(tx, digest.as_of, since=read["since"], post_ids=read["post_ids"])
    return confirmed(digest, about, archive(tx, digest, about, roles))


def ready(engine: Engine, write: Writes, digest_id: str) -> Digest:
    """Return a stored digest as it may go out now.

    One that nobody has had is held against the store as it is; what somebody has had keeps the
    numbers of its night, without posts that are gone since.
    """
    with write() as tx:
        held = digests.get(tx, digest_id)
        digest = Digest.model_validate(held)
        known = digests.evidence(tx, digest_id)
        if known is None:
            return digest
        about = Evidence.model_validate(known[0])
        if deliveries.gone_out(tx, digest_id):
            held_now = archive(tx, digest, about, _roles(engine), known_by=known[1])
            now, about = corrected(digest, about, held_now, datetime.now(UTC))
        else:
            now, about = grounded(tx, digest, about, _roles(engine))
        if now != digest:
            _rewrite(tx, now, about)
    return now


def correct_counts(engine: Engine, write: Writes) -> int:
    """Correct the digests that counted posts that are gone since; return how many changed."""
    with engine.database.read() as tx:
        due = digests.stale(tx)
    changed = 0
    for digest_id in due:
        with write() as tx:
            digest = Digest.model_validate(digests.get(tx, digest_id))
            known = digests.evidence(tx, digest_id)
            if known is not None:
                about = Evidence.model_validate(known[0])
                held = archive(tx, digest, about, _roles(engine), known_by=known[1])
                changed += _rewrite(tx, *corrected(digest, about, held, datetime.now(UTC)))
    return changed


def archive_of(tx: Any, digest_id: str, roles: Roles) -> tuple[Digest, Evidence, Archive] | None:
    """Return a stored digest, what it is about and what is there of it; None without evidence."""
    known = digests.evidence(tx, digest_id)
    if known is None:
        return None
    digest = Digest.model_validate(digests.get(tx, digest_id))
    about = Evidence.model_validate(known[0])
    return digest, about, archive(tx, digest, about, roles, known_by=known[1])


def _roles(engine: Engine) -> Roles:
    return engine.options.pulse.roles(engine.key)


def _rewrite(tx: Any, digest: Digest, about: Evidence) -> bool:
    content, evidence = digest.model_dump(mode="json"), about.model_dump(mode="json")
    return digests.rewrite(tx, digest.id, content, evidence)
