"""An App Store that answers as Apple's feeds of reviews do, and does as it is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
APP = "123456789"
CUPERTINO = timezone(timedelta(hours=-7))


class Shop:
    """Two countries with reviews in turn. `dated` and `names_app` tell newer feeds from older."""

    token = ""
    page = 3
    dated = True
    names_app = False

    def __init__(self, countries: tuple[str, ...] = ("us", "de")) -> None:
        self.countries = countries
        self.at = START
        self.reviews: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()
        self.ratings = 0
        self.asked: list[httpx.Request] = []

    def add(self, text: str, *, same_time: bool = False, country: str = "") -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        number = 13_000_000_000 + len(self.reviews)
        country = country or self.countries[len(self.reviews) % len(self.countries)]
        native_id = f"{country}-{number}"
        self.reviews[native_id] = {
            "author": {"uri": {"label": f"https://itunes.apple.com/{country}/reviews/id{number}"},
                       "name": {"label": f"nick{number % 7}"}, "label": ""},
            "updated": {"label": self.at.astimezone(CUPERTINO).isoformat()},
            "im:rating": {"label": "2"}, "im:version": {"label": "4.8.1"},
            "id": {"label": str(number)}, "title": {"label": "Not good"},
            "content": {"label": text, "attributes": {"type": "text"}},
            "link": {"attributes": {"rel": "related", "href":
                     f"https://itunes.apple.com/{country}/review?id={APP}&type=Purple%20Software"}},
            "im:voteSum": {"label": "5"}, "im:voteCount": {"label": "6"},
            "im:contentType": {"attributes": {"term": "Application", "label": "Application"}},
        }  # fmt: skip
        return native_id

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=7)
        self.reviews[native_id]["content"] = {"label": text}
        if self.dated:
            self.reviews[native_id]["updated"] = {"label": self.at.isoformat()}

    def delete(self, native_id: str) -> None:
        del self.reviews[native_id]

    def spoil(self, native_id: str) -> None:
        self.reviews[native_id]["im:rating"] = {"label": "many"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        assert request.url.host == "itunes.apple.com"
        path = request.url.path
        if path == "/lookup":
            return self._lookup(request.url.params)
        found = re.fullmatch(
            rf"/([a-z]{{2}})/rss/customerreviews/page=(\d+)/id={APP}/sortBy=mostRecent/json", path
        )
        assert found, path
        assert 1 <= int(found[2]) <= 10, "the depth of pages is limited to 10"
        return self._page(found[1], int(found[2]), str(request.url))

    def _page(self, country: str, number: int, url: str) -> httpx.Response:
        listed = [r for id_, r in self.reviews.items() if id_.startswith(f"{country}-")]
        listed.sort(key=lambda r: (datetime.fromisoformat(r["updated"]["label"]), r["id"]["label"]))
        listed.reverse()
        start = (number - 1) * self.page
        entries = listed[start : start + self.page]
        if f"{country} {number}" in self.broken:
            entries = []
        if not self.dated:
            entries = [{k: v for k, v in r.items() if k != "updated"} for r in entries]
        if self.names_app and entries:
            entries = [{"im:name": {"label": "Inkwell"}, "id": {"label": "the app"}}, *entries]
        onward = {"rel": "next", "href": url.removesuffix("json") + "xml"}
        feed: dict[str, Any] = {
            "title": {"label": "iTunes Store: Customer Reviews"}, "id": {"label": url},
            "updated": {"label": self.at.isoformat()}, "link": [{"attributes": onward}],
        }  # fmt: skip
        if entries:
            feed["entry"] = entries if len(entries) > 1 else entries[0]
        headers = {"Date": "Thu, 05 Feb 2026 08:00:00 GMT"}
        return httpx.Response(200, json={"feed": feed}, headers=headers)

    def _lookup(self, asked: httpx.QueryParams) -> httpx.Response:
        if asked["id"] != APP or asked["country"] not in self.countries:
            return httpx.Response(200, json={"resultCount": 0, "results": []})
        app = {"trackName": "Inkwell", "userRatingCount": self.ratings}
        return httpx.Response(200, json={"resultCount": 1, "results": [app]})
