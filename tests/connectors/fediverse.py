"""A server that answers as Mastodon does and does as it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.connectors import contract

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
HOST = "https://social.example"


class Fediverse:
    """Statuses under one hashtag; pages are small, and hold what was filtered out as well."""

    page = 3
    version = (4, 3)

    def __init__(self, *, token: str = "tok-7be1c09d55", tag: str = "inkwell") -> None:
        self.token = token
        self.tag = tag
        self.at = START
        self.statuses: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.asked: list[httpx.Request] = []

    def add(self, text: str, *, same_time: bool = False, **more: Any) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        return self.post(text, self.at, **more)

    def post(self, text: str, at: datetime, **more: Any) -> str:
        """Post at any time: a status of another server arrives late with an id of its time."""
        count = len(self.statuses)
        id_ = str((int(at.timestamp() * 1000) << 16) + count)
        self.statuses[id_] = {
            "id": id_, "created_at": _iso(at), "edited_at": None, "sensitive": False,
            "content": f"<p>{text}</p>", "spoiler_text": "", "visibility": "public",
            "uri": f"{HOST}/users/ann/statuses/{id_}", "url": f"{HOST}/@ann/{id_}",
            "in_reply_to_id": None, "reblog": None, "language": "en", "media_attachments": [],
            "favourites_count": 2, "reblogs_count": 1, "replies_count": 0,
            "tags": [{"name": self.tag, "url": f"{HOST}/tags/{self.tag}"}],
            "account": self.account(f"user{count % 5}"), **more,
        }  # fmt: skip
        return id_

    def account(self, name: str) -> dict[str, Any]:
        """Open the account `name`, or return it."""
        return self.accounts.setdefault(name, {
            "id": str(100 + len(self.accounts)), "acct": name, "note": "<p>hello</p>",
            "fields": [], "bot": False, "noindex": False, "statuses_count": 12,
        })  # fmt: skip

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=7)
        self.statuses[native_id] |= {"content": f"<p>{text}</p>", "edited_at": _iso(self.at)}

    def delete(self, native_id: str) -> None:
        del self.statuses[native_id]

    def spoil(self, native_id: str) -> None:
        self.statuses[native_id]["created_at"] = {"at": "some time"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        contract.check("mastodon", request)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"error": "The access token is invalid"})
        asked = request.url.params
        match request.url.path.removeprefix("/api/v1/").split("/"):
            case ["timelines", "tag", tag]:
                held = {name["name"]: True for s in self.statuses.values() for name in s["tags"]}
                found = list(self.statuses.values()) if tag in held else []
                return self._listing(found, request)
            case ["accounts", "lookup"] if asked["acct"] in self.accounts:
                return httpx.Response(200, json=self.accounts[asked["acct"]])
            case ["accounts", id_, "statuses"]:
                found = [s for s in self.statuses.values() if s["account"]["id"] == id_]
                if asked.get("exclude_reblogs") == "true":
                    found = [s for s in found if s["reblog"] is None]
                return self._listing(found, request)
            case ["statuses"] if self.version >= (4, 3):
                wanted = asked.get_list("id[]")
                if len(wanted) > 20:
                    return httpx.Response(422, json={"error": "Too many statuses"})
                found = [self.statuses[id_] for id_ in wanted if id_ in self.statuses]
                return httpx.Response(200, json=found)
            case ["statuses", id_] if id_ in self.statuses:
                return httpx.Response(200, json=self.statuses[id_])
        return httpx.Response(404, json={"error": "Record not found"})

    def _listing(self, found: list[dict[str, Any]], request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        size = min(self.page, int(asked["limit"]))
        found = sorted(found, key=lambda status: int(status["id"]))
        if "min_id" in asked:
            page = [s for s in found if int(s["id"]) > int(asked["min_id"])][:size]
        else:
            page = found[-size:]
        page.reverse()
        return httpx.Response(200, json=page, headers=self._links(page, request))

    def _links(self, page: list[dict[str, Any]], request: httpx.Request) -> dict[str, str]:
        if not page:
            return {}
        place = str(request.url.copy_with(query=None))
        older, newer = page[-1]["id"], page[0]["id"]
        return {
            "Link": f'<{place}?max_id={older}>; rel="next", <{place}?min_id={newer}>; rel="prev"'
        }


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
