"""Reads Hacker News: stories and comments that its search finds, by the time they were written."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from insights.errors import BadItem, SourceError
from insights.fingerprint import fingerprint
from insights.http import Http, Payload, shaped
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

SEARCH = "https://hn.algolia.com/api/v1/search_by_date"
ITEMS = "https://hacker-news.firebaseio.com/v0"
PAGE = "https://news.ycombinator.com/item?id="

MOST = 1000
"""Hits that a search gives at most, whatever the page: so time is cut into windows."""
FIRST_DAY = 1_160_352_000
"""9 October 2006, in epoch seconds: nothing on Hacker News is older."""
DEEPEST = 200
"""Parents that are followed from a comment to its story."""


class HackerNewsOptions(BaseModel):
    """What to look for on Hacker News. All of it would be tens of millions of posts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str = ""
    """Words that a post must hold, as typed into hn.algolia.com; quotes keep words together."""
    tags: str = Field("(story,comment)", pattern=r"^[\w(),]+$")
    """Which posts: a comma means and, commas in parentheses mean or; `author_NAME`, `story_ID`."""
    since: AwareDatetime | None = None
    """Leave out what was written before."""
    lookback: timedelta = Field(timedelta(hours=3), ge=timedelta(0), le=timedelta(days=7))
    """How far behind its cursor a pull looks for edits and for what came to light late."""

    @model_validator(mode="after")
    def _is_bounded(self) -> HackerNewsOptions:
        named = self.query.strip() or "author_" in self.tags or "story_" in self.tags
        if not named and self.since is None:
            raise ValueError(
                "give a query, an author_ or story_ tag, or since: it is too much else"
            )
        return self


class Hit(BaseModel):
    """What the search says of a story or comment."""

    objectID: str = Field(pattern=r"^\d{1,18}$")
    created_at_i: int = Field(ge=0, lt=7_258_118_400)
    title: str | None = None
    author: str | None = None
    url: str | None = None
    points: int | None = Field(None, ge=-(10**6), le=10**6)
    story_text: str | None = None
    comment_text: str | None = None
    story_id: int | None = Field(None, ge=1)
    parent_id: int | None = Field(None, ge=1)


class Found(BaseModel):
    """The reply to a search; each hit is looked at by itself."""

    hits: list[Payload]
    nbHits: int


class Item(BaseModel):
    """What Hacker News itself says of a story or comment."""

    id: int
    time: int | None = Field(None, ge=0, lt=7_258_118_400)
    deleted: bool = False
    dead: bool = False
    by: str | None = None
    title: str | None = None
    text: str | None = None
    url: str | None = None
    score: int | None = Field(None, ge=-(10**6), le=10**6)
    parent: int | None = Field(None, ge=1)


@dataclass
class _Walk:
    """All before `floor` was read; `seen` says what there was within the lookback of it."""

    floor: int
    lookback: int
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> JSON:
        oldest = self.floor - self.lookback
        kept = {id_: mark for id_, mark in self.seen.items() if int(mark.split()[0]) >= oldest}
        self.seen = kept
        return {"since": self.floor, "seen": dict(kept)}


class HackerNews:
    """A search of Hacker News as a source; native ids are the ids of items.

    Windows of time are read oldest first, each small enough to be shown whole. The cursor is the
    end of the last window and the posts within `lookback` of it.
    """

    Options: ClassVar[type[BaseModel]] = HackerNewsOptions

    def __init__(self, source: str, options: HackerNewsOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._parents: dict[int, int | None] = {}

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read what was written since `cursor`, and what was changed shortly before it."""
        start = int(self.options.since.timestamp()) if self.options.since else FIRST_DAY
        lookback = int(self.options.lookback.total_seconds())
        walk = _Walk(start, lookback)
        if cursor:
            walk = _Walk(cursor["since"], lookback, dict(cursor["seen"]))
        low, high, newest = max(start, walk.floor - lookback), None, walk.floor
        while True:
            found = self._searched(low, high)
            stamps = [at for hit in found.hits if (at := _stamp(hit)) is not None]
            if (total := max(found.nbHits, len(found.hits))) > len(found.hits) or total >= MOST:
                newest = max([newest, *stamps])
                span = (newest + 1 if high is None else high) - low
                if span > 1:  # half of it at most, less where there is much more
                    high = low + max(1, min(span // 2, span * len(found.hits) // (2 * total)))
                    continue
            yield self._batch(found, walk, low, high, whole=total == len(found.hits))
            if high is None:
                return
            low, high = high, high + 2 * (high - low)
            if high > newest:
                high = None

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask Hacker News itself for each item: deleted, killed or gone is a tombstone."""
        newest = self._item_json("maxitem")
        if not isinstance(newest, int):  # a server that says null to everything deletes nothing
            raise SourceError(f"{ITEMS}/maxitem.json did not answer as Hacker News does")
        for native_id in native_ids:
            if not native_id.isdigit() or int(native_id) > newest:
                continue
            value = self._item_json(f"item/{int(native_id)}")
            try:
                found = self._asked_again(native_id, value)
            except BadItem as bad:
                yield Batch(cursor={}, skipped=(Skipped(PAGE + native_id, str(bad)),))
                continue
            if isinstance(found, Post):
                yield Batch(cursor={}, posts=(found,))
            else:
                yield Batch(cursor={}, tombstones=(found,))

    def check(self) -> Checkup:
        """Ask the search how much there is."""
        since = self.options.since
        start = int(since.timestamp()) if since else FIRST_DAY
        found = self._searched(start, None, most=1)
        about = f" with '{self.options.query}'" if self.options.query.strip() else ""
        when = f" since {since:%Y-%m-%d}" if since else ""
        reads = f"{found.nbHits:,} posts of Hacker News{about} tagged {self.options.tags}{when}"
        return Checkup(reads=reads, items=found.nbHits)

    def _batch(
        self, found: Found, walk: _Walk, low: int, high: int | None, *, whole: bool
    ) -> Batch:
        posts, tombstones, skipped = [], [], []
        for value in sorted(found.hits, key=lambda hit: _stamp(hit) or 0):
            try:
                hit = shaped(Hit, value)
            except BadItem as bad:
                id_ = value.get("objectID") if isinstance(value, dict) else None
                skipped.append(Skipped(f"{PAGE}{str(id_)[:20]}", str(bad)))
                continue
            mark = f"{hit.created_at_i} " + fingerprint(
                hit.title, hit.url, hit.story_text, hit.comment_text
            )
            if walk.seen.get(hit.objectID) == mark:
                continue
            walk.seen[hit.objectID] = mark
            words = hit.comment_text or hit.story_text or hit.title
            if (words or "").strip():
                posts.append(self._from_hit(hit))
            else:
                tombstones.append(Tombstone(hit.objectID, "emptied at the source"))
            walk.floor = max(walk.floor, hit.created_at_i)
        if not whole:
            at = datetime.fromtimestamp(low, UTC)
            reason = f"of {found.nbHits} posts of this second {len(found.hits)} are shown"
            skipped.append(Skipped(f"{SEARCH} {at:%Y-%m-%d %H:%M:%S}", reason))
        walk.floor = max(walk.floor, high or 0)
        return Batch(
            cursor=walk.state,
            posts=tuple(posts),
            tombstones=tuple(tombstones),
            skipped=tuple(skipped),
        )

    def _searched(self, low: int, high: int | None, most: int = MOST) -> Found:
        bounds = f"created_at_i>={low}" + ("" if high is None else f",created_at_i<{high}")
        params: list[tuple[str, str | int]] = [
            ("tags", self.options.tags),
            ("numericFilters", bounds),
            ("hitsPerPage", most),
        ]
        if self.options.query.strip():
            params.append(("query", self.options.query))
        reply = self._http.get(SEARCH, params=params)
        try:
            found = shaped(Found, reply.json())
        except BadItem as bad:
            said = f"{reply.url} did not answer as the search of Hacker News does ({bad})"
            raise SourceError(said) from None
        if found.nbHits and not found.hits:
            raise SourceError(f"{reply.url} counts {found.nbHits} posts and shows none")
        stamps = [at for hit in found.hits if (at := _stamp(hit)) is not None]
        if any(at < low or (high is not None and at >= high) for at in stamps):
            raise SourceError(f"{reply.url} shows posts of other times than it was asked for")
        return found

    def _item_json(self, path: str) -> Payload:
        return self._http.get(f"{ITEMS}/{path}.json").json()

    def _asked_again(self, native_id: str, value: Payload) -> Post | Tombstone:
        """Read what became of an item."""
        if value is None:
            return Tombstone(native_id, "no longer on Hacker News")
        item = shaped(Item, value)
        if item.deleted or item.dead:
            reason = "deleted at the source" if item.deleted else "killed by moderators or flags"
            return Tombstone(native_id, reason)
        if item.time is None:
            raise BadItem("time is missing")
        words = item.text if item.parent else item.text or item.title
        if not (words or "").strip():
            return Tombstone(native_id, "emptied at the source")
        hit = Hit(
            objectID=native_id,
            created_at_i=item.time,
            title=None if item.parent else item.title,
            author=item.by,
            url=item.url,
            points=item.score,
            story_text=None if item.parent else item.text,
            comment_text=item.text if item.parent else None,
            story_id=self._story(item) if item.parent else None,
            parent_id=item.parent,
        )
        return self._from_hit(hit)

    def _story(self, item: Item) -> int | None:
        """Follow the parents of a comment; those of its neighbours are known by then."""
        id_, parent = item.id, item.parent
        for _ in range(DEEPEST):
            if parent is None:
                return id_
            id_ = parent
            if id_ not in self._parents:
                value = self._item_json(f"item/{id_}")
                self._parents[id_] = None if value is None else shaped(Item, value).parent
            parent = self._parents[id_]
        return None

    def _from_hit(self, hit: Hit) -> Post:
        is_comment = hit.comment_text is not None
        title = html.unescape(hit.title or "").strip()
        kind = title.partition(":")[0].strip()
        stories = kind if kind in {"Ask HN", "Show HN", "Tell HN", "Launch HN"} else "stories"
        text = hit.comment_text if is_comment else hit.story_text
        return Post(
            source=self.source,
            native_id=hit.objectID,
            text=((text or "").strip() and (text or "")) or title,
            created_at=datetime.fromtimestamp(hit.created_at_i, UTC),
            title="" if is_comment else title,
            markup="html" if (text or "").strip() else "plain",
            author=hit.author,
            url=PAGE + hit.objectID,
            space="comments" if is_comment else stories,
            thread_id=str(hit.story_id or hit.objectID) if not is_comment or hit.story_id else None,
            parent_id=str(hit.parent_id) if is_comment and hit.parent_id else None,
            reactions=0 if is_comment else hit.points or 0,
            attributes={"link": hit.url} if hit.url and not is_comment else {},
        )


def _stamp(hit: Payload) -> int | None:
    at = hit.get("created_at_i") if isinstance(hit, dict) else None
    return at if isinstance(at, int) and 0 <= at < 7_258_118_400 else None
