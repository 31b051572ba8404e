"""A Matrix homeserver that answers as Synapse does and does as it is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx

from tests.connectors import described

ROOM = "!lobby:hs.example"
USER = "@reader:hs.example"


class Homeserver:
    """One timeline over all rooms, whose places are the tokens; syncs and pages are small."""

    latest = 3
    page = 4

    def __init__(self) -> None:
        self.token = "syt_cmVhZGVy_nTq71uVx_4Kd9"
        self.at = datetime(2026, 1, 5, 8, tzinfo=UTC)
        self.timeline: list[dict[str, Any]] = []
        self.rooms: dict[str, dict[str, Any]] = {}
        self.aliases = {"#lobby:hs.example": ROOM}
        self.joined_at: dict[str, int] = {}
        self.asked: list[httpx.Request] = []
        self.forgets = False
        self.open(ROOM, name="Lobby")

    def open(self, room: str, name: str | None = None, *, joined: bool = True) -> None:
        self.rooms[room] = {"m.room.name": {"name": name}} if name else {}
        if joined:
            self.joined_at[room] = len(self.timeline)

    def add(self, text: str, *, same_time: bool = False) -> str:
        return self.say({"msgtype": "m.text", "body": text}, same_time=same_time)

    def say(
        self, content: dict[str, Any], *, same_time: bool = False, room: str = ROOM,
        kind: str = "m.room.message", sender: str = "@ada:hs.example", **more: Any,
    ) -> str:  # fmt: skip
        self.at += timedelta(seconds=0 if same_time else 420)
        event_id = f"${len(self.timeline):04d}abc_-"
        self.timeline.append({
            "event_id": event_id, "room_id": room, "type": kind, "sender": sender,
            "origin_server_ts": int(self.at.timestamp() * 1000), "content": content, **more,
        })  # fmt: skip
        return f"{room}/{event_id}"

    def edit(self, native_id: str, text: str) -> str:
        event_id = native_id.partition("/")[2]
        relation = {"rel_type": "m.replace", "event_id": event_id}
        new = {"msgtype": "m.text", "body": text}
        return self.say(
            {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
        )

    def delete(self, native_id: str) -> None:
        event = self.found(native_id.partition("/")[2])
        assert event
        room = native_id.partition("/")[0]
        self.say({"redacts": event["event_id"]}, kind="m.room.redaction", room=room)
        event["content"] = {}
        event["unsigned"] = {"redacted_because": {"type": "m.room.redaction"}}

    def purge(self, native_id: str) -> None:
        """Take an event away without a trace, as retention does."""
        event = self.found(native_id.partition("/")[2])
        assert event
        event["purged"] = True

    def spoil(self, native_id: str) -> None:
        event = self.found(native_id.partition("/")[2])
        assert event
        event["origin_server_ts"] = "yesterday"

    def found(self, event_id: str) -> dict[str, Any] | None:
        here = (e for e in self.timeline if e["event_id"] == event_id and "purged" not in e)
        return next(here, None)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        described.check("matrix", request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _no(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
        path = request.url.raw_path.decode().partition("?")[0]
        parts = path.removeprefix("/_matrix/client/v3/").split("/")
        params = request.url.params
        match [unquote(part) for part in parts]:
            case ["account", "whoami"]:
                return httpx.Response(200, json={"user_id": USER})
            case ["joined_rooms"]:
                return httpx.Response(200, json={"joined_rooms": list(self.joined_at)})
            case ["directory", "room", alias] if alias in self.aliases:
                found = {"room_id": self.aliases[alias], "servers": ["hs.example"]}
                return httpx.Response(200, json=found)
            case ["sync"]:
                return self._sync(params)
            case ["rooms", room, *_] if room not in self.joined_at:
                return _no(403, "M_FORBIDDEN", f"User {USER} not in room {room}")
            case ["rooms", room, "messages"]:
                return self._messages(room, params)
            case ["rooms", room, "state", kind, ""] if kind in self.rooms[room]:
                return httpx.Response(200, json=self.rooms[room][kind])
            case ["rooms", _, "event", event_id] if event := self.found(event_id):
                return httpx.Response(200, json=self._bundled(event))
        return _no(404, "M_NOT_FOUND", "Not found.")

    def _sync(self, params: httpx.QueryParams) -> httpx.Response:
        wanted = json.loads(params["filter"])["room"]
        since = params.get("since")
        if since and (self.forgets or not since.startswith("s")):
            return _no(400, "M_UNKNOWN", "Invalid stream token")
        start = int(since[1:]) if since else 0
        join = {}
        for room in self.joined_at.keys() & set(wanted["rooms"]):
            news = [place for place in self._of(room, wanted["timeline"]) if place >= start]
            limit = min(self.latest, wanted["timeline"]["limit"])
            shown = news[-limit:]
            if shown or not since:
                place = shown[0] if shown else start
                join[room] = {"timeline": {
                    "events": [self._bundled(self.timeline[n]) for n in shown],
                    "limited": len(news) > len(shown), "prev_batch": f"t{place}",
                }}  # fmt: skip
        next_batch = f"s{len(self.timeline)}"
        return httpx.Response(200, json={"next_batch": next_batch, "rooms": {"join": join}})

    def _messages(self, room: str, params: httpx.QueryParams) -> httpx.Response:
        assert params["dir"] == "b"
        end, start = int(params["from"][1:]), int(params.get("to", "s0")[1:])
        places = [n for n in self._of(room, json.loads(params["filter"])) if start <= n < end]
        shown = places[::-1][: min(self.page, int(params["limit"]))]
        body: dict[str, Any] = {
            "start": params["from"], "chunk": [self._bundled(self.timeline[n]) for n in shown],
        }  # fmt: skip
        if shown:
            body["end"] = f"t{shown[-1]}"
        return httpx.Response(200, json=body)

    def _of(self, room: str, wanted: dict[str, Any]) -> list[int]:
        return [
            place for place, event in enumerate(self.timeline)
            if event["room_id"] == room and event["type"] in wanted["types"]
            and "purged" not in event
        ]  # fmt: skip

    def _bundled(self, event: dict[str, Any]) -> dict[str, Any]:
        edits = [
            e for e in self.timeline
            if e["content"].get("m.relates_to", {}).get("rel_type") == "m.replace"
            and e["content"]["m.relates_to"]["event_id"] == event["event_id"]
            and e["sender"] == event["sender"]
        ]  # fmt: skip
        if not edits or not event["content"]:
            return event
        return event | {"unsigned": {"m.relations": {"m.replace": edits[-1]}}}


def _no(status: int, code: str, error: str) -> httpx.Response:
    return httpx.Response(status, json={"errcode": code, "error": error})
