"""Reads a Discourse forum: topics by their last activity, then every post of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import ClassVar, TypeVar

from pydantic import BaseModel

from connectors.discourse.options import A_MINUTE, DiscourseOptions
from connectors.discourse.shapes import (
    LIKE,
    WRITTEN,
    ForumPost,
    Latest,
    Posts,
    Site,
    Thread,
    Topic,
    Where,
)  # fmt: skip
from insights.errors import BadItem, CredentialsError, RateLimited, SourceError
from insights.http import Http, Payload, Reply, reveal, shaped
from insights.models import JSON, Batch, Checkup, Post, Skipped, Terms, Tombstone

__all__ = ["Discourse", "DiscourseOptions"]

M = TypeVar("M", bound=BaseModel)

GONE = (403, 404, 410)
"""Of one topic or post: it was deleted, or not everyone may read it any more."""

CHUNK = 20
"""Posts a request: what Discourse's own pages ask for."""


@dataclass
class _Reading:
    """A topic while it is read: what its posts share, and their ids by number so far."""

    thread: Thread
    space: str | None
    ids: dict[int, int] = field(default_factory=dict)


class Discourse:
    """A Discourse forum as a source; native ids are the ids of posts.

    The cursor holds the activity up to which all topics were read, and the state of the topics
    within `lookback` of it, so that none is read twice for nothing.
    """

    Options: ClassVar[type[BaseModel]] = DiscourseOptions
    terms: ClassVar[Terms] = Terms()
    """Discourse asks for nothing; what a forum asks for stands in the settings of its source."""

    def __init__(self, source: str, options: DiscourseOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")
        self._headers = {"Accept": "application/json"}
        if key := reveal(options.api_key, f"{source}.api_key"):
            self._headers |= {"Api-Key": key, "Api-Username": options.api_username}
        self._spaces: dict[int, str] | None = None

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read the topics that were active since `cursor`, the longest quiet one first."""
        cursor = cursor or {"since": None, "states": {}}
        since = datetime.fromisoformat(cursor["since"]) if cursor["since"] else None
        states: dict[str, str] = dict(cursor["states"])
        skipped: list[Skipped] = []
        floor = since - self.options.lookback if since else self.options.since
        topics = [t for t in self._listed(floor, skipped) if states.get(str(t.id)) != t.state]
        if skipped:
            yield Batch(cursor=cursor, skipped=tuple(skipped))
        for topic in sorted(topics, key=lambda topic: (topic.bumped_at, topic.id)):
            last = None
            for batch in self._read(topic.id):
                if last is not None:
                    yield replace(last, cursor=cursor)
                last = batch
            since = max(since or topic.bumped_at, topic.bumped_at)
            oldest = (since - self.options.lookback).isoformat()
            states = states | {str(topic.id): topic.state}  # never changed: a cursor holds it
            states = {id_: state for id_, state in states.items() if state >= oldest}
            cursor = {"since": since.isoformat(), "states": states}
            yield replace(last or Batch(cursor={}), cursor=cursor)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for posts by id; where their topic is known, many at a time."""
        self._probe()  # a refused key must not read as a deletion of everything
        pending = dict.fromkeys(id_ for id_ in native_ids if id_.isdigit())
        while pending:
            native_id = next(iter(pending))
            del pending[native_id]
            reply = self._get(f"/posts/{native_id}.json", allow=GONE)
            if reply.status in GONE:
                yield Batch(cursor={}, tombstones=(Tombstone(native_id),))
                continue
            topic_id = self._whole(Where, reply).topic_id
            wanted = [native_id, *list(pending)[: CHUNK - 1]]
            for batch in self._read(topic_id, only=[int(id_) for id_ in wanted]):
                for post in batch.posts:
                    pending.pop(post.native_id, None)
                for tombstone in batch.tombstones:
                    pending.pop(tombstone.native_id, None)
                yield batch

    def check(self) -> Checkup:
        """Look at the newest topics, and count all by category.

        Raises:
            CredentialsError: says which kind of key suffices.
        """
        keyed = "Api-Key" in self._headers
        try:
            self._probe()
            site = self._whole(Site, self._get("/site.json"))
        except CredentialsError as refused:
            wanted = (
                "a key of scope Read-only, made under Admin, API, suffices"
                if keyed
                else "it shows nothing without a login: set api_key"
            )
            raise CredentialsError(f"{refused}; {wanted}") from None
        topics, posts = site.counts
        host = self._base.partition("//")[2]
        if self.options.since:
            since = f"what was posted since {self.options.since:%Y-%m-%d}"
            return Checkup(reads=f"{since} of about {topics:,} topics of {host}")
        # a topic is a request, with its first posts, and each further page of its posts is one
        requests = topics + max(0, posts - CHUNK * topics) / CHUNK
        return Checkup(
            reads=f"about {topics:,} topics with {posts:,} posts of {host}",
            items=posts,
            seconds=requests / A_MINUTE[keyed] * 60,
        )

    def _listed(self, floor: datetime | None, skipped: list[Skipped]) -> list[Topic]:
        """List the topics that were active at `floor` or later.

        Activity during the walk moves topics to the front, so pages repeat some and lose none.
        A pinned topic may be old wherever it stands, so it never ends the walk.
        """
        topics: dict[int, Topic] = {}
        seen: set[str] = set()
        for page in count():
            reply = self._get("/latest.json", ("order", "activity"), ("page", page))
            items = self._whole(Latest, reply).topic_list.topics
            fresh = {str(i.get("id") if isinstance(i, dict) else i): i for i in items}
            fresh = {key: item for key, item in fresh.items() if key not in seen}
            seen |= fresh.keys()
            oldest = None
            for key, item in fresh.items():
                try:
                    topic = shaped(Topic, item)
                except BadItem as bad:
                    skipped.append(Skipped(f"{self._base}/t/{key[:40]}", str(bad)))
                    continue
                if floor is None or topic.bumped_at >= floor:
                    topics[topic.id] = topic
                if not (topic.pinned or topic.pinned_globally):
                    oldest = topic.bumped_at
            if not fresh or (floor and oldest and oldest < floor):
                break
        return list(topics.values())

    def _read(self, topic_id: int, only: Sequence[int] = ()) -> Iterator[Batch]:
        """Yield the posts of a topic, all, or `only` some of which the first is surely in it.

        Their cursors mean nothing.
        """
        try:
            reply = self._get(f"/t/{topic_id}.json", allow=GONE)
            if reply.status in GONE:
                yield Batch(cursor={}, tombstones=tuple(Tombstone(str(id_)) for id_ in only[:1]))
                return
            thread = shaped(Thread, reply.json())
            reading = _Reading(thread, self._space(thread.category_id))
            batch, had = self._batch(thread.post_stream.posts, reading)
            if only:
                yield from self._some(reading, only)
                return
            yield batch
            for items in self._rest(thread, had):
                batch, more = self._batch(items, reading)
                if more <= had:
                    break  # past the end
                had |= more
                yield batch
        except RateLimited:
            raise
        except (BadItem, SourceError) as error:
            self._probe()  # the whole forum may be down; else it is this topic alone
            yield Batch(cursor={}, skipped=(Skipped(f"{self._base}/t/{topic_id}", str(error)),))

    def _rest(self, thread: Thread, had: set[int]) -> Iterator[list[Payload]]:
        """Yield what stands behind the first posts: by ids, or by pages where no ids are told."""
        if (stream := thread.post_stream.stream) is not None:
            rest = [id_ for id_ in stream if id_ not in had]
            for start in range(0, len(rest), CHUNK):
                yield self._posts(thread.id, rest[start : start + CHUNK])
            return
        for page in count(2):
            reply = self._get(f"/t/{thread.id}.json", ("page", page), allow=GONE)
            yield [] if reply.status in GONE else self._whole(Thread, reply).post_stream.posts

    def _some(self, reading: _Reading, only: Sequence[int]) -> Iterator[Batch]:
        id_, items = reading.thread.id, self._posts(reading.thread.id, only)
        stream = reading.thread.post_stream.stream
        for item in items:  # the parents' ids are known by their place in the stream
            number = item.get("reply_to_post_number") if isinstance(item, dict) else None
            if isinstance(number, int) and number not in reading.ids:
                if stream is not None:
                    near = self._posts(id_, stream[max(0, number - CHUNK) : number])
                else:
                    reply = self._get(f"/posts/by_number/{id_}/{number}.json", allow=GONE)
                    near = [reply.json()] if reply.status == 200 else []
                self._batch(near, reading)
        batch, had = self._batch(items, reading)
        missing = tuple(Tombstone(str(id_)) for id_ in only[:1] if id_ not in had)
        yield replace(batch, tombstones=batch.tombstones + missing)

    def _posts(self, topic_id: int, ids: Sequence[int]) -> list[Payload]:
        if not ids:
            return []
        params = [("post_ids[]", id_) for id_ in ids]
        return self._whole(Posts, self._get(f"/t/{topic_id}/posts.json", *params)).post_stream.posts

    def _batch(self, items: list[Payload], reading: _Reading) -> tuple[Batch, set[int]]:
        posts, tombstones, skipped, had = [], [], [], set()
        for item in items:
            try:
                post = shaped(ForumPost, item)
            except BadItem as bad:
                id_ = item.get("id") if isinstance(item, dict) else None
                had |= {id_} if isinstance(id_, int) else set()
                where = f"{self._base}/t/{reading.thread.id} post {id_ or 'without id'}"
                skipped.append(Skipped(where, str(bad)))
                continue
            had.add(post.id)
            reading.ids[post.post_number] = post.id
            if post.hidden or post.user_deleted or post.deleted_at:
                tombstones.append(Tombstone(str(post.id)))
            elif post.post_type in WRITTEN and not (post.cooked or "").strip():
                tombstones.append(Tombstone(str(post.id), "emptied at the source"))
            elif self._is_wanted(post):
                posts.append(self._post(post, reading))
        return Batch(
            cursor={}, posts=tuple(posts), tombstones=tuple(tombstones), skipped=tuple(skipped)
        ), had

    def _is_wanted(self, post: ForumPost) -> bool:
        since = self.options.since
        return post.post_type in WRITTEN and (since is None or post.created_at >= since)

    def _post(self, post: ForumPost, reading: _Reading) -> Post:
        thread = reading.thread
        parent = reading.ids.get(post.reply_to_post_number or 0)
        marks = {"accepted_answer": post.accepted_answer, "staff": post.staff}
        return Post(
            source=self.source,
            native_id=str(post.id),
            text=post.cooked or "",
            created_at=post.created_at,
            title=thread.title if post.post_number == 1 else "",
            markup="html",
            author=post.username,
            url=f"{self._base}/t/{thread.slug}/{thread.id}/{post.post_number}",
            space=reading.space,
            thread_id=str(thread.id),
            parent_id=None if parent is None else str(parent),
            updated_at=post.updated_at,
            reactions=sum(a.count for a in post.actions_summary or () if a.id == LIKE),
            tags=thread.tag_names,
            attributes={name: "true" for name, holds in marks.items() if holds},
        )

    def _space(self, category_id: int | None) -> str | None:
        if self._spaces is None:
            site = self._whole(Site, self._get("/site.json"))
            self._spaces = {category.id: category.name for category in site.categories}
        return None if category_id is None else self._spaces.get(category_id, str(category_id))

    def _probe(self) -> None:
        self._whole(Latest, self._get("/latest.json", ("per_page", 1)))

    def _get(self, path: str, *params: tuple[str, str | int], allow: Sequence[int] = ()) -> Reply:
        return self._http.get(self._base + path, params=params, headers=self._headers, allow=allow)

    def _whole(self, model: type[M], reply: Reply) -> M:
        try:
            return shaped(model, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Discourse does ({bad})") from None
