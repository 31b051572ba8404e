"""Reads channels of a Mattermost team: what changed since a time, and pages back into the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from connectors.mattermost.shapes import Channel, Posts, Said, Stamp, Team, User
from insights.errors import BadItem, SourceError
from insights.http import Http, Payload, Reply, once, reveal, shaped
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

M = TypeVar("M", bound=BaseModel)

PAGE = 200
MOST = 1_000
"""Changes that the server tells at a time; where there are more, it keeps back the oldest."""

CHUNK = 100
WRITTEN = ("", "me", "slack_attachment")
"""Types of what people and integrations say; the others tell of joining, renaming and the like."""

ROOMS = ("O", "P")


class MattermostOptions(BaseModel):
    """A server, the account that reads there, and which channels of which team."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """The server's address."""
    token: SecretStr
    """A personal or bot access token, or better `$NAME` for the environment variable NAME."""
    team: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    """The team's name, as in its addresses."""
    channels: tuple[str, ...] = ()
    """Names as in addresses; if there are none, every channel that the account is in."""
    since: AwareDatetime | None = None
    """Leave out what was posted before."""
    lookback: timedelta = timedelta(minutes=1)
    """How far behind its cursor a pull looks for changes that came to light late."""


class Mattermost:
    """A team as a source; native ids are the ids of posts.

    The cursor holds for each channel the time of the last change that was read and what changed
    near it; while the past is read, also the post before which it goes on.
    """

    Options: ClassVar[type[BaseModel]] = MattermostOptions

    def __init__(self, source: str, options: MattermostOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")
        token = reveal(options.token, f"{source}.token")
        self._headers = {"Authorization": f"Bearer {token}"}

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read each channel: its past once, then what was written, edited or deleted since."""
        states: JSON = (cursor or {"channels": {}})["channels"]
        channels, unread = self._wanted(self._channels()[1])
        if unread:
            yield Batch(cursor={"channels": states}, skipped=tuple(unread))
        for channel in channels:
            state = states.get(channel.id) or _state()
            for batch in self._read(channel, state):
                states = states | {channel.id: batch.cursor}
                yield replace(batch, cursor={"channels": states})

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for posts by id, many at a time; what does not come is asked for by itself."""
        channels = {c.id: c for c in self._channels()[1]}  # a refusal is no deletion of everything
        for start in range(0, len(native_ids), CHUNK):
            asked = list(native_ids[start : start + CHUNK])
            reply = self._http.post(
                f"{self._base}/api/v4/posts/ids", json=asked, headers=self._headers, allow=(404,)
            )
            items = [] if reply.status == 404 else reply.json()
            if not isinstance(items, list):
                raise SourceError(f"{reply.url} did not answer as Mattermost does (no list)")
            had = {item.get("id") for item in items if isinstance(item, dict)}
            for native_id in asked:
                if native_id not in had and native_id.isalnum():
                    alone = self._get(f"/posts/{native_id}", allow=(403, 404))
                    if alone.status == 404:
                        yield Batch(cursor={}, tombstones=(Tombstone(native_id),))
                    items += [alone.json()] if alone.status == 200 else []
            yield self._batch(items, channels, {})

    def check(self) -> Checkup:
        """Ask who we are, and for the team and its channels with their numbers of posts."""
        user, channels = self._channels()
        wanted, _ = self._wanted(channels)
        count = "1 channel" if len(wanted) == 1 else f"{len(wanted):,} channels"
        return Checkup(
            reads=f"{count} of {self.options.team} as {user.username or user.id}",
            items=sum(channel.total_msg_count for channel in wanted),
        )

    def _channels(self) -> tuple[User, list[Channel]]:
        user = self._whole(User, self._get("/users/me"))
        found = self._get(f"/teams/name/{self.options.team}", allow=(403, 404))
        if found.status != 200:
            raise SourceError(
                f"{self.source}: there is no team {self.options.team}, or {user.username} is not "
                "in it; look at the name in its addresses"
            )
        team = self._whole(Team, found)
        reply = self._get(f"/users/{user.id}/teams/{team.id}/channels")
        items = reply.json()
        if not isinstance(items, list):
            raise SourceError(f"{reply.url} did not answer as Mattermost does (no list)")
        try:
            channels = [shaped(Channel, item) for item in items]
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Mattermost does ({bad})") from None
        return user, [channel for channel in channels if channel.type in ROOMS]

    def _wanted(self, channels: Sequence[Channel]) -> tuple[list[Channel], list[Skipped]]:
        known = {channel.name: channel for channel in channels}
        names = self.options.channels or tuple(known)
        reason = "the account is not in this channel; add it there, or look at the channel's name"
        unread = [Skipped(f"{self._base} {name}", reason) for name in names if name not in known]
        wanted = [known[name] for name in names if name in known]
        if not wanted:
            where = f" {unread[0].where}" if unread else ""
            raise SourceError(f"{self.source}:{where} {reason}")
        return wanted, unread

    def _read(self, channel: Channel, state: JSON) -> Iterator[Batch]:
        """Yield the rest of the past, if it was not read to its end, then what changed since."""
        if state["since"] is None or state["before"]:
            for batch in self._past(channel, state):
                state = batch.cursor
                yield batch
        if state["since"] is None:
            return  # nobody has written anything yet
        for batch in self._changes(channel, state):
            state = batch.cursor
            yield batch
        if state["before"]:
            yield from self._past(channel, state)

    def _past(self, channel: Channel, state: JSON) -> Iterator[Batch]:
        """Walk pages from the newest post, or from where a walk broke off, back to `floor`.

        Pages are named by the post before which they end: what comes or goes meanwhile cannot
        move others past their edges.
        """
        since = self.options.since
        floor = max(state["floor"], int(since.timestamp() * 1000) if since else 0)
        walked: set[str] = set()
        while True:
            params: list[tuple[str, str | int]] = [("per_page", PAGE)]
            params += [("before", state["before"])] if state["before"] else []
            page = self._listed(channel, *params)
            if page.order:
                once(walked, page.order[-1], "page")
            stamps = self._stamps(page)
            if state["since"] is None and stamps:
                state = self._moved(state, stamps)
            ended = not page.order or (stamps and min(s.create_at for s in stamps) < floor)
            state = state | {"before": None if ended else page.order[-1]}
            yield self._batch(
                [page.posts.get(id_) for id_ in page.order], {channel.id: channel}, state
            )
            if ended:
                return

    def _changes(self, channel: Channel, state: JSON) -> Iterator[Batch]:
        """Yield what changed since the cursor; the server tells deletions, too."""
        since = max(1, state["since"] - self.options.lookback // timedelta(milliseconds=1))
        page = self._listed(channel, ("since", since))
        stamps = self._stamps(page)
        known: dict[str, int] = state["seen"]
        old = {stamp.id for stamp in stamps if known.get(stamp.id) == stamp.update_at}
        items = [page.posts.get(id_) for id_ in page.order if id_ not in old]
        floor = state["since"]
        state = self._moved(state, stamps)
        if len(page.order) >= MOST:  # what is older than all of these was kept back
            state = state | {"before": page.order[-1], "floor": floor}
        if items or state["before"]:
            yield self._batch(items, {channel.id: channel}, state)

    def _moved(self, state: JSON, stamps: Sequence[Stamp]) -> JSON:
        """Return the state behind some changes, with those that the next pull will see again."""
        since = max([state["since"] or 0, *(stamp.update_at for stamp in stamps)])
        oldest = since - self.options.lookback // timedelta(milliseconds=1)
        seen = state["seen"] | {stamp.id: stamp.update_at for stamp in stamps}
        seen = {id_: at for id_, at in seen.items() if at >= oldest}
        return state | {"since": since, "seen": seen}

    def _listed(self, channel: Channel, *params: tuple[str, str | int]) -> Posts:
        return self._whole(Posts, self._get(f"/channels/{channel.id}/posts", *params))

    def _stamps(self, page: Posts) -> list[Stamp]:
        stamps = []
        for id_ in page.order:
            try:
                stamps.append(shaped(Stamp, page.posts.get(id_)))
            except BadItem:
                continue  # it is named where it is read
        return stamps

    def _batch(self, items: Sequence[Payload], channels: dict[str, Channel], cursor: JSON) -> Batch:
        posts, tombstones, skipped = [], [], []
        for item in items:
            try:
                found = self._post(item, channels)
                if isinstance(found, Post):
                    posts.append(found)
                elif found is not None:
                    tombstones.append(found)
            except BadItem as bad:
                id_ = item.get("id") if isinstance(item, dict) else None
                skipped.append(Skipped(f"{self._base} post {str(id_)[:40]}", str(bad)))
        return Batch(
            cursor=cursor, posts=tuple(posts), tombstones=tuple(tombstones), skipped=tuple(skipped)
        )

    def _post(self, item: Payload, channels: dict[str, Channel]) -> Post | Tombstone | None:
        if isinstance(item, dict) and item.get("edit_at") == 0:
            item = item | {"edit_at": None}
        said = shaped(Said, item)
        if said.delete_at:
            return Tombstone(said.id)
        since = self.options.since
        if said.type not in WRITTEN or (since and said.create_at < since):
            return None
        if not said.message.strip():
            return Tombstone(said.id, "emptied at the source") if said.edit_at else None
        channel = channels.get(said.channel_id)
        props = said.props or {}
        is_bot = any(props.get(name) == "true" for name in ("from_bot", "from_webhook"))
        return Post(
            source=self.source,
            native_id=said.id,
            text=said.message,
            created_at=said.create_at,
            markup="markdown",
            author=said.user_id,
            url=f"{self._base}/{self.options.team}/pl/{said.id}",
            space=(channel.display_name or channel.name) if channel else said.channel_id,
            thread_id=said.root_id or said.id,
            parent_id=said.root_id or None,
            updated_at=said.edit_at,
            reactions=len((said.metadata and said.metadata.reactions) or ()),
            tags=tuple(tag.lstrip("#") for tag in said.hashtags.split()),
            attributes={"bot": "true"} if is_bot else {},
        )

    def _get(self, path: str, *params: tuple[str, str | int], allow: Sequence[int] = ()) -> Reply:
        url = f"{self._base}/api/v4{path}"
        return self._http.get(url, params=params, headers=self._headers, allow=allow)

    def _whole(self, model: type[M], reply: Reply) -> M:
        try:
            return shaped(model, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Mattermost does ({bad})") from None


def _state() -> JSON:
    return {"since": None, "seen": {}, "before": None, "floor": 0}
