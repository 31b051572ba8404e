"""Reads rooms of a Matrix homeserver: what came since a sync token, and back into the past."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from connectors.matrix.events import ENCRYPTED, MESSAGE, REDACTION, Event, Room, read
from connectors.matrix.options import MatrixOptions
from connectors.matrix.replies import Found, Joined, Page, RoomName, Synced, Who
from connectors.matrix.state import State
from insights.errors import BadItem, SourceError
from insights.http import Http, Payload, Reply, once, reveal, shaped
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

__all__ = ["Matrix", "MatrixOptions"]

M = TypeVar("M", bound=BaseModel)

PAGE = 100
LATEST = 50
"""Events that a sync brings of each room; what came before them is walked back to."""


class Matrix:
    """Rooms as a source; native ids are `room/event`.

    A sync tells what came since the last one, in the order in which the server learned of it, so
    that what other servers deliver late is not passed over. Where it leaves events out, and for
    rooms that were not read before, the past is walked from the newest event back; how far that
    came stands in the cursor too.
    """

    Options: ClassVar[type[BaseModel]] = MatrixOptions

    def __init__(self, source: str, options: MatrixOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/") + "/_matrix/client/v3"
        token = reveal(options.token, f"{source}.token")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._named: dict[str, Room] = {}

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Fill the gaps that were left, sync, and fill the gaps that the sync left."""
        cursor = cursor or {"since": None, "known": [], "gaps": {}}
        state = State(cursor["since"], tuple(cursor["known"]), dict(cursor["gaps"]))
        rooms, unread = self._rooms()
        if unread:
            yield Batch(cursor=state.cursor, skipped=tuple(unread))
        gaps = {room: gap for room, gap in state.gaps.items() if room in rooms}
        known = tuple(room for room in state.known if room in rooms)
        state = replace(state, gaps=gaps, known=known)
        for room in list(state.gaps):
            state = yield from self._fill(room, state)
        state = yield from self._sync(rooms, state)
        for room in list(state.gaps):
            state = yield from self._fill(room, state)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for each event again: what was redacted or purged becomes a tombstone.

        Events of rooms that the account has left cannot be asked for and stay as they are.
        """
        joined = set(self._joined())  # a refused token must not read as deletions
        for native_id in native_ids:
            room_id, _, rest = native_id.partition("/$")
            if not rest or room_id not in joined:
                continue
            reply = self._event(room_id, f"${rest}")
            if reply.status == 404:
                yield Batch(cursor={}, tombstones=(Tombstone(native_id),))
            elif reply.status == 200:
                yield self._batch(room_id, [reply.json()], {}, fetch=False)

    def check(self) -> Checkup:
        """Ask who we are and which rooms are open to us; of aliases, look up the first."""
        user = self._whole(Who, self._get("/account/whoami")).user_id
        joined = self._joined()
        aliases = [room for room in self.options.rooms if room.startswith("#")][:1]
        named = [(a, self._resolved(a)) for a in aliases]
        named += [(room, room) for room in self.options.rooms if room.startswith("!")]
        for name, room in named:
            if room not in joined:
                raise SourceError(f"{user} is not in {name}; invite it and let it join")
        if not joined:
            raise SourceError(f"{user} is in no room; invite it and let it join")
        count = len(self.options.rooms) or len(joined)
        rooms = "1 room" if count == 1 else f"{count:,} rooms"
        return Checkup(reads=f"{rooms} of {self._host} as {user}")

    def _rooms(self) -> tuple[list[str], list[Skipped]]:
        """Return the rooms that are read, and those that cannot be, each with what to do."""
        joined = self._joined()
        if not self.options.rooms:
            return joined, []
        wanted, unread = [], []
        for name in self.options.rooms:
            room = self._resolved(name) if name.startswith("#") else name
            if room in joined:
                wanted.append(room)
            elif room is None:
                unread.append(Skipped(f"{self._host} {name}", "no room has this alias"))
            else:
                reason = "the account is not in this room; invite it and let it join"
                unread.append(Skipped(f"{self._host} {name}", reason))
        if not wanted:
            raise SourceError(
                f"{self.source}: no room can be read: {unread[0].where}: {unread[0].reason}"
            )
        return wanted, unread

    def _sync(self, rooms: Sequence[str], state: State) -> Generator[Batch, None, State]:
        """Yield what came since the last sync; return the state behind it."""
        synced = self._synced(rooms, state.since)
        if synced is None:  # the server has forgotten the token, or is another one: start anew
            state = replace(state, since=None, known=())
            synced = self._synced(rooms, None)
        if synced is None:
            raise SourceError(f"{self._host} refuses to sync")
        gaps: dict[str, dict[str, str | None]] = {}
        for room in rooms:
            news = synced.rooms.join.get(room)
            if room not in state.known:
                gaps[room] = {"from": synced.next_batch, "to": None}
            elif news is not None:
                if news.timeline.limited and news.timeline.prev_batch:
                    gaps[room] = {"from": news.timeline.prev_batch, "to": state.since}
                batch = self._batch(room, news.timeline.events, state.cursor, fetch=True)
                if batch.posts or batch.tombstones or batch.skipped:
                    yield batch
        state = State(synced.next_batch, tuple(sorted(rooms)), gaps)
        yield Batch(cursor=state.cursor)
        return state

    def _synced(self, rooms: Sequence[str], since: str | None) -> Synced | None:
        nothing: dict[str, list[str]] = {"types": []}
        timeline = {"types": [MESSAGE, REDACTION, ENCRYPTED], "limit": LATEST if since else 1}
        wanted = {
            "presence": nothing,
            "account_data": nothing,
            "room": {
                "rooms": list(rooms),
                "account_data": nothing,
                "ephemeral": nothing,
                "state": nothing,
                "timeline": timeline,
            },
        }
        params: list[tuple[str, str | int]] = [("filter", json.dumps(wanted)), ("timeout", 0)]
        params += [("since", since)] if since else []
        reply = self._get("/sync", *params, allow=(400,) if since else ())
        return self._whole(Synced, reply) if reply.status == 200 else None

    def _fill(self, room: str, state: State) -> Generator[Batch, None, State]:
        """Walk a gap of a room from its newest event back; return the state behind it."""
        gap = state.gaps[room]
        first = gap["to"] is None
        rest = {id_: each for id_, each in state.gaps.items() if id_ != room}
        token, to, seen = gap["from"] or "", gap["to"], set[str]()
        if first and (secret := self._encrypted(room)):
            yield Batch(cursor=state.cursor, skipped=(secret,))
        kinds = json.dumps({"types": [MESSAGE, REDACTION]})
        while token:
            once(seen, token, "page")
            params: list[tuple[str, str | int]] = [("dir", "b"), ("from", token), ("limit", PAGE)]
            params += [("filter", kinds), *([("to", to)] if to else [])]
            path = f"/rooms/{quote(room, safe='')}/messages"
            reply = self._get(path, *params, allow=(403, 404))
            if reply.status != 200:
                state = replace(state, gaps=rest)
                reason = "its past cannot be read; is the account still in it?"
                yield Batch(cursor=state.cursor, skipped=(Skipped(self._where(room), reason),))
                return state
            page = self._whole(Page, reply)
            token = page.end if page.end and page.end != token and not self._ends(page) else ""
            gaps = rest | {room: {"from": token, "to": to}} if token else rest
            state = replace(state, gaps=gaps)
            yield self._batch(room, page.chunk, state.cursor, fetch=not first)
        return state

    def _ends(self, page: Page) -> bool:
        """Say whether all of a page was written before `since`, as then is all before it."""
        if self.options.since is None or not page.chunk:
            return False
        floor = self.options.since.timestamp() * 1000
        times = [e.get("origin_server_ts") for e in page.chunk if isinstance(e, dict)]
        return all(isinstance(at, int) and at < floor for at in times)

    def _batch(self, room_id: str, items: list[Payload], cursor: JSON, *, fetch: bool) -> Batch:
        """Read events of one room; `fetch` asks for messages whose new versions stand alone."""
        posts, tombstones, skipped, events = [], [], [], {}
        for item in items:
            try:
                event = shaped(Event, item)
                events[event.event_id] = event
            except BadItem as bad:
                skipped.append(Skipped(self._where(room_id, item), str(bad)))
        if any(event.type == ENCRYPTED for event in events.values()):
            skipped.append(self._unreadable(room_id))
        edits: dict[str, Event] = {}
        for event in sorted(events.values(), key=lambda event: event.origin_server_ts):
            if event.type == MESSAGE and event.replaces:
                edits[event.replaces] = event
        for target in edits.keys() - events.keys() if fetch else ():
            if original := self._original(room_id, target):
                events[target] = original
        for event in events.values():
            try:
                found = self._read(event, room_id, edits.get(event.event_id))
            except BadItem as bad:
                skipped.append(Skipped(self._where(room_id, event.event_id), str(bad)))
                continue
            if isinstance(found, Post):
                posts.append(found)
            elif found is not None:
                tombstones.append(found)
        return Batch(
            cursor=cursor, posts=tuple(posts), tombstones=tuple(tombstones), skipped=tuple(skipped)
        )

    def _read(self, event: Event, room_id: str, edit: Event | None) -> Post | Tombstone | None:
        since = self.options.since
        if event.type == MESSAGE and since and event.origin_server_ts < since:
            return None
        return read(event, self._room(room_id), self.source, edit)

    def _original(self, room_id: str, event_id: str) -> Event | None:
        reply = self._event(room_id, event_id)
        try:
            return shaped(Event, reply.json()) if reply.status == 200 else None
        except BadItem:
            return None

    def _event(self, room_id: str, event_id: str) -> Reply:
        path = f"/rooms/{quote(room_id, safe='')}/event/{quote(event_id, safe='')}"
        return self._get(path, allow=(403, 404))

    def _room(self, room_id: str) -> Room:
        if room_id not in self._named:
            name = self._state(room_id, "m.room.name").name
            name = name or self._state(room_id, "m.room.canonical_alias").alias
            self._named[room_id] = Room(room_id, name or room_id)
        return self._named[room_id]

    def _state(self, room_id: str, kind: str) -> RoomName:
        path = f"/rooms/{quote(room_id, safe='')}/state/{kind}/"
        reply = self._get(path, allow=(403, 404))
        return self._whole(RoomName, reply) if reply.status == 200 else RoomName()

    def _encrypted(self, room_id: str) -> Skipped | None:
        path = f"/rooms/{quote(room_id, safe='')}/state/m.room.encryption/"
        found = self._get(path, allow=(403, 404)).status == 200
        return self._unreadable(room_id) if found else None

    def _unreadable(self, room_id: str) -> Skipped:
        return Skipped(
            self._where(room_id),
            "the room is end-to-end encrypted, so what is said in it cannot be read; leave it out "
            "of `rooms`, or let people write in a room that is not",
        )

    def _where(self, room_id: str, item: Payload = "") -> str:
        item = item.get("event_id") if isinstance(item, dict) else item
        return f"{self._host} {self._room(room_id).name} {str(item)[:80]}".strip()

    def _resolved(self, alias: str) -> str | None:
        reply = self._get(f"/directory/room/{quote(alias, safe='')}", allow=(404,))
        return self._whole(Found, reply).room_id if reply.status == 200 else None

    def _joined(self) -> list[str]:
        return self._whole(Joined, self._get("/joined_rooms")).joined_rooms

    @property
    def _host(self) -> str:
        return self._base.partition("://")[2].partition("/")[0]

    def _get(self, path: str, *params: tuple[str, str | int], allow: Sequence[int] = ()) -> Reply:
        return self._http.get(self._base + path, params=params, headers=self._headers, allow=allow)

    def _whole(self, model: type[M], reply: Reply) -> M:
        try:
            return shaped(model, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as Matrix does ({bad})") from None
