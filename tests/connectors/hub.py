"""A repository that answers as GitHub does and does as it is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.connectors import contract

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
API = "https://api.github.com"
MOVED = f"{API}/repositories/1000"
"""Next pages are named by the repository's number, as GitHub does."""


class Hub:
    """Issues and comments in turn; pages are small."""

    page = 3
    has_discussions = False

    def __init__(self, *, token: str = "ghp_9d1c7bde44aa") -> None:
        self.token = token
        self.at = START
        self.issues: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.releases: list[dict[str, Any]] = []
        self.asked: list[httpx.Request] = []

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        total = len(self.issues) + len(self.comments)
        if total % 2 == 0:
            return self.add_issue(text)
        return self.add_comment(max(self.issues), text)

    def add_issue(self, text: str, **more: Any) -> str:
        number = 10 + len(self.issues)
        self.issues[number] = self._item(9000 + number, text, f"issues/{number}") | {
            "number": number, "title": f"Trouble {number}", "state": "open",
            "labels": [{"name": "bug"}, "old"], "repository_url": f"{API}/repos/acme/app",
            "url": f"{API}/repos/acme/app/issues/{number}", **more,
        }  # fmt: skip
        kind = "pull" if "pull_request" in more else "issue"
        return f"{kind}-{number}"

    def add_comment(self, number: int, text: str, *, kind: str = "issues") -> str:
        id_ = 7000 + len(self.comments)
        page = f"{kind}/{number}#issuecomment-{id_}"
        self.comments[id_] = self._item(id_, text, page) | {
            "issue_url": f"{API}/repos/acme/app/issues/{number}"
        }
        return f"comment-{id_}"

    def release(self, tag: str, **more: Any) -> None:
        self.at += timedelta(minutes=7)
        self.releases.append({
            "id": 500 + len(self.releases), "tag_name": tag, "draft": False,
            "published_at": _iso(self.at), "body": f"What is new in {tag}",
            "html_url": f"https://github.com/acme/app/releases/tag/{tag}", **more,
        })  # fmt: skip

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=7)
        self._found(native_id).update(body=text, updated_at=_iso(self.at))

    def delete(self, native_id: str) -> None:
        kind, _, number = native_id.rpartition("-")
        del (self.comments if kind == "comment" else self.issues)[int(number)]

    def spoil(self, native_id: str) -> None:
        self._found(native_id)["created_at"] = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if not path.startswith("/repositories/"):  # next pages are followed as they are named
            contract.check("github", request)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"message": "Bad credentials"})
        if path == "/graphql":
            return self.graphql(json.loads(request.content))
        path = path.removeprefix("/repos/acme/app").removeprefix("/repositories/1000")
        match path.strip("/").split("/"):
            case [""]:
                about = {"full_name": "acme/app", "url": f"{API}/repos/acme/app"}
                return httpx.Response(200, json=about | {"has_discussions": self.has_discussions})
            case ["issues"]:
                return self._listing(self.issues, request)
            case ["releases"]:
                return self._released(request)
            case ["issues", "comments"]:
                return self._listing(self.comments, request)
            case ["issues", "comments", id_] if int(id_) in self.comments:
                return httpx.Response(200, json=self.comments[int(id_)])
            case ["issues", number] if number.isdigit() and int(number) in self.issues:
                return httpx.Response(200, json=self.issues[int(number)])
        return httpx.Response(404, json={"message": "Not Found"})

    def graphql(self, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json={"errors": [{"message": f"no answer to {body}"}]})

    def _listing(self, items: dict[int, Any], request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        since, page = asked.get("since", ""), int(asked.get("page", 1))
        found = [item for item in items.values() if item["updated_at"] >= since]
        found.sort(key=lambda item: (item["updated_at"], item["id"]))
        size = min(self.page, int(asked.get("per_page", 30)))
        start = (page - 1) * size
        headers = {}
        if len(found) > start + size:
            kind = "issues/comments" if items is self.comments else "issues"
            onward = request.url.copy_set_param("page", page + 1).query.decode()
            last = -(-len(found) // size)
            headers["Link"] = (
                f'<{MOVED}/{kind}?{onward}>; rel="next", <{MOVED}/{kind}?page={last}>; rel="last"'
            )
        return httpx.Response(200, json=found[start : start + size], headers=headers)

    def _released(self, request: httpx.Request) -> httpx.Response:
        start = (int(request.url.params.get("page", 1)) - 1) * self.page
        newest_first = self.releases[::-1]
        headers = {}
        if len(newest_first) > start + self.page:
            onward = request.url.copy_set_param("page", start // self.page + 2).query.decode()
            headers["Link"] = f'<{MOVED}/releases?{onward}>; rel="next"'
        return httpx.Response(200, json=newest_first[start : start + self.page], headers=headers)

    def _found(self, native_id: str) -> dict[str, Any]:
        kind, _, number = native_id.rpartition("-")
        return (self.comments if kind == "comment" else self.issues)[int(number)]

    def _item(self, id_: int, text: str, page: str) -> dict[str, Any]:
        return {
            "id": id_, "body": text, "html_url": f"https://github.com/acme/app/{page}",
            "user": {"login": f"user{id_ % 7}", "type": "User"}, "created_at": _iso(self.at),
            "updated_at": _iso(self.at), "reactions": {"total_count": 2, "+1": 2},
            "author_association": "NONE",
        }  # fmt: skip


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
