"""A subreddit that answers as Reddit does and does as it is told."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
FIRST = 1_700_000_000


class Board:
    """Posts and comments in turn; pages are small, and listings end as Reddit's do."""

    page = 3
    cap = 1000
    scope = "*"
    lasts = 10**9
    """Requests for which a token is good."""

    def __init__(self, *, token: str = "secret-0c9d61f2ab") -> None:
        self.token = token
        self.at = START
        self.things: dict[str, dict[str, Any]] = {}
        self.unlisted: set[str] = set()
        self.issued = 0
        self.used = 0
        self.asked: list[httpx.Request] = []

    def add(self, text: str, *, same_time: bool = False, **more: Any) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        count = len(self.things)
        opens = count % 3 == 0
        name = f"{'t3' if opens else 't1'}_{_base36(FIRST + count)}"
        openers = [n for n in self.things if n.startswith("t3")]
        thread = name if opens else openers[-1]
        about = {"title": f"About {text}", "selftext": text, "link_flair_text": "Bug"}
        self.things[name] = {
            "name": name, "id": name[3:], "author": f"user{count % 5}", "subreddit": "inkwell",
            "created_utc": float(int(self.at.timestamp())), "edited": False, "score": 5,
            "permalink": f"/r/inkwell/comments/{thread[3:]}/x/{'' if opens else name[3:]}",
            "distinguished": None,
            **(about if opens else {"body": text, "link_id": thread, "parent_id": thread}), **more,
        }  # fmt: skip
        return name

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=7)
        words = "selftext" if native_id.startswith("t3") else "body"
        self.things[native_id] |= {words: text, "edited": float(int(self.at.timestamp()))}

    def delete(self, native_id: str) -> None:
        """As an author does: the listing forgets the thing, its place says [deleted]."""
        words = "selftext" if native_id.startswith("t3") else "body"
        self.things[native_id] |= {words: "[deleted]", "author": "[deleted]"}
        self.unlisted.add(native_id)

    def spoil(self, native_id: str) -> None:
        self.things[native_id]["created_utc"] = "yesterday"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if not request.headers["user-agent"].endswith("(by /u/ann)"):
            return httpx.Response(429, text="whoa there, pardner!")
        if request.url.path == "/api/v1/access_token":
            return self._grant(request)
        self.used += 1
        current = f"Bearer minted-{self.issued}-7d2f90ce"
        if request.headers.get("authorization") != current or self.used > self.lasts:
            return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
        assert request.url.host == "oauth.reddit.com"
        assert request.url.params["raw_json"] == "1"
        match request.url.path.strip("/").split("/"):
            case ["r", "inkwell", "about"]:
                data = {"display_name": "inkwell", "subscribers": 1234}
                return httpx.Response(200, json={"kind": "t5", "data": data})
            case ["r", "inkwell", ("new" | "comments") as kind]:
                prefix = "t3" if kind == "new" else "t1"
                return self._listing(prefix, request.url.params)
            case ["r", "secret", _]:
                body = {"reason": "private", "message": "Forbidden", "error": 403}
                return httpx.Response(403, json=body)
            case ["r", name, _]:
                where = f"https://oauth.reddit.com/subreddits/search?q={name}&raw_json=1"
                return httpx.Response(302, headers={"Location": where})
            case ["subreddits", "search"]:
                found = [{"kind": "t5", "data": {"display_name": "inkwells"}}]
                return _things(found, None)
            case ["api", "info"]:
                wanted = request.url.params["id"].split(",")
                if len(wanted) > 100:
                    return httpx.Response(400)
                return _things([self._thing(n) for n in wanted if n in self.things], None)
        return httpx.Response(404, json={"message": "Not Found", "error": 404})

    def _grant(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.host) == ("POST", "www.reddit.com")
        basic = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        if basic != f"app-id:{self.token}":
            return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
        asked = {key: value[0] for key, value in parse_qs(request.content.decode()).items()}
        if asked["grant_type"] == "refresh_token" and asked["refresh_token"] != "lasting-55aa01":
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.issued += 1
        self.used = 0
        return httpx.Response(200, json={
            "access_token": f"minted-{self.issued}-7d2f90ce", "token_type": "bearer",
            "expires_in": 86400, "scope": self.scope,
        })  # fmt: skip

    def _listing(self, prefix: str, asked: httpx.QueryParams) -> httpx.Response:
        names = [n for n in self.things if n.startswith(prefix) and n not in self.unlisted]
        names.sort(key=lambda name: int(name[3:], 36), reverse=True)
        names = names[: self.cap]
        if "after" in asked:  # an anchor that is not listed any more has nothing behind it
            there = asked["after"] in names
            names = names[names.index(asked["after"]) + 1 :] if there else []
        size = min(self.page, int(asked["limit"]))
        after = names[size - 1] if len(names) > size else None
        return _things([self._thing(name) for name in names[:size]], after)

    def _thing(self, name: str) -> dict[str, Any]:
        return {"kind": name[:2], "data": self.things[name]}


def _things(children: list[dict[str, Any]], after: str | None) -> httpx.Response:
    headers = {"X-Ratelimit-Remaining": "598.0", "X-Ratelimit-Used": "2"}
    headers |= {"X-Ratelimit-Reset": "211"}
    data = {"children": children, "after": after, "before": None, "dist": len(children)}
    return httpx.Response(200, json={"kind": "Listing", "data": data}, headers=headers)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, last = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[last] + digits
    return digits
