"""Tells the people who reported something that it is done: a thread each, once ever, by command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from insights.digest import reply
from insights.errors import CredentialsError, InsightsError, Undecided, UsageError
from insights.models import Post
from insights.pipeline.engine import Engine
from insights.pipeline.fixes import Subjects, fixes
from insights.pipeline.links import linked
from insights.pipeline.rehearse import opened
from insights.protocols import Replies
from insights.signals.regression import Fix
from insights.store import posts, releases, sendings
from insights.store.rows import hash_text
from insights.versions import same

State = Literal["ready", "by hand", "sending", "sent", "failed", "unknown"]


@dataclass(frozen=True)
class Thread:
    """A conversation in which somebody reported it: where it is, and how telling them stands."""

    source: str
    thread_id: str
    url: str
    key: str
    state: State
    where: str = ""
    """Where the reply is, or why there is none."""


@dataclass(frozen=True)
class Telling:
    """The threads to tell, in order of time, and the text for each; `out_of_reach` have no page."""

    subject: str
    text: str
    threads: tuple[Thread, ...]
    out_of_reach: int


def prepare(engine: Engine, insight: str, community: str) -> Telling:
    """Return the threads of the people who reported a matter before it was fixed.

    UsageError where nothing of it is shipped, or fewer people spoke of it than the privacy floor.
    """
    state, _ = opened(engine)
    now = datetime.now(UTC)
    with engine.database.read() as tx:
        subjects = Subjects.load(tx)
        subject = subjects.find(insight)
        topic = subjects.topic(subject)
        fix = fixes(tx, state.said, now).get(int(topic[1:])) if topic else None
        if topic is None or fix is None:
            raise UsageError(f"nothing is shipped for {subject} yet: {_why(tx, topic, subject)}")
        corpus = state.corpus.until(min(now, fix.at))
        rows = np.flatnonzero((corpus.topics == int(topic[1:])) & corpus.counted)
        floor = engine.options.digest.min_people
        if len(np.unique(corpus.people[rows])) < floor:
            raise UsageError(f"fewer than {floor} people spoke of {subject}; none is named")
        held = list(posts.by_id(tx, corpus.post_ids[rows].tolist()).values())
        link = _link(tx, subject, fix)
        issues = {f"{row['source']}:{row['native_id']}" for row in linked(tx, subject)}
        threads, out_of_reach = _threads(tx, engine, held, issues)
    text = reply.write(engine.options.replies, release=fix.release, link=link, community=community)
    return Telling(subject, text, tuple(threads), out_of_reach)


def post(engine: Engine, telling: Telling, *, by: str) -> list[Thread]:
    """Reply in every thread that can be answered and was not yet; return how each one stands.

    That a reply is sent is written down before. One that may have been taken is never sent again.
    """
    told = []
    refused: dict[str, str] = {}
    for thread in telling.threads:
        if thread.state in ("ready", "failed") and thread.source not in refused:
            thread = _post(engine, telling, thread, by, refused)
        told.append(thread)
    return told


def _post(
    engine: Engine, telling: Telling, thread: Thread, by: str, refused: dict[str, str]
) -> Thread:
    tracker = engine.trackers.get(thread.source)
    if not isinstance(tracker, Replies):
        return replace(thread, state="by hand")
    row = {
        "key": thread.key, "kind": sendings.REPLY, "subject": telling.subject,
        "source": thread.source, "at": datetime.now(UTC), "by": by,
    }  # fmt: skip
    with engine.database.write() as tx:
        if not sendings.begin(tx, row):
            return replace(thread, state="sending", where="somebody else is sending it")
    url: str | None = None
    status: State = "sent"
    detail = ""
    try:
        url = tracker.reply(thread.thread_id, telling.text)
    except Undecided as error:
        status, detail = "unknown", str(error)
    except InsightsError as error:
        status, detail = "failed", str(error)
        if isinstance(error, CredentialsError):
            refused[thread.source] = detail
    with engine.database.write() as tx:
        sendings.end(tx, thread.key, status, url=url, detail=detail)
    return replace(thread, state=status, where=url or detail)


def _threads(
    tx: Any, engine: Engine, held: Sequence[Post], issues: set[str]
) -> tuple[list[Thread], int]:
    """Group posts by conversation; whose is only on pages without an address is out of reach."""
    first: dict[tuple[str, str], Post] = {}
    for each in sorted(held, key=lambda post: (post.created_at, post.id)):
        first.setdefault((each.source, each.thread_id or each.native_id), each)
    opening = posts.by_id(tx, [f"{source}:{thread}" for source, thread in first])
    threads, out_of_reach = [], 0
    for (source, thread_id), earliest in first.items():
        if f"{source}:{thread_id}" in issues:
            continue
        url = opening.get(f"{source}:{thread_id}", earliest).url or earliest.url
        if not url:
            out_of_reach += 1
            continue
        threads.append(_standing(tx, engine, source, thread_id, url))
    return threads, out_of_reach


def _standing(tx: Any, engine: Engine, source: str, thread_id: str, url: str) -> Thread:
    key = hash_text("reply", source, thread_id)
    row = sendings.get(tx, key)
    if row is not None:
        return Thread(source, thread_id, url, key, row["status"], row["url"] or row["detail"])
    tracker = engine.trackers.get(source)
    able = isinstance(tracker, Replies) and tracker.answers(thread_id)
    return Thread(source, thread_id, url, key, "ready" if able else "by hand")


def _link(tx: Any, subject: str, fix: Fix) -> str:
    """Return the page of the release, else of the issue that was done."""
    wanted = same(fix.release) if fix.release else None
    pages = [r.url for r in releases.every(tx) if wanted == same(r.version) and r.url]
    pages += [row["url"] for row in linked(tx, subject) if row["state"] == "done"]
    return str(next(iter(pages), ""))


def _why(tx: Any, topic: str | None, subject: str) -> str:
    if topic is None:
        return "it belongs to no topic"
    rows = linked(tx, subject)
    if not rows:
        return "link its issue (insights link), or say so (insights topics fixed)"
    return ", ".join(f"{row['name']} is {_named(row)}" for row in rows)


def _named(row: Any) -> str:
    waiting = row["state"] == "done"
    return "closed, and waits for its release" if waiting else f"{row['state']}"
