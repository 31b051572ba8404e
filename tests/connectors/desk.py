"""A Jira site that answers as Jira Cloud does and does as it is told."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
URL = "https://acme.atlassian.net"
EMAIL = "reader@acme.example"
HOME = timezone(timedelta(hours=-8))
"""The time zone of the account: times in replies and in written JQL are meant in it."""

JQL = re.compile(
    r'project in \("APP"(?:, "WEB")?\)(?: AND updated >= (\d+))? ORDER BY updated ASC, key ASC'
)


class Desk:
    """Issues with four comments each; pages and the comments shown in them are few."""

    page = 3
    inline = 2

    def __init__(self, *, token: str = "ATATT3xFfGF0c9d1") -> None:
        self.token = token
        self.at = START
        self.issues: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.asked: list[httpx.Request] = []
        self.blind = False

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7, seconds=1, milliseconds=5)
        if not self.issues or len(self.comments[max(self.issues)]) == 4:
            return self.add_issue(text)
        return self.add_comment(max(self.issues), text)

    def add_issue(self, text: str, **more: Any) -> str:
        id_ = 10010 + len(self.issues)
        self.issues[id_] = {
            "summary": f"Trouble {id_}", "description": doc(text), "created": _iso(self.at),
            "updated": _iso(self.at), "reporter": person(f"Jo {id_ % 7}"), "labels": ["export"],
            "project": {"id": "1", "key": "APP", "name": "Application"},
            "status": {"name": "To Do"}, "issuetype": {"name": "Bug"}, "resolution": None,
            "components": [{"name": "Sync"}], "versions": [{"name": "2.1"}], "votes": {"votes": 3},
            **more,
        }  # fmt: skip
        self.comments[id_] = []
        return f"issue-{id_}"

    def add_comment(self, issue: int, text: str, **more: Any) -> str:
        id_ = issue * 10 + len(self.comments[issue])
        self.comments[issue].append({
            "id": str(id_), "author": person("Ann"), "body": doc(text), "jsdPublic": True,
            "created": _iso(self.at), "updated": _iso(self.at), **more,
        })  # fmt: skip
        self.touch(issue)
        return f"comment-{issue}-{id_}"

    def touch(self, issue: int) -> None:
        self.issues[issue]["updated"] = _iso(self.at)

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=7)
        kind, issue, *_ = native_id.split("-")
        if kind == "issue":
            self.issues[int(issue)]["description"] = doc(text)
        else:
            self._comment(native_id).update(body=doc(text), updated=_iso(self.at))
        self.touch(int(issue))

    def delete(self, native_id: str) -> None:
        kind, issue, *_ = native_id.split("-")
        if kind == "issue":
            del self.issues[int(issue)]
        else:
            self.comments[int(issue)].remove(self._comment(native_id))

    def spoil(self, native_id: str) -> None:
        kind, issue, *_ = native_id.split("-")
        item = self.issues[int(issue)] if kind == "issue" else self._comment(native_id)
        item["created"] = "yesterday"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        known = b64encode(f"{EMAIL}:{self.token}".encode()).decode()
        if self.token and request.headers.get("authorization") != f"Basic {known}":
            return httpx.Response(401, text="Client must be authenticated to access this resource.")
        body = json.loads(request.content) if request.content else {}
        match request.method, request.url.path.removeprefix("/rest/api/3").strip("/").split("/"):
            case "GET", ["myself"]:
                return httpx.Response(200, json={"accountId": "5b10", "timeZone": "US/Pacific"})
            case "POST", ["search", "jql"]:
                return self._search(body)
            case "POST", ["search", "approximate-count"]:
                return httpx.Response(200, json={"count": len(self._found(body["jql"]))})
            case "POST", ["issue", "bulkfetch"]:
                assert len(body["issueIdsOrKeys"]) <= 100 and "comment" in body["fields"]
                ids = sorted(int(id_) for id_ in body["issueIdsOrKeys"])
                shown = [self._whole(id_) for id_ in ids if id_ in self.issues]
                return httpx.Response(200, json={"issues": shown, "issueErrors": []})
            case "GET", ["issue", id_, "comment"] if int(id_) in self.issues:
                start = int(request.url.params["startAt"])
                return httpx.Response(200, json=self._remarks(int(id_), start, 3))
        return httpx.Response(404, json={"errorMessages": ["Issue does not exist"], "errors": {}})

    def _search(self, body: dict[str, Any]) -> httpx.Response:
        assert body.keys() <= {"jql", "fields", "maxResults", "nextPageToken"}, body
        assert "comment" in body["fields"]
        if self.blind:
            said = "The value 'APP' does not exist for the field 'project'."
            return httpx.Response(400, json={"errorMessages": [said], "errors": {}})
        found = self._found(body["jql"])
        start = int(body.get("nextPageToken", "t0")[1:])
        end = start + min(self.page, body["maxResults"])
        onward = {"isLast": False, "nextPageToken": f"t{end}"} if end < len(found) else {}
        shown = [self._whole(id_) for id_ in found[start:end]]
        return httpx.Response(200, json={"isLast": True, "issues": shown} | onward)

    def _found(self, jql: str) -> list[int]:
        asked = JQL.fullmatch(jql)
        assert asked, f"this Jira does not understand {jql}"
        since = datetime.fromtimestamp(int(asked[1] or 0) / 1000, UTC).replace(second=0)
        times = {id_: datetime.fromisoformat(i["updated"]) for id_, i in self.issues.items()}
        found = [id_ for id_, at in times.items() if at >= since]
        return sorted(found, key=lambda id_: (times[id_], id_))

    def _whole(self, id_: int) -> dict[str, Any]:
        fields = self.issues[id_] | {"comment": self._remarks(id_, 0, self.inline)}
        return {
            "id": str(id_),
            "key": f"{fields['project']['key']}-{id_ - 10000}",
            "fields": fields,
        }

    def _remarks(self, id_: int, start: int, size: int) -> dict[str, Any]:
        comments = self.comments[id_]
        shown = comments[start : start + size]
        return {"comments": shown, "total": len(comments), "startAt": start, "maxResults": size}

    def _comment(self, native_id: str) -> dict[str, Any]:
        _, issue, id_ = native_id.split("-")
        return next(each for each in self.comments[int(issue)] if each["id"] == id_)


def doc(text: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def person(name: str, kind: str = "atlassian") -> dict[str, Any]:
    return {"accountId": f"5b10:{name}", "displayName": name, "accountType": kind}


def _iso(at: datetime) -> str:
    local = at.astimezone(HOME)
    return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}-0800"
