"""Turns the issues of any tracker, with their comments, into posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from insights.models import Batch, Markup, Post, Skipped, Tombstone

PRIVATE = "not everyone may read it any more"

CLOSED = frozenset({"closed", "done", "resolved", "fixed", "completed", "done-cbb", "released"})
"""Words for a status that ends an issue, where a tracker does not say which of its own do."""
DROPPED = frozenset({
    "not planned", "not_planned", "wontfix", "won't fix", "won't do", "wont-fix", "declined",
    "rejected", "invalid", "duplicate", "cannot reproduce", "worksforme", "works for me",
    "works-for-me", "incomplete", "not a bug", "not a problem", "abandoned", "out of date",
    "out of scope", "later", "remind", "postponed", "cancelled", "canceled", "obsolete",
    "expired", "stale", "as designed", "third party", "moved", "migrated",
})  # fmt: skip
"""Words for an end in which nothing was changed in the product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What someone wrote under an issue."""

    id: str
    text: str
    author: str | None
    created_at: datetime
    url: str
    updated_at: datetime | None = None
    is_private: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue with all its comments; `unread` says why some could not be read, by id."""

    id: str
    title: str
    text: str
    author: str | None
    created_at: datetime
    updated_at: datetime
    url: str
    markup: Markup = "auto"
    space: str | None = None
    tags: tuple[str, ...] = ()
    reactions: int = 0
    version: str | None = None
    is_private: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def native_id(self) -> str:
        """The id of the issue among the posts."""
        return f"issue-{self.id}"

    def comment_id(self, id_: str) -> str:
        """The id of a comment among the posts: it names its issue, so that it can be found."""
        return f"comment-{self.id}-{id_}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an issue stands: `dropped` ones were closed without a change in the product.

    `reason` is the tracker's own word; `closed_at` and `release` are None where it tells none.
    """

    state: Literal["open", "done", "dropped"]
    reason: str = ""
    closed_at: datetime | None = None
    release: str | None = None


def standing(attributes: Mapping[str, str]) -> Standing:
    """Read how an issue stands from the attributes of its post.

    A connector that knows says `state` (open, closed), `state_reason`, `closed_at` and
    `fixed_version`; where it does not, the name of the `status` must do.

    >>> standing({"state": "closed", "state_reason": "not_planned"}).state
    'dropped'
    >>> standing({"status": "Resolved", "fixed_version": "4.2"})
    Standing(state='done', reason='Resolved', closed_at=None, release='4.2')
    """
    status = attributes.get("status", "")
    is_closed = attributes.get("state", "closed" if _word(status) in CLOSED | DROPPED else "open")
    if is_closed != "closed":
        return Standing("open", status)
    reasons = [attributes.get(name, "") for name in ("state_reason", "resolution", "status")]
    dropped = [reason for reason in reasons if _word(reason) in DROPPED]
    reason = next(iter([*dropped, *filter(None, reasons)]), "")
    at = attributes.get("closed_at")
    return Standing(
        "dropped" if dropped else "done",
        reason.replace("_", " "),
        datetime.fromisoformat(at) if at else None,
        attributes.get("fixed_version"),
    )


def _word(text: str) -> str:
    return text.strip().casefold().replace("’", "'")


def is_issue(native_id: str) -> bool:
    """Say whether a post of a tracker is an issue itself and no comment."""
    return native_id.startswith("issue-")


def told(source: str, issues: Iterable[Issue]) -> Batch:
    """Return the posts of `issues` in their order; what is private or emptied is a tombstone."""
    posts: list[Post] = []
    gone: list[Tombstone] = []
    skipped: list[Skipped] = []
    for issue in issues:
        if issue.is_private:
            ids = [issue.native_id, *(issue.comment_id(each.id) for each in issue.comments)]
            gone += [Tombstone(id_, PRIVATE) for id_ in ids]
            continue
        posts.append(_opening(source, issue))
        for each in issue.comments:
            if each.is_private:
                gone.append(Tombstone(issue.comment_id(each.id), PRIVATE))
            elif not each.text.strip():
                gone.append(Tombstone(issue.comment_id(each.id), "emptied at the source"))
            else:
                posts.append(_answer(source, issue, each))
        skipped += [Skipped(f"{issue.url} {id_}", why) for id_, why in issue.unread.items()]
    return Batch(cursor={}, posts=tuple(posts), tombstones=tuple(gone), skipped=tuple(skipped))


def _opening(source: str, issue: Issue) -> Post:
    return Post(
        source=source,
        native_id=issue.native_id,
        text=issue.text if issue.text.strip() else issue.title,
        created_at=issue.created_at,
        title=issue.title,
        markup=issue.markup,
        author=issue.author,
        url=issue.url,
        space=issue.space,
        thread_id=issue.native_id,
        updated_at=issue.updated_at,
        reactions=issue.reactions,
        tags=issue.tags,
        version=issue.version,
        attributes=issue.attributes,
    )


def _answer(source: str, issue: Issue, comment: Comment) -> Post:
    return Post(
        source=source,
        native_id=issue.comment_id(comment.id),
        text=comment.text,
        created_at=comment.created_at,
        markup=issue.markup,
        author=comment.author,
        url=comment.url,
        space=issue.space,
        thread_id=issue.native_id,
        parent_id=issue.native_id,
        updated_at=comment.updated_at,
        attributes=comment.attributes,
    )


def issue_ids(native_ids: Iterable[str]) -> dict[str, list[str]]:
    """Group ids of posts by the issue that they belong to; others are left out."""
    found: dict[str, list[str]] = {}
    for native_id in native_ids:
        kind, _, rest = native_id.partition("-")
        issue = rest.partition("-")[0]
        if kind in {"issue", "comment"} and issue:
            found.setdefault(issue, []).append(native_id)
    return found


def rechecked(source: str, asked: Mapping[str, Sequence[str]], issues: Iterable[Issue]) -> Batch:
    """Tell `issues` again, with a tombstone for whatever of `asked` is not in them any more.

    `asked` holds ids of posts by issue, all of which the tracker was asked for; an issue that it
    did not bring is gone with all its comments.
    """
    issues = tuple(issues)
    batch = told(source, issues)
    there = {post.native_id for post in batch.posts} | {one.native_id for one in batch.tombstones}
    there |= {issue.comment_id(id_) for issue in issues for id_ in issue.unread}
    missing = [id_ for ids in asked.values() for id_ in ids if id_ not in there]
    gone = (*batch.tombstones, *map(Tombstone, missing))
    return replace(batch, tombstones=gone)


def portions(asked: Mapping[str, list[str]], size: int) -> Iterable[dict[str, list[str]]]:
    """Part the issues that are to be asked for into questions of `size`."""
    items = iter(asked.items())
    while portion := dict(islice(items, size)):
        yield portion
