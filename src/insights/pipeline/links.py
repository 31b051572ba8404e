"""Links lasting findings to issues by a person's word, and takes such links back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from insights.digest import linked as wording
from insights.digest.escape import link as harmless
from insights.errors import UsageError
from insights.models import Post
from insights.pipeline.engine import Engine
from insights.pipeline.fixes import Subjects
from insights.store import links, posts, runs, sources, topics
from insights.tracker import is_issue

TRACKERS = ("github", "redmine", "jira", "roundup")
"""Connectors whose issues are posts with ids that begin with `issue-`."""

_NUMBER = re.compile(r"(?:(?P<source>[^\s:#]+)?#|issue[-/]?)?(?P<number>\d{1,12})")
_KEY = re.compile(r"[A-Z][A-Z0-9_]+-\d+")
_NAMES = (
    re.compile(r"/(?:issues|pull|-/issues)/(\d+)$"),
    re.compile(r"/issue(\d+)$"),
    re.compile(r"/browse/([A-Z][A-Z0-9_]+-\d+)$"),
)


@dataclass(frozen=True)
class Named:
    """An issue as a person named it: where it is, and which post it is if a source reads it."""

    name: str
    url: str
    source: str | None = None
    native_id: str | None = None


def link(engine: Engine, subject: str, issue: str, *, by: str) -> tuple[str, Named, bool]:
    """Link a finding to an issue; return the finding's id, the issue, and whether it is new.

    UsageError says what cannot be found, or which of several issues is meant.
    """
    with engine.database.write() as tx:
        found = Subjects.load(tx).find(subject)
        named = find(tx, issue)
        return found, named, keep(tx, found, named, by=by)


def keep(tx: Any, subject: str, named: Named, *, by: str, state: str = "unknown") -> bool:
    """Write a link down; False if it is there already."""
    row = {
        "subject": subject, "url": named.url, "name": named.name, "source": named.source,
        "native_id": named.native_id, "state": state, "at": datetime.now(UTC), "by": by,
    }  # fmt: skip
    return links.add(tx, row)


def unlink(engine: Engine, subject: str, issue: str) -> tuple[str, str]:
    """Take a link back, named by the issue's address or its name; return both ids."""
    with engine.database.write() as tx:
        found = Subjects.load(tx).find(subject)
        mine = linked(tx, found)
        same = [row for row in mine if issue in (row["url"], row["name"]) or _same(issue, row)]
        if len(same) != 1:
            known = ", ".join(f"{row['name']} ({row['url']})" for row in mine) or "nothing"
            raise UsageError(f"{found} is linked to {known}; name one of these by its address")
        links.remove(tx, same[0]["subject"], same[0]["url"])
        return found, str(same[0]["name"])


@dataclass(frozen=True)
class Row:
    """A link as it is listed: how its issue stands in words, and what is to be known of it."""

    subject: str
    state: str
    url: str
    notes: tuple[str, ...]


def told(engine: Engine, subject: str | None) -> list[Row]:
    """Return all links, or those of a matter, with what became of issue and topic since."""
    with engine.database.read() as tx:
        subjects = Subjects.load(tx)
        wanted = subjects.find(subject) if subject else None
        mine = linked(tx, wanted) if wanted else links.every(tx)
        events = topics.history(tx)
        last = runs.last(tx)
    now = last["as_of"] if last else datetime.now(UTC)
    rows = []
    for row in mine:
        held, at = subjects.now(row["subject"]), row["at"]
        notes = [f"{row['subject']} was merged into {held}"] if held != row["subject"] else []
        topic = subjects.topics.get(held)
        notes += [f"{held} has ended"] if topic and topic.status == "retired" else []
        notes += [
            f"{event['topic_id']} was split off from {held} since; is it about this issue too?"
            for event in events
            if event["event"] == "split" and held in event["others"] and event["at"] > at
        ]
        notes += [row["note"]] if row["note"] else []
        rows.append(Row(held, wording.told(as_linked(row, subjects), now), row["url"], (*notes,)))
    return rows


def as_linked(row: Mapping[str, Any], subjects: Subjects) -> wording.Linked:
    """Return a stored link as digests tell it."""
    verdict = row["verdict"] or {}
    subject = subjects.now(row["subject"])
    return wording.Linked(
        subject=subject,
        title=subjects.titles.get(subject, subject),
        name=row["name"],
        url=row["url"],
        state=row["state"],
        reason=row["reason"],
        closed_at=row["closed_at"],
        verdict=verdict.get("kind", ""),
        said=verdict.get("said", ""),
        since=datetime.fromisoformat(verdict["since"]) if "since" in verdict else None,
    )


def linked(tx: Any, subject: str) -> list[dict[str, Any]]:
    """Return the links of a matter, wherever merges have taken it: a signal's are its topic's."""
    subjects = Subjects.load(tx)
    return [row for row in links.every(tx) if subjects.same(row["subject"], subject)]


def find(tx: Any, issue: str) -> Named:
    """Return the issue that an address, `#12`, `app#12`, `APP-12` or a post's id names."""
    if issue.startswith(("http://", "https://")):
        return _at(tx, issue)
    read = {row["name"] for row in sources.every(tx) if row["connector"] in TRACKERS}
    if not read:
        raise UsageError("no tracker is read; name the issue by its whole address")
    if ":" in issue:
        found = list(posts.by_id(tx, [issue]).values())
    elif _KEY.fullmatch(issue):
        found = [post for post in links.issues_at(tx, read, f"/browse/{issue}") if _is(post)]
    elif number := _NUMBER.fullmatch(issue):
        named = {number["source"]} if number["source"] else read
        ids = [f"{name}:issue-{number['number']}" for name in sorted(named & read)]
        found = [post for post in posts.by_id(tx, ids).values() if _is(post)]
    else:
        raise UsageError(f"'{issue}' names no issue; write its address, #12, or APP-12")
    if len(found) > 1:
        several = ", ".join(sorted(post.id for post in found))
        raise UsageError(f"'{issue}' is an issue in several trackers; name one: {several}")
    if not found:
        where = ", ".join(sorted(read))
        raise UsageError(f"no issue {issue} was read from {where}; name it by its whole address")
    return of_post(found[0])


def of_post(post: Post) -> Named:
    """Return the issue that a tracker's post is."""
    url = post.url or ""
    return Named(
        name_of(url) if url else post.native_id, url or post.id, post.source, post.native_id
    )


def name_of(url: str) -> str:
    """Name an issue shortly by its address.

    >>> name_of("https://github.com/acme/app/issues/12"), name_of("https://x.example/browse/AB-7")
    ('#12', 'AB-7')
    """
    for pattern in _NAMES:
        if found := pattern.search(urlsplit(url).path.rstrip("/")):
            return found[1] if "-" in found[1] else f"#{found[1]}"
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"[:80]


def _at(tx: Any, url: str) -> Named:
    parts = urlsplit(url.strip())
    plain = harmless(urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", "")))
    if plain is None:
        raise UsageError("that is no address that can be linked; write https://HOST/PATH")
    read = {row["name"] for row in sources.every(tx) if row["connector"] in TRACKERS}
    for post in links.issues_at(tx, read, parts.path.rstrip("/")):
        if _is(post) and harmless(post.url) == plain:
            return of_post(post)
    return Named(name_of(plain), plain)


def _is(post: Post) -> bool:
    return is_issue(post.native_id)


def _same(issue: str, row: Mapping[str, Any]) -> bool:
    return issue.lstrip("#") == str(row["name"]).lstrip("#") or issue.rstrip("/") == row["url"]
