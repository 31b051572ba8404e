"""A Slack workspace that answers as Slack does and does as it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.connectors import described

LOBBY = "C0LOBBY01"
BOT = "U0READER1"


class Workspace:
    """Messages by channel; of threads only the first is in the history. Pages are small."""

    page = 4

    def __init__(self) -> None:
        self.token = "xoxb-7710-4d21-pK9zQ"
        self.at = datetime(2026, 1, 5, 8, tzinfo=UTC)
        self.count = 0
        self.scopes = {"channels:read", "channels:history", "users:read", "groups:read"}
        self.people = {"U0ADA0001": "ada", "U0BOB0001": "bob"}
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[httpx.Request] = []
        self.hides_before = 0.0
        self.open(LOBBY, "lobby")

    def open(self, id_: str, name: str, **more: Any) -> None:
        self.channels[id_] = {"id": id_, "name": name, "is_member": True, **more}
        self.messages[id_] = []

    def add(self, text: str, *, same_time: bool = False) -> str:
        """Every third message answers in the thread of the second last one that is none."""
        tops = [m for m in self.messages[LOBBY] if m.get("thread_ts", m["ts"]) == m["ts"]]
        in_thread = len(self.messages[LOBBY]) % 3 == 2
        root = tops[-2]["ts"] if in_thread else None
        return self.say(text, thread=root, same_time=same_time)

    def say(
        self, text: str, *, channel: str = LOBBY, thread: str | None = None,
        same_time: bool = False, **more: Any,
    ) -> str:  # fmt: skip
        self.count += 1
        self.at += timedelta(seconds=0 if same_time else 420)
        ts = f"{int(self.at.timestamp())}.{self.count:06d}"
        message = {"type": "message", "ts": ts, "user": "U0ADA0001", "text": text, **more}
        if thread:
            message["thread_ts"] = thread
            root = self.found(channel, thread)
            assert root
            root |= {"thread_ts": thread, "latest_reply": ts}
            root["reply_count"] = root.get("reply_count", 0) + 1
        self.messages[channel].append(message)
        return f"{channel}-{ts}"

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=1)
        channel, _, ts = native_id.partition("-")
        message = self.found(channel, ts)
        assert message
        edited = {"user": message["user"], "ts": f"{int(self.at.timestamp())}.000000"}
        message |= {"text": text, "edited": edited}

    def delete(self, native_id: str) -> None:
        """Of the first message of a thread something is left to hold the thread."""
        channel, _, ts = native_id.partition("-")
        message = self.found(channel, ts)
        assert message
        if message.get("reply_count"):
            message |= {"subtype": "tombstone", "text": "This message was deleted.", "hidden": True}
        else:
            self.messages[channel].remove(message)

    def spoil(self, native_id: str) -> None:
        channel, _, ts = native_id.partition("-")
        message = self.found(channel, ts)
        assert message
        message["text"] = {"what": "is this"}

    def found(self, channel: str, ts: str) -> dict[str, Any] | None:
        return next((m for m in self.messages[channel] if m["ts"] == ts), None)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        described.check("slack", request)
        assert "token" not in request.url.params
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _no("invalid_auth")
        params = request.url.params
        match request.url.path.removeprefix("/api/"):
            case "auth.test":
                return _ok(url="https://acme.slack.com/", user="reader", team="Acme", user_id=BOT)
            case "conversations.list":
                return self._channels(params)
            case "users.info":
                return self._person(params["user"])
            case ("conversations.history" | "conversations.replies") as method:
                if "channels:history" not in self.scopes:
                    return _no("missing_scope", needed="channels:history", provided="users:read")
                if params["channel"] not in self.channels:
                    return _no("channel_not_found")
                if not self.channels[params["channel"]]["is_member"]:
                    return _no("not_in_channel")
                history = method.endswith("history")
                return self._history(params) if history else self._replies(params)
        return _no("unknown_method")

    def _channels(self, params: httpx.QueryParams) -> httpx.Response:
        private = "private_channel" in params["types"]
        if private and "groups:read" not in self.scopes:
            return _no("missing_scope", needed="groups:read", provided="channels:read")
        shown = [c for c in self.channels.values() if private or not c.get("is_private")]
        return self._paged(shown, params, "channels")

    def _person(self, user: str) -> httpx.Response:
        if "users:read" not in self.scopes:
            return _no("missing_scope", needed="users:read", provided="channels:read")
        if user not in self.people:
            return _no("user_not_found")
        return _ok(user={"id": user, "name": self.people[user]})

    def _history(self, params: httpx.QueryParams) -> httpx.Response:
        everything = self.messages[params["channel"]]
        tops = [m for m in everything if m.get("thread_ts", m["ts"]) == m["ts"]
                or m.get("subtype") == "thread_broadcast"]  # fmt: skip
        within = [m for m in tops if _within(m, params) and float(m["ts"]) >= self.hides_before]
        return self._paged(within[::-1], params, "messages", is_limited=self.hides_before > 0)

    def _replies(self, params: httpx.QueryParams) -> httpx.Response:
        asked = self.found(params["channel"], params["ts"])
        if asked is None or float(asked["ts"]) < self.hides_before:
            return _no("thread_not_found")
        root = asked.get("thread_ts", asked["ts"])
        thread = [m for m in self.messages[params["channel"]] if m.get("thread_ts") == root]
        shown = [m for m in thread if m["ts"] == root or _within(m, params)]
        return self._paged(shown or [asked], params, "messages")

    def _paged(
        self, items: list[dict[str, Any]], params: httpx.QueryParams, name: str, **more: Any
    ) -> httpx.Response:
        start = int(params.get("cursor", "next:0").partition(":")[2])
        end = start + min(self.page, int(params["limit"]))
        cursor = f"next:{end}" if end < len(items) else ""
        return _ok(**{name: items[start:end]}, response_metadata={"next_cursor": cursor}, **more)


def _within(message: dict[str, Any], params: httpx.QueryParams) -> bool:
    at, inclusive = float(message["ts"]), params.get("inclusive") == "true"
    oldest, latest = float(params.get("oldest", 0)), float(params.get("latest", 9e9))
    return oldest < at < latest or (inclusive and at in (oldest, latest))


def _ok(**body: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, **body})


def _no(error: str, **more: str) -> httpx.Response:
    return httpx.Response(200, json={"ok": False, "error": error, **more})
