"""A Mattermost team that answers as the server does and does as it is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.connectors import described

TOWN = "town1channel2id3aaaaaaaaaa"
ME = "me1reader2id3aaaaaaaaaaaaa"


class Team:
    """Posts in the order of their writing; pages are small."""

    page = 4
    most = 1_000

    def __init__(self) -> None:
        self.token = "q7k3m9wz5tbyfx1d"
        self.at = datetime(2026, 1, 5, 8, tzinfo=UTC)
        self.posts: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.outside: set[str] = set()
        self.asked: list[httpx.Request] = []
        self.headers: dict[str, str] = {}
        self.open(TOWN, "town-square", "Town Square")

    def open(self, id_: str, name: str, shown: str, kind: str = "O") -> None:
        self.channels[id_] = {"id": id_, "name": name, "display_name": shown, "type": kind}

    def add(self, text: str, *, same_time: bool = False) -> str:
        return self.say(text, same_time=same_time)

    def say(
        self, message: str, *, same_time: bool = False, root: str = "", channel: str = TOWN,
        **more: Any,
    ) -> str:  # fmt: skip
        self.at += timedelta(seconds=0 if same_time else 420)
        id_ = f"p{len(self.posts):04d}".ljust(26, "x")
        self.posts[id_] = {
            "id": id_, "create_at": self.now, "update_at": self.now, "edit_at": 0, "delete_at": 0,
            "user_id": "ada1user2id3aaaaaaaaaaaaaa", "channel_id": channel, "root_id": root,
            "message": message, "type": "", "props": {}, "hashtags": "", "metadata": {}, **more,
        }  # fmt: skip
        if root:
            self.posts[root]["update_at"] = self.now
        return id_

    @property
    def now(self) -> int:
        return int(self.at.timestamp() * 1000)

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=1)
        self.posts[native_id] |= {"message": text, "edit_at": self.now, "update_at": self.now}

    def delete(self, native_id: str) -> None:
        self.at += timedelta(minutes=1)
        self.posts[native_id] |= {"delete_at": self.now, "update_at": self.now}

    def remove(self, native_id: str) -> None:
        """Delete for good, as retention does."""
        del self.posts[native_id]

    def spoil(self, native_id: str) -> None:
        self.posts[native_id]["message"] = 7

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        described.check("mattermost", request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _no(401, "Invalid or expired session, please login again.")
        match request.url.path.removeprefix("/api/v4/").split("/"):
            case ["users", "me"]:
                return self._ok({"id": ME, "username": "reader"})
            case ["teams", "name", "acme"]:
                return self._ok({"id": "t1", "name": "acme", "display_name": "Acme"})
            case ["users", _, "teams", "t1", "channels"]:
                counts = {c: sum(p["channel_id"] == c for p in self.posts.values())
                          for c in self.channels}  # fmt: skip
                return self._ok([c | {"total_msg_count": counts[c["id"]]}
                                 for c in self.channels.values()])  # fmt: skip
            case ["channels", id_, "posts"] if id_ in self.channels:
                return self._listed(id_, request.url.params)
            case ["posts", "ids"]:
                asked = json.loads(request.content)
                found = [
                    p for id_ in asked if (p := self.posts.get(id_)) and id_ not in self.outside
                ]
                return self._ok(found) if found else _no(404, "Unable to get the posts.")
            case ["posts", id_] if id_ in self.outside:
                return _no(403, "You do not have the appropriate permissions.")
            case ["posts", id_] if id_ in self.posts and not self.posts[id_]["delete_at"]:
                return self._ok(self.posts[id_])
        return _no(404, "Sorry, we could not find the page.")

    def _listed(self, channel: str, params: httpx.QueryParams) -> httpx.Response:
        ours = [p for p in self.posts.values() if p["channel_id"] == channel]
        ours.sort(key=lambda p: (p["create_at"], p["id"]), reverse=True)
        if "since" in params:
            assert not {"page", "per_page", "before", "after"} & params.keys()
            shown = [p for p in ours if p["update_at"] > int(params["since"])][: self.most]
        else:
            if before := params.get("before"):
                at = next((n for n, p in enumerate(ours) if p["id"] == before), len(ours))
                ours = ours[at + 1 :]
            living = [p for p in ours if not p["delete_at"]]
            shown = living[: min(self.page, int(params["per_page"]))]
        roots = {p["root_id"] for p in shown if p["root_id"]}
        posts = {p["id"]: p for p in self.posts.values() if p in shown or p["id"] in roots}
        return self._ok({"order": [p["id"] for p in shown], "posts": posts})

    def _ok(self, body: Any) -> httpx.Response:
        return httpx.Response(200, json=body, headers=self.headers)


def _no(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message, "status_code": status})
