"""Opens an issue for an insight in a tracker, with the evidence of its digest, exactly once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from insights.digest import issue
from insights.digest.content import Digest, Item
from insights.digest.linked import MAYBE
from insights.digest.moves import items
from insights.errors import InsightsError, SettingsError, Undecided, UsageError, unknown
from insights.models import Opened
from insights.pipeline.engine import Engine
from insights.pipeline.fixes import Subjects
from insights.pipeline.links import Named, keep, linked, name_of
from insights.protocols import Opens
from insights.store import digests, sendings
from insights.store.sendings import FAILED, SENT, UNKNOWN

LATEST = 30
"""Digests that are looked through for the insight, newest first."""
PATIENCE = timedelta(minutes=15)
"""How long a tracker may take to show an issue that it took."""
EARLY = timedelta(minutes=5)
"""How far its clock may be behind ours."""


@dataclass(frozen=True)
class Draft:
    """An issue as it would be opened; `body` is written in what the tracker reads."""

    subject: str
    source: str
    title: str
    body: Any
    key: str
    quoted: tuple[tuple[str, str], ...]
    """Posts and their words."""


def draft(engine: Engine, insight: str, source: str) -> Draft:
    """Write the issue of an insight; UsageError where no digest tells of it."""
    with engine.database.read() as tx:
        return _draft(tx, engine, insight, source)


def _draft(tx: Any, engine: Engine, insight: str, source: str) -> Draft:
    tracker = tracker_of(engine, source)
    subjects = Subjects.load(tx)
    subject = subjects.find(insight)
    item, digest = _told(tx, subjects, insight, subject)
    key = _key(engine, subject, source)
    body = issue.MARKUPS[tracker.markup](
        issue.blocks(item, digest), issue.footer(item, digest), key
    )
    quoted = tuple((quote.post_id, quote.text) for quote in item.quotes)
    return Draft(subject, source, issue.title(item), body, key, quoted)


def open_issue(engine: Engine, insight: str, source: str, *, by: str) -> tuple[str, bool]:
    """Open the issue of an insight; return its address, and whether it was opened now.

    That it is sent is written down before. Whether an issue was taken whose answer never came is
    told by the key that stands in it: it is looked for, at once and by the next call.

    Raises:
        Undecided: it may have been opened; the next call looks again.
        PublishError: it surely was not.
    """
    tracker = tracker_of(engine, source)
    written = draft(engine, insight, source)
    known = _known(engine, tracker, written, by)
    if known is not None:
        return known, False
    with engine.database.write() as tx:
        # Words may have been taken back while the tracker was asked: digests hold them no more.
        written = _draft(tx, engine, insight, source)
        row = {
            "key": written.key, "kind": sendings.ISSUE, "subject": written.subject,
            "source": source, "at": datetime.now(UTC), "by": by,
            "quoted": [list(pair) for pair in written.quoted],
        }  # fmt: skip
        if not sendings.begin(tx, row):
            raise UsageError(f"somebody else is opening an issue for {written.subject} right now")
    try:
        opened = tracker.open(written.title, written.body, key=written.key)
    except Undecided as error:
        _end(engine, written.key, UNKNOWN, str(error))
        found = _found(tracker, written.key, datetime.now(UTC))
        if found is None:
            raise Undecided(f"{error}; call again in some minutes, it is looked for then") from None
        opened = found
    except InsightsError as error:
        _end(engine, written.key, FAILED, str(error))
        raise
    _opened(engine, written, opened, by)
    return opened.url, True


def proposed(engine: Engine, insight: str) -> str:
    """Return the address of the issue that the newest digest proposes for an insight."""
    with engine.database.read() as tx:
        subjects = Subjects.load(tx)
        item, digest = _told(tx, subjects, insight, subjects.find(insight))
    if not item.linked.startswith(MAYBE):
        raise UsageError(f"{digest.id} proposes no issue for {insight}: {item.linked}")
    return item.links[0].url


def cleaned(engine: Engine, issue: str) -> str:
    """Write down that words that are gone were taken out of an issue; return where it is.

    An issue is named by its address, or by its key where none is known.
    """
    with engine.database.write() as tx:
        known = sendings.outdated(tx)
        for row in known:
            if issue in (row["url"], row["key"]):
                sendings.cleaned(tx, row["key"])
                return sendings.place(row)
    raise UsageError(unknown("issue with words that are gone", issue, [
        row["url"] or row["key"] for row in known
    ]))  # fmt: skip


def tracker_of(engine: Engine, source: str) -> Opens:
    """Return what opens issues where a source reads; SettingsError says what is missing."""
    tracker = engine.trackers.get(source)
    able = [name for name, each in engine.trackers.items() if isinstance(each, Opens)]
    if tracker is None and source in {each.name for each in engine.sources}:
        raise SettingsError(
            f"nothing may be written to {source} yet; add [trackers.{source}] with a token that "
            "may write, see docs/acting.md"
        )
    if not isinstance(tracker, Opens):
        raise UsageError(unknown("tracker", source, able))
    return tracker


def _known(engine: Engine, tracker: Opens, written: Draft, by: str) -> str | None:
    """Return the address of the issue that is there already, by a link or by its key."""
    with engine.database.read() as tx:
        for there in linked(tx, written.subject):
            if there["source"] == written.source and there["state"] != "gone":
                return str(there["url"])
        row = sendings.get(tx, written.key)
    if row is None or row["status"] == FAILED:
        return None
    if row["status"] == SENT:
        return str(row["url"])
    found = tracker.find(written.key, row["at"] - EARLY)
    if found is not None:
        _opened(engine, written, found, by)
        return found.url
    waited = datetime.now(UTC) - row["at"]
    if waited < PATIENCE:
        minutes = (PATIENCE - waited) // timedelta(minutes=1) + 1
        raise Undecided(
            f"an issue for {written.subject} was sent {waited.seconds // 60} minutes ago, and "
            f"{written.source} does not show it; look again in {minutes} minutes"
        )
    _end(engine, written.key, FAILED, "the tracker never showed it")
    return None


def _found(tracker: Opens, key: str, at: datetime) -> Opened | None:
    try:
        return tracker.find(key, at - EARLY)
    except InsightsError:
        return None


def _opened(engine: Engine, written: Draft, opened: Opened, by: str) -> None:
    named = Named(name_of(opened.url), opened.url, written.source, opened.native_id)
    with engine.database.write() as tx:
        sendings.end(tx, written.key, SENT, url=opened.url, detail="")
        keep(tx, written.subject, named, by=by, state="open")


def _end(engine: Engine, key: str, status: str, detail: str) -> None:
    with engine.database.write() as tx:
        sendings.end(tx, key, status, url=None, detail=detail)


def _key(engine: Engine, subject: str, source: str) -> str:
    """Name an issue for ever, in a way that tells nothing of us."""
    words = f"issue/{subject}/{source}".encode()
    return f"insights-{hashlib.blake2b(words, digest_size=8, key=engine.key[:64]).hexdigest()}"


def _told(tx: Any, subjects: Subjects, insight: str, subject: str) -> tuple[Item, Digest]:
    """Return the newest item about a matter; the very insight that was named comes first."""
    for row in digests.every(tx)[:LATEST]:
        digest = Digest.model_validate(digests.get(tx, row["id"]))
        mine = [
            item
            for item in items(digest)
            if item.id == insight or subjects.same(_subject(item), subject)
        ]
        if mine:
            return next((item for item in mine if item.id == insight), mine[0]), digest
    raise UsageError(
        f"no digest tells of {insight}: an issue is opened from what a digest says, and it says "
        "nothing below the privacy floor; see insights digest show"
    )


def _subject(item: Item) -> str:
    return item.id.partition("-")[2]
