"""Erases posts and people wherever they have gone."""

from __future__ import annotations

from datetime import UTC, datetime

from insights.errors import StoreError
from insights.models import Tombstone
from insights.pipeline.engine import Engine
from insights.store import digests, posts
from insights.text.pseudonyms import pseudonym


def erase(engine: Engine, *, post: str | None = None, author: str | None = None) -> int:
    """Erase a post (`source:native-id`) or all posts of an account (`source:account`).

    Returns how many posts were erased. Their quotes leave the stored digests in the same
    transaction; the space they took in the database file is overwritten. StoreError when a
    reader keeps it from being overwritten now.
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
    if not engine.database.checkpoint():
        raise StoreError(
            "it is erased, but another program is reading the database as it was before, so the "
            "words are still in its log; stop that program, then erase once more"
        )
    return erased
