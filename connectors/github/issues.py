"""Reads issues and their comments by the time of their last change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.github.options import GitHubOptions
from connectors.github.permissions import refusal
from connectors.github.shapes import Comment, Issue, Item, Stamp
from insights.errors import BadItem, SourceError
from insights.http import Http, Payload, Reply, shaped
from insights.models import JSON, Batch, Post, Skipped, Tombstone

PAGE = 100
PATIENCE = 20
"""How often one second's pages are walked again because something new was on them."""

GONE = (404, 410, 451)
SECOND = timedelta(seconds=1)  # the resolution of `since`


@dataclass(frozen=True)
class Issues:
    """The issues of the repository at `url`; `home` is how GitHub itself names that address."""

    source: str
    options: GitHubOptions
    url: str
    home: str
    http: Http
    headers: Mapping[str, str]

    def issues(self, state: JSON | None) -> Iterator[Batch]:
        """Yield issues, and pull requests where wanted, that changed since `state`."""
        return self._walk("/issues", (("state", "all"),), state, self._issue)

    def comments(self, state: JSON | None) -> Iterator[Batch]:
        """Yield the comments on them that changed since `state`."""
        return self._walk("/issues/comments", (), state, self._comment)

    def count(self) -> int:
        """Count issues and pull requests by the number of the last page of one each.

        Raises:
            CredentialsError: names the permission that the token lacks.
        """
        params: tuple[tuple[str, str | int], ...] = (("state", "all"), ("per_page", 1))
        reply = self.http.get(
            f"{self.url}/issues", params=params, headers=self.headers, allow=(403, 404)
        )
        if reply.status != 200:
            raise refusal(reply, f"issues of {self.options.repository}", "issues=read")
        items = reply.json()
        if not isinstance(items, list):
            raise SourceError(f"{reply.url} did not answer as GitHub does (no list)")
        return reply.last_page or len(items)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for each again: gone, or moved to another repository, is a tombstone."""
        for native_id in native_ids:
            kind, _, number = native_id.rpartition("-")
            if kind not in {"issue", "pull", "comment"}:
                continue
            path = "/issues/comments/" if kind == "comment" else "/issues/"
            reply = self.http.get(f"{self.url}{path}{number}", headers=self.headers, allow=GONE)
            if reply.status in GONE:
                yield Batch(cursor={}, tombstones=(Tombstone(native_id),))
                continue
            read = self._comment if kind == "comment" else self._issue
            try:
                post = read(reply.json())
            except BadItem as bad:
                yield Batch(cursor={}, skipped=(Skipped(reply.url, str(bad)),))
                continue
            if post is not None:
                found = (post,) if isinstance(post, Post) else ()
                gone = () if isinstance(post, Post) else (post,)
                yield Batch(cursor={}, posts=found, tombstones=gone)

    def _walk(
        self,
        path: str,
        fixed: tuple[tuple[str, str], ...],
        state: JSON | None,
        read: Callable[[Payload], Post | Tombstone | None],
    ) -> Iterator[Batch]:
        """Walk a listing by time, never by page number: what changes meanwhile moves pages.

        Each page gives the time at which the next question starts. Only where a whole page holds
        one and the same second are further pages followed, and then walked again until nothing
        new is found on them.
        """
        walk = _Walk.started(state, self.options)
        again = 0
        # the first question is the same until something changes, and GitHub counts no 304
        known = validators = (state or {}).get("unchanged", {})
        while True:
            page, news, last = 0, False, True
            params = (*fixed, *_ORDER, *walk.floor)
            for page, reply in enumerate(
                self.http.pages(
                    self.url + path, params=params, headers={**self.headers, **(validators or {})}
                )
            ):
                if reply.status == 304:
                    return
                last = reply.next_url is None
                posts, tombstones, skipped, newest, fresh = self._page(reply, walk, read)
                news = news or (fresh and page > 0)
                moved = newest is not None and (walk.base is None or newest > walk.base)
                if newest is not None and not news:
                    walk.advance(newest)
                if fresh or skipped:
                    validators = None
                    yield Batch(
                        cursor=walk.state,
                        posts=tuple(posts),
                        tombstones=tuple(tombstones),
                        skipped=tuple(skipped),
                    )
                if moved:
                    break
            again = again + 1 if news else 0
            if again > PATIENCE:
                raise SourceError(f"{self.url}{path} changes faster than it can be read")
            if last and not news:
                tag = {k: v for k, v in reply.validators.items() if k == "If-None-Match"}
                if validators is not None and tag != known:
                    yield Batch(cursor=walk.state | {"unchanged": tag})
                return
            validators = None

    def _page(
        self, reply: Reply, walk: _Walk, read: Callable[[Payload], Post | Tombstone | None]
    ) -> tuple[list[Post], list[Tombstone], list[Skipped], datetime | None, bool]:
        items = reply.json()
        if not isinstance(items, list):
            raise SourceError(f"{reply.url} did not answer as GitHub does (no list)")
        posts: list[Post] = []
        tombstones: list[Tombstone] = []
        skipped: list[Skipped] = []
        newest, fresh = None, False
        for item in items:
            try:
                stamp = shaped(Stamp, item)
                newest = max(newest or stamp.updated_at, stamp.updated_at)
                if not walk.is_new(stamp):
                    continue
                fresh = True
                found = read(item)
                if isinstance(found, Post):
                    posts.append(found)
                elif found is not None:
                    tombstones.append(found)
            except BadItem as bad:
                where = item.get("html_url") if isinstance(item, dict) else None
                skipped.append(Skipped(str(where or reply.url)[:300], str(bad)))
        return posts, tombstones, skipped, newest, fresh

    def _issue(self, item: Payload) -> Post | Tombstone | None:
        issue = shaped(Issue, item)
        if issue.repository_url and issue.repository_url.lower() != self.home.lower():
            return Tombstone(issue.native_id, "moved to another repository")
        is_pull = issue.pull_request is not None
        if not (self.options.pull_requests if is_pull else self.options.issues):
            return None
        about = {"state": issue.state, "state_reason": issue.state_reason}
        about["closed_at"] = issue.closed_at.isoformat() if issue.closed_at else None
        return self._post(
            issue,
            native_id=issue.native_id,
            text=((issue.body or "").strip() and (issue.body or "")) or issue.title,
            title=issue.title,
            thread_id=issue.native_id,
            tags=issue.label_names,
            about=about,
        )

    def _comment(self, item: Payload) -> Post | Tombstone | None:
        comment = shaped(Comment, item)
        is_pull = comment.thread_id.startswith("pull-")
        if not (self.options.pull_requests if is_pull else self.options.issues):
            return None
        if not (comment.body or "").strip():
            return Tombstone(f"comment-{comment.id}", "emptied at the source")
        return self._post(
            comment,
            native_id=f"comment-{comment.id}",
            text=comment.body or "",
            thread_id=comment.thread_id,
            parent_id=comment.thread_id,
        )

    def _post(
        self,
        item: Item,
        *,
        native_id: str,
        text: str,
        thread_id: str,
        title: str = "",
        parent_id: str | None = None,
        tags: tuple[str, ...] = (),
        about: Mapping[str, str | None] | None = None,
    ) -> Post:
        about = {"association": item.author_association, **(about or {})}
        if item.user and item.user.type == "Bot":
            about["bot"] = "true"
        return Post(
            source=self.source,
            native_id=native_id,
            text=text,
            created_at=item.created_at,
            title=title,
            markup="markdown",
            author=item.user.login if item.user else None,
            url=item.html_url,
            space="pull requests" if thread_id.startswith("pull-") else "issues",
            thread_id=thread_id,
            parent_id=parent_id,
            updated_at=item.updated_at,
            reactions=item.reactions.total_count if item.reactions else 0,
            tags=tags,
            attributes={name: value for name, value in about.items() if value},
        )


_ORDER: tuple[tuple[str, str | int], ...] = (
    ("sort", "updated"),
    ("direction", "asc"),
    ("per_page", PAGE),
)


@dataclass
class _Walk:
    """How far a listing was read: all up to `base`, and of what lies near it, which."""

    base: datetime | None
    reached: datetime | None
    lookback: timedelta
    seen: dict[str, datetime]

    @classmethod
    def started(cls, state: JSON | None, options: GitHubOptions) -> _Walk:
        if not state or not state["since"]:
            return cls(options.since, options.since, options.lookback, {})
        reached = datetime.fromisoformat(state["since"])
        seen = {id_: datetime.fromisoformat(at) for id_, at in state["seen"].items()}
        return cls(reached - options.lookback, reached, options.lookback, seen)

    @property
    def floor(self) -> tuple[tuple[str, str], ...]:
        """The question's `since`: a second early, as it may or may not include its own."""
        if self.base is None:
            return ()
        return (("since", (self.base - SECOND).strftime("%Y-%m-%dT%H:%M:%SZ")),)

    @property
    def state(self) -> JSON:
        reached = max(filter(None, (self.base, self.reached)), default=None)
        since = None if reached is None else reached.isoformat()
        return {"since": since, "seen": {id_: at.isoformat() for id_, at in self.seen.items()}}

    def is_new(self, stamp: Stamp) -> bool:
        if self.seen.get(str(stamp.id)) == stamp.updated_at:
            return False
        self.seen[str(stamp.id)] = stamp.updated_at
        return True

    def advance(self, base: datetime) -> None:
        self.base = max(self.base or base, base)
        oldest = max(self.base, self.reached or self.base) - max(self.lookback, SECOND)
        self.seen = {id_: at for id_, at in self.seen.items() if at >= oldest}
