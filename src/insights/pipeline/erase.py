"""Erases posts and people wherever they have gone."""

from __future__ import annotations

from datetime import UTC, datetime

from insights.models import Tombstone
from insights.pipeline.engine import Engine
from insights.store import digests, posts
from insights.text.pseudonyms import pseudonym


def erase(engine: Engine, *, post: str | None = None, author: str | None = None) -> int:
    """Erase a post (`source:native-id`) or all posts of an account (`source:account`).

    Returns how many posts were erased. Their quotes leave the stored digests in the same
    transaction; the space they took in the database file is overwritten.
    """
    now = datetime.now(UTC)
    with engine.database.write() as tx:
        if post is not None:
            source, _, native_id = post.partition(":")
            erased = posts.bury(tx, source, [Tombstone(native_id, "erased on request")], now)
            gone = [post]
        else:
            source, _, account = (author or "").partition(":")
            key = pseudonym(account, source, engine.key)
            gone = posts.of_author(tx, key)
            erased = posts.erase_author(tx, key, now)
        digests.withdraw(tx, gone)
    engine.database.checkpoint()
    return erased
