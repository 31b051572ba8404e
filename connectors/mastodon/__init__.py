"""Reads a Mastodon server: what is posted under hashtags, and what accounts post."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel

from connectors.mastodon.options import MastodonOptions
from connectors.mastodon.shapes import Account, Status
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, Payload, Reply, once, reveal, shaped
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

PAGE = 40
"""Statuses a request: the most that Mastodon gives."""

TOGETHER = 20
"""Statuses that Mastodon 4.3 and later tell of at once."""

GONE = (404, 410)
UNKNOWN_QUESTION = (400, 404, 405, 422)
"""How servers before 4.3 answer when they are asked for several statuses."""


class Mastodon:
    """A Mastodon server as a source; native ids are the ids of statuses on this server.

    Ids grow with the time of a status, so a listing is walked forward from an id. A status of
    another server may arrive after later ones; so a pull looks again at the last `lookback`. The
    cursor holds for each hashtag and account the newest id, and what was read within `lookback`.
    """

    Options: ClassVar[type[BaseModel]] = MastodonOptions

    def __init__(self, source: str, options: MastodonOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")
        self._host = self._base.partition("://")[2]
        self._names = [*(f"#{tag}" for tag in options.tags), *(f"@{a}" for a in options.accounts)]
        self._headers = {"Accept": "application/json"}
        if token := reveal(options.token, f"{source}.token"):
            self._headers["Authorization"] = f"Bearer {token}"

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read what was posted since `cursor`, one hashtag or account after the other."""
        cursor = cursor or {}
        for name in self._names:
            state = cursor.get(name) or {"newest": None, "seen": {}, "path": self._path(name)}
            for batch, newer in self._walk(name, state):
                cursor = cursor | {name: newer}
                yield Batch(cursor=cursor, **batch)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for statuses by id: what is gone, emptied or opted out of is a tombstone."""
        self._page(self._path(self._names[0]), ("limit", 1))  # a refusal must not read as deletion
        ids = [id_ for id_ in dict.fromkeys(native_ids) if id_.isdecimal()]
        several = True
        for start in range(0, len(ids), TOGETHER):
            wanted = ids[start : start + TOGETHER]
            found = self._together(wanted) if several else {}
            several = bool(found)
            answers = [(id_, found.get(id_) or self._single(id_)) for id_ in wanted]
            yield Batch(cursor={}, **self._batch(answers))

    def check(self) -> Checkup:
        """Ask for the first listings; only of accounts is it known how much they hold."""
        counts = [self._count(name) for name in self._names[:3]]
        known = len(counts) == len(self._names)
        items = sum(c for c in counts if c) if known and None not in counts else None
        told = "" if items is None else f"{items:,} statuses of "
        return Checkup(
            reads=f"{told}{', '.join(self._names)} on {self._host}",
            items=items,
            seconds=None if items is None else items / PAGE,  # 300 requests in five minutes
        )

    def _walk(self, name: str, state: JSON) -> Iterator[tuple[JSON, JSON]]:
        """Yield what each page brings and the state after it, the oldest page first."""
        newest, seen = state["newest"], dict(state["seen"])
        anchor = self._floor(newest)
        only = (("exclude_reblogs", "true"),) if name.startswith("@") else ()
        walked: set[str] = set()
        while True:
            once(walked, str(anchor), "page")
            items = self._page(state["path"], *only, ("limit", PAGE), ("min_id", anchor))
            if not items:
                return  # only an empty page is surely the last: some are thinned out by filters
            stamps = {id_: _stamp(item) for item in items if (id_ := _id(item))}
            anchor = max(map(int, stamps))
            new = [(_id(i), i) for i in reversed(items)]
            new = [(id_, i) for id_, i in new if not id_ or seen.get(id_) != stamps[id_]]
            batch = self._batch(new, before=seen)
            seen = seen | stamps
            newest = str(max(anchor, int(newest or 0)))
            oldest = self._floor(newest)
            seen = {id_: stamp for id_, stamp in seen.items() if int(id_) > oldest}
            if new:
                yield batch, {"newest": newest, "seen": seen, "path": state["path"]}

    def _floor(self, newest: str | None) -> int:
        """The id behind which to look: Mastodon counts milliseconds and 16 bits within each."""
        if newest is None:
            since = self.options.since
            return 0 if since is None else _id_at(since - self.options.lookback)
        return max(0, int(newest) - (_milliseconds(self.options.lookback) << 16))

    def _batch(self, items: Sequence[tuple[str, Payload]], before: JSON | None = None) -> JSON:
        """Sort items into posts, tombstones and skipped; `before` holds what a pull had seen.

        Without `before`, all were once posts: what is not to be read any more is a tombstone.
        """
        posts, tombstones, skipped = [], [], []
        for id_, item in items:
            try:
                found = item if isinstance(item, Tombstone) else self._read(item)
            except BadItem as bad:
                skipped.append(Skipped(f"{self._base}/statuses/{id_ or 'without id'}", str(bad)))
                continue
            if isinstance(found, Post):
                if before is None or self._is_wanted(found):
                    posts.append(found)
            elif found is not None and (before is None or id_ in before):
                tombstones.append(found)
        return {
            "posts": tuple(posts),
            "tombstones": tuple(tombstones),
            "skipped": tuple(skipped),
        }

    def _is_wanted(self, post: Post) -> bool:
        return self.options.since is None or post.created_at >= self.options.since

    def _read(self, item: Payload) -> Post | Tombstone:
        status = shaped(Status, item)
        if not status.is_public:
            return Tombstone(status.id, "not public")
        if status.account.opted_out:
            return Tombstone(status.id, "its author asks machines not to read")
        warning = (status.spoiler_text or "").strip()
        if not (status.words or warning):
            return Tombstone(status.id, "emptied at the source")
        tags = tuple(tag.name for tag in status.tags)
        ours = [f"#{tag}" for tag in self.options.tags if tag.lower() in {t.lower() for t in tags}]
        return Post(
            source=self.source,
            native_id=status.id,
            text=status.words or warning,
            created_at=status.created_at,
            title=warning,
            markup="html",
            author=status.account.acct,
            url=status.url or status.uri,
            # of several listings that hold it the same one, whichever it was read from
            space=ours[0] if ours else f"@{status.account.acct}",
            thread_id=status.in_reply_to_id or status.id,
            parent_id=status.in_reply_to_id,
            updated_at=status.edited_at,
            reactions=status.favourites_count + status.reblogs_count,
            tags=tags,
            language=status.language or None,
            attributes={"bot": "true"} if status.account.bot else {},
        )

    def _together(self, ids: Sequence[str]) -> dict[str, Payload]:
        params = [("id[]", id_) for id_ in ids]
        reply = self._get("/api/v1/statuses", *params, allow=UNKNOWN_QUESTION)
        if reply.status in UNKNOWN_QUESTION:
            return {}
        return {_id(item): item for item in _listed(reply) if _id(item)}

    def _single(self, id_: str) -> Payload | Tombstone:
        reply = self._get(f"/api/v1/statuses/{id_}", allow=GONE)
        return Tombstone(id_) if reply.status in GONE else reply.json()

    def _path(self, name: str) -> str:
        if name.startswith("#"):
            return f"/api/v1/timelines/tag/{name[1:]}"
        return f"/api/v1/accounts/{self._account(name).id}/statuses"

    def _account(self, name: str) -> Account:
        params = ("acct", name[1:])
        reply = self._get("/api/v1/accounts/lookup", params, allow=GONE)
        if reply.status in GONE:
            raise SourceError(f"there is no account {name} on {self._host}")
        try:
            return shaped(Account, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Mastodon does ({bad})") from None

    def _count(self, name: str) -> int | None:
        if name.startswith("@"):
            return self._account(name).statuses_count
        self._page(self._path(name), ("limit", 1))
        return None

    def _page(self, path: str, *params: tuple[str, str | int]) -> list[Payload]:
        items = _listed(self._get(path, *params))
        if items and not any(map(_id, items)):
            raise SourceError(
                f"{self._host} does not number its statuses as Mastodon does; such servers cannot "
                "be read"
            )
        return items

    def _get(self, path: str, *params: tuple[str, str | int], allow: Sequence[int] = ()) -> Reply:
        try:
            return self._http.get(
                self._base + path, params=params, headers=self._headers, allow=allow
            )
        except CredentialsError as refusal:
            if "scope" in str(refusal):
                raise CredentialsError(
                    f"{refusal}; the token needs the scopes read:statuses and read:accounts"
                ) from None
            raise


def _listed(reply: Reply) -> list[Payload]:
    items = reply.json()
    if not isinstance(items, list):
        raise SourceError(f"{reply.url} did not answer as Mastodon does (no list)")
    return items


def _id(item: Payload) -> str:
    """The id of a status that may be malformed otherwise; empty where it has none."""
    id_ = item.get("id") if isinstance(item, dict) else None
    return id_ if isinstance(id_, str) and id_.isdecimal() and len(id_) <= 20 else ""


def _stamp(item: Payload) -> str:
    return str(item.get("edited_at") or "")[:40]


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _id_at(at: datetime) -> int:
    return max(0, int(at.timestamp() * 1000)) << 16
