"""A Redmine that answers as the real one does and does as it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
URL = "https://bench.example"


class Bench:
    """Issues with four notes each. A key that is not known reads as no key at all."""

    page = 3

    def __init__(self, *, token: str = "4be1d0a7c2f94e") -> None:
        self.token = token
        self.at = START
        self.issues: dict[int, dict[str, Any]] = {}
        self.journals: dict[int, list[dict[str, Any]]] = {}
        self.asked: list[httpx.Request] = []
        self.forbidden = False

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        if not self.issues or len(self.journals[max(self.issues)]) == 4:
            return self.add_issue(text)
        return self.add_note(max(self.issues), text)

    def add_issue(self, text: str, **more: Any) -> str:
        id_ = 10 + len(self.issues)
        self.issues[id_] = {
            "id": id_, "project": {"id": 1, "name": "Feedback"},
            "tracker": {"id": 1, "name": "Bug"},
            "status": {"id": 1, "name": "New", "is_closed": False}, "subject": f"Trouble {id_}",
            "priority": {"id": 2, "name": "Normal"}, "author": {"id": 4, "name": f"Jo {id_ % 7}"},
            "description": text, "is_private": False, "created_on": _iso(self.at),
            "updated_on": _iso(self.at), **more,
        }  # fmt: skip
        self.journals[id_] = []
        return f"issue-{id_}"

    def add_note(self, issue: int, text: str, **more: Any) -> str:
        id_ = issue * 100 + len(self.journals[issue])
        self.journals[issue].append({
            "id": id_, "user": {"id": 5, "name": "Ann"}, "notes": text, "private_notes": False,
            "created_on": _iso(self.at), "details": [], **more,
        })  # fmt: skip
        self.touch(issue)
        return f"comment-{issue}-{id_}"

    def touch(self, issue: int) -> None:
        self.issues[issue]["updated_on"] = _iso(self.at)

    def edit(self, native_id: str, text: str) -> None:
        """An edited issue is updated; an edited note, as in Redmine 5.0, changes no time."""
        self.at += timedelta(minutes=7)
        kind, issue, *_ = native_id.split("-")
        if kind == "issue":
            self.issues[int(issue)]["description"] = text
            self.touch(int(issue))
        else:
            self._note(native_id)["notes"] = text

    def delete(self, native_id: str) -> None:
        kind, issue, *_ = native_id.split("-")
        if kind == "issue":
            del self.issues[int(issue)]
        else:
            self.journals[int(issue)].remove(self._note(native_id))

    def spoil(self, native_id: str) -> None:
        kind, issue, *_ = native_id.split("-")
        item = self.issues[int(issue)] if kind == "issue" else self._note(native_id)
        item["created_on"] = "yesterday"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        known = request.headers.get("x-redmine-api-key") == self.token
        match request.url.path.removesuffix(".json").strip("/").split("/"):
            case ["users", "current"]:
                return _is_there(known, {"user": {"id": 5, "login": "ann"}}, 401)
            case ["issues"] if not self.forbidden:
                return self._listing(request, known=known)
            case ["issues", id_] if int(id_) in self.issues:
                whole = self.issues[int(id_)] | {"journals": self.journals[int(id_)]}
                seen = known or not whole["is_private"]
                return _is_there(seen, {"issue": whole}, 403)
        return httpx.Response(403 if self.forbidden else 404)

    def _listing(self, request: httpx.Request, *, known: bool) -> httpx.Response:
        asked = dict(request.url.params)
        assert asked["sort"] == "updated_on,id" and asked["status_id"] == "*"
        assert int(asked["limit"]) <= 100
        if asked.get("project_id", "fb") != "fb":
            return httpx.Response(404)
        since = asked.get("updated_on", ">=").removeprefix(">=")
        found = [issue for issue in self.issues.values() if issue["updated_on"] >= since]
        found = [issue for issue in found if known or not issue["is_private"]]
        found.sort(key=lambda issue: (issue["updated_on"], issue["id"]))
        start = int(asked.get("offset", 0))
        shown = found[start : start + min(self.page, int(asked["limit"]))]
        about = {"total_count": len(found), "offset": start, "limit": self.page}
        return httpx.Response(200, json={"issues": shown} | about)

    def _note(self, native_id: str) -> dict[str, Any]:
        _, issue, id_ = native_id.split("-")
        return next(note for note in self.journals[int(issue)] if note["id"] == int(id_))


def _is_there(seen: bool, body: Any, otherwise: int) -> httpx.Response:
    return httpx.Response(200, json=body) if seen else httpx.Response(otherwise)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
