"""A Hacker News that answers as its search and its own interface do, and does as it is told."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx

START = int(datetime(2026, 1, 5, 8, tzinfo=UTC).timestamp())
KNOWN = {"tags", "numericFilters", "hitsPerPage", "query"}


class Newsroom:
    """A story and replies to it and to each other; a search shows few hits, newest first."""

    token = ""
    most = 8

    def __init__(self) -> None:
        self.at = START
        self.items: dict[int, dict[str, Any]] = {}
        self.hidden: set[int] = set()
        self.asked: list[httpx.Request] = []

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += 420
        id_ = 46_000_000 + 7 * len(self.items)
        item = {"id": id_, "time": self.at, "by": f"user{len(self.items) % 5}"}
        if len(self.items) % 5 == 0:
            item |= {"type": "story", "title": f"Ask HN: {text}?", "text": text, "score": 12}
        else:
            item |= {"type": "comment", "text": f"<p>{text}", "parent": max(self.items)}
        self.items[id_] = item
        return str(id_)

    def link(self, title: str, url: str) -> str:
        id_ = int(self.add(title))
        story = {"id": id_, "time": self.at, "by": "linker", "type": "story", "score": 3}
        self.items[id_] = story | {"title": title, "url": url}
        return str(id_)

    def edit(self, native_id: str, text: str) -> None:
        self.items[int(native_id)]["text"] = text

    def delete(self, native_id: str) -> None:
        """Words and author go, the place in the tree stays; the search forgets it."""
        item = self.items[int(native_id)]
        for name in ("text", "by", "title", "url", "score"):
            item.pop(name, None)
        item["deleted"] = True
        self.hidden.add(int(native_id))

    def spoil(self, native_id: str) -> None:
        self.items[int(native_id)]["by"] = ["nobody"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if request.url.host == "hn.algolia.com":
            assert path == "/api/v1/search_by_date" and set(request.url.params) <= KNOWN
            return self._search(request)
        assert request.url.host == "hacker-news.firebaseio.com"
        if path == "/v0/maxitem.json":
            return httpx.Response(200, json=max(self.items, default=1))
        found = re.fullmatch(r"/v0/item/(\d+)\.json", path)
        assert found, path
        return httpx.Response(200, text=json.dumps(self.items.get(int(found[1]))))

    def _search(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        hits = [self._hit(item) for id_, item in self.items.items() if id_ not in self.hidden]
        words = asked.get("query", "").lower()
        hits = [
            hit
            for hit in hits
            if words in f"{hit.get('story_text')} {hit.get('comment_text')}".lower()
        ]
        for bound in asked["numericFilters"].split(","):
            name, sign, value = re.fullmatch(r"(\w+)(>=|<)(\d+)", bound).groups()
            assert name == "created_at_i"
            hits = [h for h in hits if (h[name] >= int(value)) == (sign == ">=")]
        hits.sort(key=lambda hit: (hit["created_at_i"], hit["objectID"]), reverse=True)
        shown = hits[: min(self.most, int(asked["hitsPerPage"]), 1000)]
        pages = {"page": 0, "nbPages": 1, "hitsPerPage": int(asked["hitsPerPage"])}
        return httpx.Response(200, json={"hits": shown, "nbHits": len(hits), **pages})

    def _hit(self, item: dict[str, Any]) -> dict[str, Any]:
        is_comment = "parent" in item
        root = item
        while "parent" in root:
            root = self.items[root["parent"]]
        hit = {"objectID": str(item["id"]), "created_at_i": item["time"], "author": item.get("by"),
               "created_at": datetime.fromtimestamp(item["time"], UTC).isoformat(),
               "_tags": [item["type"], f"author_{item.get('by')}"]}  # fmt: skip
        if is_comment:
            about = {"story_id": root["id"], "parent_id": item["parent"], "points": None}
            titles = {"title": None, "story_title": root.get("title")}
            return hit | about | titles | {"comment_text": item.get("text")}
        own = {"title": item.get("title"), "points": item.get("score"), "story_id": item["id"]}
        return hit | own | {"story_text": item.get("text"), "url": item.get("url")}
