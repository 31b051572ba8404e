"""A Roundup tracker that answers as the real one does and does as it is told."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
URL = "https://ring.example/tracker"
USER = "reader"


class Ring:
    """Issues that open with a message, and four more under each."""

    page = 3

    def __init__(self, *, token: str = "correct-horse-staple") -> None:
        self.token = token
        self.at = START
        self.issues: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, dict[str, Any]] = {}
        self.asked: list[httpx.Request] = []

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        if not self.issues or len(self.issues[max(self.issues)]["messages"]) == 5:
            return self.add_issue(text)
        return self.add_message(max(self.issues), text)

    def add_issue(self, *texts: str, **more: Any) -> str:
        id_ = 10 + len(self.issues)
        self.issues[id_] = {
            "id": str(id_), "title": f"Trouble {id_}", "creation": _stamp(self.at),
            "activity": _stamp(self.at), "creator": {"id": "4", "username": "jo"},
            "status": {"id": "1", "name": "unread"}, "priority": None,
            "keyword": [{"id": "2", "name": "export"}], "messages": [], **more,
        }  # fmt: skip
        for text in texts:
            self.add_message(id_, text, author={"id": "4", "username": "jo"})
        return f"issue-{id_}"

    def add_message(self, issue: int, text: str, **more: Any) -> str:
        id_ = 700 + len(self.messages)
        self.messages[id_] = {
            "id": str(id_), "author": {"id": "5", "username": "ann"}, "date": None,
            "creation": _stamp(self.at), "activity": _stamp(self.at), "content": text, **more,
        }  # fmt: skip
        self.issues[issue]["messages"].append({"id": str(id_)})
        self.issues[issue]["activity"] = _stamp(self.at)
        return f"comment-{issue}-{id_}"

    def edit(self, native_id: str, text: str) -> None:
        """An edited message leaves its issue's activity as it was."""
        self.at += timedelta(minutes=7)
        self._message(native_id).update(content=text, activity=_stamp(self.at))

    def delete(self, native_id: str) -> None:
        """Retire: it is left out of listings, though its issue still names it."""
        kind, issue, *rest = native_id.split("-")
        if kind == "issue":
            del self.issues[int(issue)]
        else:
            del self.messages[int(rest[0])]

    def spoil(self, native_id: str) -> None:
        kind, issue, *_ = native_id.split("-")
        item = self.issues[int(issue)] if kind == "issue" else self._message(native_id)
        item["creation"] = "yesterday"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        known = b64encode(f"{USER}:{self.token}".encode()).decode()
        said = request.headers.get("authorization")
        if said is None:
            return httpx.Response(403, json={"error": {"status": 403, "msg": "Forbidden."}})
        if said != f"Basic {known}":
            return httpx.Response(401, text="Invalid Login - Invalid login")
        match request.url.path.removeprefix("/tracker/rest/data/"):
            case "issue":
                return self._listing(self.issues, request)
            case "msg":
                assert request.url.params["@verbose"] == "3"  # else content is a link
                return self._listing(self.messages, request)
        return httpx.Response(404, json={"error": {"status": 404, "msg": "not found"}})

    def _listing(self, items: dict[int, Any], request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        found = list(items.values())
        if ids := asked.get_list("id"):
            found = [item for item in found if item["id"] in ids]
        if since := asked.get("activity"):
            at = datetime.strptime(since, "%Y%m%d%H%M%S;").replace(tzinfo=UTC)
            found = [item for item in found if item["activity"] >= _stamp(at)]
        about: dict[str, Any] = {"@total_size": len(found)}
        if size := min(self.page, int(asked.get("@page_size", 0))):
            index = int(asked["@page_index"])
            found.sort(key=lambda item: (item["activity"], int(item["id"])))
            onward = {"next": [{"rel": "next"}]} if len(found) > index * size else {}
            about["@links"] = {"self": [{"rel": "self"}]} | onward
            found = found[(index - 1) * size : index * size]
        return httpx.Response(200, json={"data": {"collection": found} | about})

    def _message(self, native_id: str) -> dict[str, Any]:
        kind, issue, *rest = native_id.split("-")
        id_ = self.issues[int(issue)]["messages"][0]["id"] if kind == "issue" else rest[0]
        return self.messages[int(id_)]


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d.%H:%M:%S")
