"""How many posts a second does a connector read, in what memory, and what does a quiet pull cost?

    python -m benchmarks.connectors [--items 10000 100000] [--only github]

A scripted server answers as the platform does, with as many items a page as it gives, from a
formula, so that it holds nothing. Times are of the processor, of one process, less what the server
takes to write its answers. The memory is the peak of a process of its own for each size. The second
and third pull find nothing new; of the third, the requests that are answered 304 are told too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx

from connectors.discourse import Discourse, DiscourseOptions
from connectors.github import GitHub, GitHubOptions
from connectors.mastodon import Mastodon, MastodonOptions
from insights.http import Http
from insights.models import JSON, Batch

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
WORDS = "The export of large drawings stops at 80 percent when the laptop goes offline. " * 6
SLOW = 2000
"""Posts a second that a connector should read at least."""


class Platform(Protocol):
    """A connector and the server that it reads."""

    def connector(self, http: Http) -> Any: ...

    def answer(self, request: httpx.Request) -> tuple[object, dict[str, str]]: ...


class Repository:
    """GitHub: as many issues as comments, a hundred a page."""

    api = "https://api.github.com/repos/acme/app"

    def __init__(self, items: int) -> None:
        self.items = items // 2

    def connector(self, http: Http) -> GitHub:
        options = GitHubOptions(repository="acme/app", token="benchmark-token", discussions=False)
        return GitHub("app", options, http=http)

    def answer(self, request: httpx.Request) -> tuple[object, dict[str, str]]:
        path = request.url.path.removeprefix("/repos/acme/app")
        if path == "":
            return {"full_name": "acme/app", "url": self.api, "has_discussions": False}, {}
        asked = request.url.params
        since = asked.get("since")
        first = 0 if since is None else -(-(datetime.fromisoformat(since) - FIRST) // STEP)
        start = max(0, first) + (int(asked.get("page", 1)) - 1) * 100
        end = min(self.items, start + 100)
        onward = request.url.copy_set_param("page", int(asked.get("page", 1)) + 1)
        links = {"Link": f'<{onward}>; rel="next"'} if end < self.items else {}
        make = self._comment if path == "/issues/comments" else self._issue
        return [make(n) for n in range(start, end)], links

    def _issue(self, n: int) -> JSON:
        return self._item(n, f"issues/{n}") | {
            "number": n, "title": "Export stops", "state": "open", "labels": [{"name": "bug"}],
            "repository_url": self.api, "comments": 1, "locked": False, "assignees": [],
        }  # fmt: skip

    def _comment(self, n: int) -> JSON:
        return self._item(n, f"issues/{n}#issuecomment-{n}") | {
            "issue_url": f"{self.api}/issues/{n}"
        }

    def _item(self, n: int, page: str) -> JSON:
        at = _iso(n)
        return {
            "id": n, "node_id": f"I_{n}", "html_url": f"https://github.com/acme/app/{page}",
            "body": f"{WORDS}({n})", "user": {"login": f"user{n % 5000}", "type": "User", "id": n},
            "created_at": at, "updated_at": at, "author_association": "NONE",
            "reactions": {"total_count": 1, "+1": 1, "-1": 0, "laugh": 0, "heart": 0},
        }  # fmt: skip


class Forum:
    """Discourse: topics of twenty posts, which are a page; thirty topics a page of the list."""

    size = 20

    def __init__(self, items: int) -> None:
        self.topics = items // self.size

    def connector(self, http: Http) -> Discourse:
        return Discourse("forum", DiscourseOptions(url="https://forum.example"), http=http)

    def answer(self, request: httpx.Request) -> tuple[object, dict[str, str]]:
        parts = request.url.path.removesuffix(".json").strip("/").split("/")
        if parts[0] == "site":
            return {"categories": [{"id": 4, "name": "Help"}]}, {}
        if parts[0] == "latest":
            newest = self.topics - int(request.url.params.get("page", 0)) * 30
            shown = [self._topic(n) for n in range(newest - 1, max(-1, newest - 31), -1)]
            return {"topic_list": {"topics": shown}}, {}
        n = int(parts[1])
        posts = [self._post(n, place) for place in range(self.size)]
        stream = {"posts": posts, "stream": [post["id"] for post in posts]}
        return self._topic(n) | {"post_stream": stream}, {}

    def _topic(self, n: int) -> JSON:
        return {
            "id": n, "title": "Export stops", "slug": "export-stops", "category_id": 4,
            "tags": ["export"], "bumped_at": _iso((n + 1) * self.size - 1), "pinned": False,
            "posts_count": self.size, "highest_post_number": self.size, "views": 12,
        }  # fmt: skip

    def _post(self, topic: int, place: int) -> JSON:
        n = topic * self.size + place
        return {
            "id": n, "topic_id": topic, "post_number": place + 1, "post_type": 1,
            "username": f"user{n % 5000}", "cooked": f"<p>{WORDS}({n})</p>", "created_at": _iso(n),
            "updated_at": _iso(n), "reply_to_post_number": 1 if place else None, "reads": 4,
            "actions_summary": [{"id": 2, "count": 3}], "hidden": False, "user_deleted": False,
        }  # fmt: skip


class Timeline:
    """Mastodon: one hashtag, forty statuses a page."""

    def __init__(self, items: int) -> None:
        self.items = items

    def connector(self, http: Http) -> Mastodon:
        options = MastodonOptions(url="https://social.example", tags=("inkwell",))
        return Mastodon("fedi", options, http=http)

    def answer(self, request: httpx.Request) -> tuple[object, dict[str, str]]:
        after = int(request.url.params.get("min_id", 0)) >> 16
        start = max(0, (after - _milliseconds(0)) // int(STEP.total_seconds() * 1000) + 1)
        return [self._status(n) for n in range(min(self.items, start + 40) - 1, start - 1, -1)], {}

    def _status(self, n: int) -> JSON:
        person = n % 5000
        return {
            "id": str(_milliseconds(n) << 16), "created_at": _iso(n), "edited_at": None,
            "content": f"<p>{WORDS}({n})</p>", "spoiler_text": "", "visibility": "public",
            "account": {
                "id": str(person), "acct": f"user{person}", "bot": False, "noindex": False,
                "note": '<p>I draw. <a href="/tags/art">#<span>art</span></a></p>', "fields": [],
            },
            "url": f"https://social.example/@user{person}/{n}", "in_reply_to_id": None,
            "reblog": None, "language": "en", "tags": [{"name": "inkwell", "url": "/tags/i"}],
            "favourites_count": 2, "reblogs_count": 1, "media_attachments": [], "mentions": [],
        }  # fmt: skip


PLATFORMS: dict[str, Callable[[int], Platform]] = {
    "discourse": Forum, "github": Repository, "mastodon": Timeline
}  # fmt: skip


class Server:
    """Puts a platform behind a transport, with ETags; counts what is asked, and what it costs."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.requests = self.unchanged = 0
        self.seconds = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        begun = time.process_time()
        try:
            answer, headers = self.platform.answer(request)
            content = json.dumps(answer).encode()
            etag = f'W/"{hashlib.sha1(content).hexdigest()}"'
            self.requests += 1
            if request.headers.get("if-none-match") == etag:
                self.unchanged += 1
                return httpx.Response(304, headers={"ETag": etag})
            return httpx.Response(200, content=content, headers=headers | {"ETag": etag})
        finally:
            self.seconds += time.process_time() - begun

    def batches(self, cursor: JSON | None) -> Iterator[Batch]:
        http = Http(transport=httpx.MockTransport(self))
        yield from self.platform.connector(http).pull(cursor)


def measure(name: str, items: int) -> JSON:
    """Pull everything once and nothing once, keeping only what ingest would keep."""
    server = Server(PLATFORMS[name](items))
    cursor: JSON | None = None
    posts, begun = 0, time.process_time()
    for batch in server.batches(None):
        posts += len(batch.posts)
        cursor = batch.cursor
    spent = time.process_time() - begun - server.seconds
    asked, again = [server.requests], 0
    for _ in range(2):
        server.requests = server.unchanged = 0
        for batch in server.batches(json.loads(json.dumps(cursor))):
            again += len(batch.posts)
            cursor = batch.cursor
        asked.append(server.requests)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "posts": posts, "rate": posts / spent, "requests": asked,
        "unchanged": server.unchanged, "again": again, "peak": peak,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", choices=PLATFORMS, nargs="+", default=list(PLATFORMS))
    parser.add_argument("--here", action="store_true", help="measure one size in this process")
    asked = parser.parse_args()
    if asked.here:
        print(json.dumps(measure(asked.only[0], asked.items[0])))
        return
    print("connector  |   posts | posts/s | peak MB | requests | 2nd | 3rd (304) | read again")
    for name in asked.only:
        for items in asked.items:
            command = [
                sys.executable,
                "-m",
                __spec__.name,
                "--here",
                "--only",
                name,
                "--items",
                str(items),
            ]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found = json.loads(told)
            first, second, third = found["requests"]
            slow = "" if found["rate"] >= SLOW else "  below the goal"
            print(
                f"{name:<10} | {found['posts']:>7,} | {found['rate']:>7,.0f} | "
                f"{found['peak']:>7.0f} | {first:>8,} | {second:>3} | {third:>3} "
                f"({found['unchanged']:>3}) | {found['again']:>10}{slow}"
            )


def _iso(n: int) -> str:
    return (FIRST + n * STEP).strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(n: int) -> int:
    return int((FIRST + n * STEP).timestamp() * 1000)


if __name__ == "__main__":
    main()
