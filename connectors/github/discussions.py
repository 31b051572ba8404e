"""Reads discussions with their comments and replies through GraphQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from connectors.github import queries
from connectors.github.options import GitHubOptions
from connectors.github.shapes import (
    Budget,
    Connection,
    Count,
    Discussion,
    DiscussionComment,
    Listed,
    Words,
)  # fmt: skip
from insights.errors import BadItem, CredentialsError, RateLimited, SourceError
from insights.http import Http, Payload, Reply, once, shaped
from insights.models import JSON, Batch, Post, Skipped, Tombstone

M = TypeVar("M", bound=BaseModel)

HIDDEN = {"spam", "abuse", "off-topic"}
"""Why a comment is minimized whose words should not be read; outdated ones may."""

LIMITS = {"RATE_LIMITED", "RATE_LIMIT"}
"""What GitHub calls a spent budget; it has used both names."""

SIZES = (50, 5)
"""Comments asked for at once; a question that is too heavy for GitHub is asked in small parts."""

TOGETHER = 50
COMMENT = "discussion-comment-"


@dataclass(frozen=True)
class Discussions:
    """The discussions of the repository `name`, asked for at the GraphQL address `url`."""

    source: str
    options: GitHubOptions
    url: str
    name: str
    http: Http
    headers: Mapping[str, str]

    def pull(self, state: JSON | None) -> Iterator[Batch]:
        """Yield the discussions that changed since `state`, the longest quiet one first."""
        state = state or {"since": None, "seen": {}}
        since = datetime.fromisoformat(state["since"]) if state["since"] else None
        seen: dict[str, str] = dict(state["seen"])
        skipped: list[Skipped] = []
        floor = since - self.options.lookback if since else self.options.since
        listed = self._listed(floor, skipped)
        if skipped:
            yield Batch(cursor=state, skipped=tuple(skipped))
        for each in sorted(listed, key=lambda each: each.updatedAt):
            number, stamp = str(each.number), each.updatedAt.isoformat()
            if seen.get(number) == stamp:
                continue
            last = None
            for batch in self._read(each.number):
                if last is not None:
                    yield replace(last, cursor=state)
                last = batch
            since = max(since or each.updatedAt, each.updatedAt)
            oldest = (since - self.options.lookback).isoformat()
            seen = {n: at for n, at in (seen | {number: stamp}).items() if at >= oldest}
            state = {"since": since.isoformat(), "seen": seen}
            yield replace(last or Batch(cursor={}), cursor=state)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask again: what GitHub knows no more is a tombstone."""
        nodes = [id_.removeprefix(COMMENT) for id_ in native_ids if id_.startswith(COMMENT)]
        for start in range(0, len(nodes), TOGETHER):
            ids = nodes[start : start + TOGETHER]
            found = self._ask(queries.NODES, ids=ids).get("nodes")
            if not isinstance(found, list):
                raise SourceError("GitHub did not answer which discussion comments there are")
            there = [node for node in found if isinstance(node, dict) and "id" in node]
            alive = {node["id"] for node in there}
            gone = tuple(Tombstone(COMMENT + id_) for id_ in ids if id_ not in alive)
            batch = self._batch(there)
            yield replace(batch, tombstones=batch.tombstones + gone)
        for native_id in native_ids:
            number = native_id.removeprefix("discussion-")
            if number.isdecimal():
                node = self._discussion(queries.HEAD, number=int(number))
                gone = () if node else (Tombstone(native_id),)
                yield self._head(node) if node else Batch(cursor={}, tombstones=gone)

    def count(self) -> int:
        """Count the discussions."""
        found = self._repository(self._ask(queries.COUNT, **self._place))
        return _whole(Count, found.get("discussions")).totalCount

    def _listed(self, floor: datetime | None, skipped: list[Skipped]) -> list[Listed]:
        """List from the newest: what changes meanwhile comes to the front and is read next time."""
        listed: dict[int, Listed] = {}
        after: str | None = None
        cursors: set[str] = set()
        while True:
            answer = self._repository(self._ask(queries.LIST, **self._place, after=after))
            page = _whole(Connection, answer.get("discussions"))
            for node in page.nodes:
                try:
                    each = shaped(Listed, node)
                except BadItem as bad:
                    skipped.append(Skipped(f"{self.name} discussions", str(bad)))
                    continue
                if floor is not None and each.updatedAt < floor:
                    return list(listed.values())
                listed[each.number] = each
            after = _next(page, cursors)
            if after is None:
                return list(listed.values())

    def _read(self, number: int) -> Iterator[Batch]:
        """Yield a discussion and what was said in it; a failure of it alone is `Skipped`."""
        for size in SIZES:
            try:
                yield from self._whole_thread(number, size)
                return
            except RateLimited:
                raise
            except (BadItem, SourceError) as error:
                self._ask(queries.PROBE)  # GitHub may be down altogether
                problem = str(error)
        where = f"{self.name} discussion {number}"
        yield Batch(cursor={}, skipped=(Skipped(where, problem),))

    def _whole_thread(self, number: int, size: int) -> Iterator[Batch]:
        after: str | None = None
        cursors: set[str] = set()
        while True:
            node = self._discussion(queries.COMMENTS, number=number, size=size, after=after)
            if node is None:
                return  # deleted since it was listed
            if after is None:
                yield self._head(node)
            page = shaped(Connection, node.get("comments"))
            yield self._batch(page.nodes)
            for comment in page.nodes:
                replies = comment.get("replies") if isinstance(comment, dict) else None
                if replies:
                    yield from self._replies(comment["id"], shaped(Connection, replies), size)
            after = _next(page, cursors)
            if after is None:
                return

    def _replies(self, comment_id: str, page: Connection, size: int) -> Iterator[Batch]:
        cursors: set[str] = set()
        while True:
            if page.nodes:
                yield self._batch(page.nodes)
            after = _next(page, cursors)
            if after is None:
                return
            answer = self._ask(queries.REPLIES, id=comment_id, size=size, after=after)
            page = shaped(Connection, (answer.get("node") or {}).get("replies"))

    def _head(self, node: JSON) -> Batch:
        try:
            it = shaped(Discussion, node)
        except BadItem as bad:
            where = f"{self.name} discussion {node.get('number', '')}"
            return Batch(cursor={}, skipped=(Skipped(where, str(bad)),))
        post = Post(
            native_id=f"discussion-{it.number}",
            text=it.body if it.body.strip() else it.title,
            title=it.title,
            space=it.category.name,
            thread_id=f"discussion-{it.number}",
            tags=tuple(label.name for label in it.labels.nodes) if it.labels else (),
            attributes={"answered": "true"} if it.isAnswered else {},
            **self._shared(it),
        )
        return Batch(cursor={}, posts=(post,))

    def _batch(self, nodes: Sequence[Payload]) -> Batch:
        posts, tombstones, skipped = [], [], []
        for node in nodes:
            try:
                it = shaped(DiscussionComment, node)
            except BadItem as bad:
                url = node.get("url") if isinstance(node, dict) else None
                skipped.append(Skipped(str(url or f"{self.name} discussions")[:300], str(bad)))
                continue
            reason = (it.minimizedReason or "").lower().replace("_", "-")
            if it.deletedAt or not it.body.strip():
                tombstones.append(Tombstone(COMMENT + it.id))
            elif it.isMinimized and reason in HIDDEN:
                tombstones.append(Tombstone(COMMENT + it.id, f"hidden as {reason}"))
            else:
                posts.append(self._comment(it))
        return Batch(
            cursor={}, posts=tuple(posts), tombstones=tuple(tombstones), skipped=tuple(skipped)
        )

    def _comment(self, it: DiscussionComment) -> Post:
        thread_id = f"discussion-{it.discussion.number}"
        return Post(
            native_id=COMMENT + it.id,
            text=it.body,
            space=it.discussion.category.name,
            thread_id=thread_id,
            parent_id=COMMENT + it.replyTo.id if it.replyTo else thread_id,
            attributes={"accepted_answer": "true"} if it.isAnswer else {},
            **self._shared(it),
        )

    def _shared(self, it: Words) -> JSON:
        return {
            "source": self.source,
            "created_at": it.createdAt,
            "updated_at": it.updatedAt,
            "markup": "markdown",
            "author": it.author.login if it.author else None,
            "url": it.url,
            "reactions": it.upvoteCount + it.reactions.totalCount,
        }

    def _discussion(self, query: str, **variables: object) -> JSON | None:
        answer = self._repository(self._ask(query, **self._place, **variables))
        node: JSON | None = answer.get("discussion")
        return node

    @property
    def _place(self) -> dict[str, str]:
        owner, name = self.name.split("/")
        return {"owner": owner, "name": name}

    def _repository(self, data: JSON) -> JSON:
        repository = data.get("repository")
        if not isinstance(repository, dict):
            raise SourceError(f"GitHub shows this token no discussions of {self.name}")
        return repository

    def _ask(self, query: str, **variables: object) -> JSON:
        """Ask; what was not found is null in the answer, any other error is raised."""
        reply = self.http.post(
            self.url,
            json={"query": query, "variables": variables},
            headers=self.headers,
            limited=_is_limited,
        )
        for kind, message in _errors(reply):
            if kind in {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
                raise CredentialsError(
                    f"GitHub refused the token for discussions, which take the permission "
                    f"discussions=read, or the scope 'repo' of a classic token: {message}"
                )
            if kind != "NOT_FOUND":
                raise SourceError(f"GitHub could not answer about {self.name}: {message}")
        data = reply.json().get("data")
        if not isinstance(data, dict):
            raise SourceError(f"{reply.url} did not answer as GitHub does (no data)")
        if data.get("rateLimit"):
            budget = _whole(Budget, data["rateLimit"])
            if budget.remaining < budget.cost:
                self.http.hold(budget.resetAt)
        return data


def _whole(model: type[M], value: Payload) -> M:
    try:
        return shaped(model, value)
    except BadItem as bad:
        raise SourceError(f"GitHub did not answer as it should ({bad})") from None


def _is_limited(reply: Reply) -> bool:
    """Say whether an answer is a limit: by its kind, or, as a secondary one, by its words alone."""
    return any(kind in LIMITS or "rate limit" in said.lower() for kind, said in _errors(reply))


def _errors(reply: Reply) -> list[tuple[str, str]]:
    body = reply.json()
    if not isinstance(body, dict):
        raise SourceError(f"{reply.url} did not answer as GitHub does (no object)")
    errors = [error for error in body.get("errors") or [] if isinstance(error, dict)]
    return [
        (str(error.get("type", "")), " ".join(str(error.get("message", "")).split())[:200])
        for error in errors
    ]


def _next(page: Connection, cursors: set[str]) -> str | None:
    after = page.pageInfo.endCursor if page.pageInfo.hasNextPage else None
    if after is not None:
        once(cursors, after, "page")
    return after
