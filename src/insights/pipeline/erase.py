"""Erases posts and people wherever they have gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from insights.errors import PublishError, StoreError
from insights.models import Post, Tombstone
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.publish import correct
from insights.store import digests, posts, topics, wordings
from insights.text.clean import clean
from insights.text.noise import normal_form
from insights.text.pseudonyms import pseudonym


def erase(engine: Engine, *, post: str | None = None, author: str | None = None) -> int:
    """Erase a post (`source:native-id`) or all posts of an account (`source:account`).

    Returns how many posts were erased. The files of old digests are written anew without them;
    the space they took in the database file is overwritten. PublishError, after everything else
    is done, names a channel that still holds something.
    """
    now = datetime.now(UTC)
    source, _, name = (post or author or "").partition(":")
    with Lease(engine.database) as lease:  # a night at work would write the words again
        with lease.write() as tx:
            gone = [post] if post else posts.of_author(tx, pseudonym(name, source, engine.key))
            stones = [Tombstone(p.partition(":")[2], "erased on request") for p in gone]
            erased = bury(tx, source, stones, now)
        uncorrected = correct(engine, lease.write)
    if not engine.database.checkpoint():
        raise StoreError(
            "it is erased, but another program is reading the database as it was before, so the "
            "words are still in its log; stop that program, then erase once more"
        )
    if uncorrected:
        raise PublishError("; ".join(uncorrected))
    return erased


def bury(tx: Any, source: str, stones: Sequence[Tombstone], at: datetime) -> int:
    """Purge posts inside a transaction, with their vectors, quotes and the titles they gave.

    Returns how many there were.
    """
    post_ids = [f"{source}:{stone.native_id}" for stone in stones]
    buried = posts.by_id(tx, post_ids)
    count = posts.bury(tx, source, stones, at)
    if buried:
        said = [_words(post) for post in buried.values()]
        titles = {}
        worded = wordings.withdraw(tx, post_ids)
        for title, plain in topics.titles(tx).items():
            form = normal_form(title)
            if title in worded or (form and any(form in words for words in said)):
                titles[title] = plain
        topics.retitle(tx, titles)
        digests.withdraw(tx, post_ids, titles)
    return count


def _words(post: Post) -> str:
    cleaned = clean(post.text, post.markup).text
    return normal_form(f"{post.title} {post.text} {cleaned}")
