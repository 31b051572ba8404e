"""A repository with discussions, asked through GraphQL."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx

from tests.connectors.hub import Hub, _iso


class Hall(Hub):
    """Discussions, their comments and replies in turn; no issues."""

    has_discussions = True
    page = 2

    def __init__(self, *, token: str = "ghp_9d1c7bde44aa") -> None:
        super().__init__(token=token)
        self.rooms: dict[int, dict[str, Any]] = {}
        self.words: dict[str, dict[str, Any]] = {}
        self.budget = {"cost": 1, "remaining": 4999, "resetAt": "2026-03-01T00:00:30Z"}

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        if len(self.words) % 4 == 0 or same_time:
            return self._open(text)
        room = max(self.rooms)
        said = [w for w in self.words.values() if w["discussion"]["number"] == room]
        to = said[0]["id"] if said else None
        return self.say(room, text, to=to)

    def _open(self, text: str) -> str:
        number = 20 + len(self.rooms)
        self.rooms[number] = self._said(f"D_{number}", text) | {
            "number": number, "title": f"Question {number}", "isAnswered": None,
            "category": {"name": "Ideas"}, "labels": {"nodes": [{"name": "wish"}]},
        }  # fmt: skip
        self.words[f"D_{number}"] = {"id": "", "replyTo": None, "discussion": {"number": -1}}
        return f"discussion-{number}"

    def say(self, room: int, text: str, *, to: str | None = None) -> str:
        id_ = f"DC_{len(self.words)}"
        self.words[id_] = self._said(id_, text) | {
            "replyTo": {"id": to} if to else None, "isAnswer": False, "isMinimized": False,
            "minimizedReason": None, "deletedAt": None,
            "discussion": {"number": room, "category": {"name": "Ideas"}},
        }  # fmt: skip
        self.rooms[room]["updatedAt"] = _iso(self.at)
        return f"discussion-comment-{id_}"

    def delete(self, native_id: str) -> None:
        if native_id.startswith("discussion-comment-"):
            del self.words[native_id.removeprefix("discussion-comment-")]
        else:
            del self.rooms[int(native_id.removeprefix("discussion-"))]

    def _found(self, native_id: str) -> dict[str, Any]:
        if native_id.startswith("discussion-comment-"):
            return self.words[native_id.removeprefix("discussion-comment-")]
        return self.rooms[int(native_id.removeprefix("discussion-"))]

    def spoil(self, native_id: str) -> None:
        self._found(native_id)["createdAt"] = "yesterday"

    def edit(self, native_id: str, text: str) -> None:
        self._found(native_id)["body"] = text  # an edit need not move the discussion

    def graphql(self, body: dict[str, Any]) -> httpx.Response:
        asked = body["variables"]
        kind = body["query"].split("(")[0].split()[1]
        data: dict[str, Any] = {"rateLimit": self.budget}
        errors = []
        if kind == "count":
            data["repository"] = {"discussions": {"totalCount": len(self.rooms)}}
        elif kind == "list":
            rooms = sorted(self.rooms.values(), key=lambda r: (r["updatedAt"], r["number"]))
            data["repository"] = {"discussions": self._page(rooms[::-1], asked["after"])}
        elif kind in {"head", "comments"}:
            room = self.rooms.get(asked["number"])
            data["repository"] = {"discussion": room}
            if room is None:
                errors = [{"type": "NOT_FOUND", "message": "Could not resolve to a Discussion"}]
            elif kind == "comments":
                said = self._said_in(asked["number"], to=None)
                page = self._page(said, asked["after"])
                nodes = [node | {"replies": self._page(self._to(node), None)} for node in
                         page["nodes"]]  # fmt: skip
                data["repository"] = {"discussion": room | {"comments": page | {"nodes": nodes}}}
        elif kind == "replies":
            node = self.words[asked["id"]]
            data["node"] = {"replies": self._page(self._to(node), asked["after"])}
        elif kind == "nodes":
            data["nodes"] = [self.words.get(id_) for id_ in asked["ids"]]
            gone = [id_ for id_ in asked["ids"] if id_ not in self.words]
            errors = [{"type": "NOT_FOUND", "message": f"no node {id_}"} for id_ in gone]
        return httpx.Response(200, json={"data": data} | ({"errors": errors} if errors else {}))

    def _said_in(self, number: int, *, to: str | None) -> list[dict[str, Any]]:
        there = [w for w in self.words.values() if w["discussion"]["number"] == number]
        return [w for w in there if (w["replyTo"] or {}).get("id") == to]

    def _to(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        return self._said_in(node["discussion"]["number"], to=node["id"])

    def _page(self, items: list[Any], after: str | None) -> dict[str, Any]:
        start = int(base64.b64decode(after)) if after else 0
        end = start + self.page
        cursor = base64.b64encode(str(end).encode()).decode()
        info = {"hasNextPage": end < len(items), "endCursor": cursor}
        return {"nodes": items[start:end], "pageInfo": info}

    def _said(self, id_: str, text: str) -> dict[str, Any]:
        return {
            "id": id_, "body": text, "url": f"https://github.com/acme/app/discussions#{id_}",
            "createdAt": _iso(self.at), "updatedAt": _iso(self.at), "upvoteCount": 1,
            "author": {"login": "ann", "__typename": "User"}, "reactions": {"totalCount": 2},
        }  # fmt: skip
