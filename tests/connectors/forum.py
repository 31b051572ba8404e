"""A forum that answers as Discourse does and does as it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.connectors import contract

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class Forum:
    """Pages are small, so that a handful of posts already spans several."""

    topics_a_page = 3
    posts_a_topic_page = 2
    per_topic = 5
    mega = False
    """Whether topics are as those of more than 10,000 posts, which tell no ids."""

    def __init__(self, *, token: str = "key-4f1c9e27aa", prefix: str = "") -> None:
        self.token = token
        self.prefix = prefix
        self.at = START
        self.topics: dict[int, dict[str, Any]] = {}
        self.posts: dict[int, dict[str, Any]] = {}
        self.asked: list[httpx.Request] = []
        self.pin("Welcome: read this first")

    def pin(self, title: str) -> int:
        """Open an old pinned topic without posts that count."""
        id_ = self._topic(title, START - timedelta(days=700))
        self.topics[id_] |= {"pinned": True}
        self._post(id_, "", START - timedelta(days=700), post_type=3)
        return id_

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        last = max(self.topics)
        replies = [p for p in self.posts.values() if p["topic_id"] == last]
        full = len(replies) >= self.per_topic or self.topics[last]["pinned"]
        topic_id = self._topic(f"About {text}", self.at) if full else last
        reply_to = None if full else 1
        return str(self._post(topic_id, f"<p>{text}</p>", self.at, reply_to=reply_to))

    def edit(self, native_id: str, text: str) -> None:
        """An edit of an old post bumps nothing."""
        post = self.posts[int(native_id)]
        post |= {"cooked": f"<p>{text}</p>", "version": 2}
        post["updated_at"] = _iso(self.at + timedelta(hours=5))

    def delete(self, native_id: str) -> None:
        post = self.posts[int(native_id)]
        post |= {"cooked": "<p>(post deleted by author)</p>", "user_deleted": True}

    def remove(self, native_id: str) -> None:
        """Delete as a moderator does: nothing is left to see."""
        del self.posts[int(native_id)]

    def spoil(self, native_id: str) -> None:
        self.posts[int(native_id)]["created_at"] = "the day before yesterday"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        contract.check("discourse", request, prefix=self.prefix)
        if self.token and request.headers.get("api-key") != self.token:
            return _says(403, "invalid_access")
        parts = request.url.path.removeprefix(self.prefix).removesuffix(".json").strip("/")
        match parts.split("/"):
            case ["latest"]:
                return self._latest(int(request.url.params.get("page", 0)))
            case ["site"]:
                counts = {"topic_count": len(self.topics), "post_count": len(self.posts)}
                room = {"id": 4, "name": "Help"} | counts
                return httpx.Response(200, json={"categories": [room]})
            case ["t", id_, "posts"]:
                wanted = [int(i) for i in request.url.params.get_list("post_ids[]")]
                found = [p for p in self._of(int(id_)) if p["id"] in wanted]
                return httpx.Response(200, json={"post_stream": {"posts": found}, "id": int(id_)})
            case ["t", id_] if self._of(int(id_)):
                return self._topic_page(int(id_), int(request.url.params.get("page", 1)))
            case ["posts", "by_number", id_, number] if self.mega:
                found = [p for p in self._of(int(id_)) if p["post_number"] == int(number)]
                return httpx.Response(200, json=found[0]) if found else _says(404, "not_found")
            case ["posts", id_] if int(id_) in self.posts:
                return httpx.Response(200, json=self.posts[int(id_)])
        return _says(404, "not_found")

    def _latest(self, page: int) -> httpx.Response:
        topics = sorted(self.topics.values(), key=lambda t: (t["pinned"], t["bumped_at"], t["id"]))
        topics.reverse()
        start = page * self.topics_a_page
        shown = topics[start : start + self.topics_a_page]
        return httpx.Response(200, json={"users": [], "topic_list": {"topics": shown}})

    def _topic_page(self, id_: int, page: int) -> httpx.Response:
        posts = self._of(id_)
        start = (page - 1) * self.posts_a_topic_page
        shown = posts[start : start + self.posts_a_topic_page]
        if self.mega and not shown:
            return _says(404, "not_found")
        ids = {"isMegaTopic": True} if self.mega else {"stream": [p["id"] for p in posts]}
        stream = {"posts": shown, **ids}
        return httpx.Response(200, json=self.topics[id_] | {"post_stream": stream})

    def _of(self, topic_id: int) -> list[dict[str, Any]]:
        return [post for post in self.posts.values() if post["topic_id"] == topic_id]

    def _topic(self, title: str, at: datetime) -> int:
        id_ = 100 + len(self.topics)
        self.topics[id_] = {
            "id": id_, "title": title, "slug": f"about-{id_}", "category_id": 4,
            "tags": [{"id": 1, "name": "export", "slug": "export"}, "offline"],
            "bumped_at": _iso(at), "last_posted_at": None, "pinned": False, "posts_count": 0,
            "highest_post_number": 0,
        }  # fmt: skip
        return id_

    def _post(
        self, topic_id: int, cooked: str, at: datetime, *, reply_to: int | None = None,
        post_type: int = 1,
    ) -> int:  # fmt: skip
        id_ = 5000 + len(self.posts)
        topic = self.topics[topic_id]
        number = topic["highest_post_number"] + 1
        topic |= {"posts_count": number, "highest_post_number": number, "bumped_at": _iso(at)}
        self.posts[id_] = {
            "id": id_, "topic_id": topic_id, "post_number": number, "post_type": post_type,
            "username": f"user{id_ % 7}", "name": None, "cooked": cooked, "created_at": _iso(at),
            "updated_at": _iso(at), "reply_to_post_number": reply_to, "hidden": False,
            "user_deleted": False, "deleted_at": None,
            "actions_summary": [{"id": 2, "count": 3}, {"id": 3, "can_act": True}],
        }  # fmt: skip
        return id_


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _says(status: int, kind: str) -> httpx.Response:
    said = {"errors": ["The requested page could not be shown."], "error_type": kind}
    return httpx.Response(status, json=said)
