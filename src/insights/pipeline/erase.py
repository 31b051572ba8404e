"""Erases posts and people wherever they have gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from insights.errors import StoreError
from insights.models import Post, Tombstone
from insights.pipeline.claims import correct_counts
from insights.pipeline.deliver import Report, correct
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.signals.episodes import FIRST, LATEST
from insights.store import (
    areas,
    corrections,
    digests,
    people,
    posts,
    segments,
    sendings,
    signals,
    tombstones,
    topics,
    wordings,
)
from insights.text.clean import clean
from insights.text.noise import normal_form
from insights.text.pseudonyms import pseudonym

QUOTED = 24
"""Characters in a row, in any script, from which on a text that people typed quotes a post."""


def erase(
    engine: Engine,
    *,
    post: str | None = None,
    author: str | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> int:
    """Erase a post (`source:native-id`) or all posts of an account (`source:account`).

    Returns how many posts were erased; `tell` hears, once, what had left and cannot be called
    back. The files of old digests are written anew without them;
    the space they took in the database file is overwritten. PublishError, after everything else
    is done, names a channel that still holds something.
    """
    now = datetime.now(UTC)
    source, _, name = (post or author or "").partition(":")
    with Lease(engine.database) as lease:  # a night at work would write the words again
        with lease.write() as tx:
            key = pseudonym(name, source, engine.key)
            gone = [post] if post else posts.of_author(tx, key)
            if author:
                people.unlink_accounts(tx, [key])
                segments.forget(tx, [key])
            stones = [Tombstone(p.partition(":")[2], "erased on request") for p in gone]
            if author:  # what the source hides now must not come back either
                tombstones.erase_hidden(tx, source, key)
            quoting = sendings.forget(tx, lambda post_id, words: post_id in gone, now)
            erased = bury(tx, source, stones, now, erased=True)
        correct_counts(engine, lease.write)
        report = Report()
        correct(engine, lease.write, report)
        for line in report.beyond:
            tell(line)
        report.trouble += [f"{at} quotes it still; take it out there by hand" for at in quoting]
    if not engine.database.checkpoint():
        raise StoreError(
            "it is erased, but another program is reading the database as it was before, so the "
            "words are still in its log; stop that program, then erase once more"
        )
    report.check()
    return erased


def bury(
    tx: Any, source: str, stones: Sequence[Tombstone], at: datetime, *, erased: bool = False
) -> int:
    """Purge posts inside a transaction, with their vectors and all that their words gave.

    They come back if their source shows them again, unless they were `erased` by a person.
    Returns how many there were.
    """
    tombstones.bury(tx, source, stones, at, erased=erased)
    return purge(tx, source, [stone.native_id for stone in stones])


def purge(tx: Any, source: str, native_ids: Sequence[str], *, expired: bool = False) -> int:
    """Take posts out inside a transaction, with all that their words gave, and leave no stone.

    Of those that are `expired` the counts in old digests stay. Returns how many there were.
    """
    gone = posts.by_id(tx, [f"{source}:{native_id}" for native_id in native_ids])
    if gone:
        topics.forget_centres(tx, gone)
    count = posts.remove(tx, source, native_ids)
    forget_words(tx, gone, {}, expired=expired)
    return count


def forget_words(
    tx: Any, before: Mapping[str, Post], after: Mapping[str, Post], *, expired: bool = False
) -> None:
    """Take words that posts no longer say out of titles, keywords and digests.

    Issues that hold them are outdated from then on.

    `before` are posts as they were, `after` those of them that are still there, as they are. A
    keyword stays while two people of its topic say it.
    """
    if not before:
        return
    form = cache(normal_form)  # the same keywords are held against each of hundreds of posts
    still = {key: _words(post) for key, post in after.items() if key in before}
    lost = [
        _Lost(post.created_at, _words(post), still.get(key, ""), form)
        for key, post in before.items()
    ]

    def unsaid(post_id: str, words: str) -> bool:
        if post_id not in before:
            return False
        return post_id not in still or normal_form(words) not in still[post_id]

    now = datetime.now(UTC)
    sendings.forget(tx, unsaid, now)
    keywords = topics.drop_keywords(tx, lambda word: any(one.holds(word) for one in lost))
    named = areas.drop_keywords(tx, keywords)
    worded = wordings.withdraw(tx, before)
    titles = {
        title: plain
        for title, plain in topics.titles(tx).items()
        if title in worded or any(one.holds(title) for one in lost)
    }
    topics.retitle(tx, titles)

    def told(words: str, start: datetime, end: datetime) -> bool:
        return any(start <= one.at < end and one.holds(words) for one in lost)

    runs_of_words = set().union(*(one.runs() for one in lost))
    corrections.forget_reasons(tx, lambda reason: _quotes(reason, runs_of_words, lost))
    removed = {key: post.created_at for key, post in before.items() if key not in after}
    signals.forget(tx, removed, whole=0 if expired else FIRST + LATEST)
    digests.withdraw(
        tx, before, {**named, **titles},
        keywords=keywords, told=told, removed=removed, expired=expired, at=now,
    )  # fmt: skip


@dataclass(frozen=True)
class _Lost:
    """What a post said when, and what it still says."""

    at: datetime
    was: str
    now: str
    form: Callable[[str], str]

    def holds(self, words: str) -> bool:
        form = self.form(words)
        return bool(form) and form in self.was and form not in self.now

    def runs(self) -> set[str]:
        """Return every run of QUOTED characters that it said and says no more."""
        return _runs(self.was) - _runs(self.now)


def _quotes(text: str, runs: set[str], lost: Sequence[_Lost]) -> bool:
    """Say whether a text holds as many words of a lost post as make a quote."""
    return not runs.isdisjoint(_runs(normal_form(text))) or any(one.holds(text) for one in lost)


def _runs(text: str) -> set[str]:
    return {text[at : at + QUOTED] for at in range(len(text) - QUOTED + 1)}


def _words(post: Post) -> str:
    cleaned = clean(post.text, post.markup).text
    return normal_form(f"{post.title} {post.text} {cleaned}")
