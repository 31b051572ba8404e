"""A blog whose feeds answer in any dialect, page by page, and do as they are told."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from html import escape
from typing import Any

import httpx

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
HOME = "https://blog.example"
ATOM = 'xmlns:atom="http://www.w3.org/2005/Atom"'


class Blog:
    """Two feeds, of questions and of answers, in turn; pages link to older ones."""

    page = 4
    dialect = "rss"
    validates = True

    def __init__(self, *, token: str = "pass-31d7a0c9") -> None:
        self.token = token
        self.at = START
        self.entries: dict[str, dict[str, Any]] = {}
        self.removed: list[str] = []
        self.asked: list[httpx.Request] = []

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        number = 1000 + len(self.entries) + len(self.removed)
        native_id = f"{HOME}/p/{number}"
        self.entries[native_id] = {
            "feed": ("questions", "answers")[number % 2], "title": f"Entry {number}",
            "text": f"<p>{text}</p>", "at": self.at, "updated": self.at,
            "author": f"ann{number % 5}",
        }  # fmt: skip
        return native_id

    def edit(self, native_id: str, text: str) -> None:
        self.entries[native_id] |= {"text": f"<p>{text}</p>", "updated": self.at}

    def delete(self, native_id: str) -> None:
        del self.entries[native_id]
        self.removed.append(native_id)

    def spoil(self, native_id: str) -> None:
        self.entries[native_id] |= {"title": "", "text": ""}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        signed = "Basic " + b64encode(f"reader:{self.token}".encode()).decode()
        if self.token and request.headers.get("authorization") != signed:
            return httpx.Response(401, text="<h1>Who are you?</h1>")
        path = request.url.path
        if path.startswith("/p/"):
            there = f"{HOME}{path}" in self.entries
            return httpx.Response(200 if there else 410, text="<html><p>words</p></html>")
        if path not in {"/feeds/questions", "/feeds/answers"}:
            return httpx.Response(404, text="<h1>Not found</h1>")
        return self._feed(
            path.removeprefix("/feeds/"), int(request.url.params.get("page", 1)), request
        )

    def _feed(self, name: str, number: int, request: httpx.Request) -> httpx.Response:
        listed = [(id_, e) for id_, e in self.entries.items() if e["feed"] == name]
        listed.sort(key=lambda pair: (pair[1]["at"], pair[0]), reverse=True)
        shown = listed[(number - 1) * self.page : number * self.page]
        more = f"{HOME}/feeds/{name}?page={number + 1}" if listed[number * self.page :] else None
        body = getattr(self, f"_{self.dialect}")(name, shown, more).encode()
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        headers = {"ETag": tag, "Date": "Thu, 05 Feb 2026 08:00:00 GMT"} if self.validates else {}
        if self.validates and request.headers.get("if-none-match") == tag:
            return httpx.Response(304, headers=headers | {"Content-Length": str(len(body))})
        return httpx.Response(200, content=body, headers=headers | {"Content-Type": "text/xml"})

    def _rss(self, name: str, shown: list[Any], more: str | None) -> str:
        items = "".join(
            f'<item><guid isPermaLink="false">{id_}</guid><title>{escape(e["title"])}</title>'
            f"<link>{id_}</link><description>{escape(e['text'])}</description>"
            f"<pubDate>{format_datetime(e['at'])}</pubDate><category>export</category>"
            f"<author>{e['author']}@example.org ({e['author']})</author></item>"
            for id_, e in shown
        )
        onward = f'<atom:link rel="next" href="{more}"/>' if more else ""
        inside = f"<title>All {name}</title>{onward}{items}"
        return f'<rss version="2.0" {ATOM}><channel>{inside}</channel></rss>'

    def _atom(self, name: str, shown: list[Any], more: str | None) -> str:
        items = "".join(
            f"<entry><id>{id_}</id><title>{escape(e['title'])}</title><link href='/p/{id_[-4:]}'/>"
            f"<content type='html'>{escape(e['text'])}</content><author><name>{e['author']}</name>"
            f"</author><published>{e['at'].isoformat()}</published><category term='export'/>"
            f"<updated>{e['updated'].isoformat()}</updated></entry>"
            for id_, e in shown
        )
        onward = f'<link rel="next" href="?page={more[-1]}"/>' if more else ""
        inside = f"<title>All {name}</title>{onward}{items}"
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{inside}</feed>'

    def _rdf(self, name: str, shown: list[Any], more: str | None) -> str:
        items = "".join(
            f'<item rdf:about="{id_}"><title>{escape(e["title"])}</title><link>{id_}</link>'
            f"<description>{escape(e['text'])}</description><dc:creator>{e['author']}</dc:creator>"
            f"<dc:subject>export</dc:subject><dc:date>{e['at'].isoformat()}</dc:date></item>"
            for id_, e in shown
        )
        onward = f'<atom:link rel="next" href="{more}"/>' if more else ""
        return (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            f'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" {ATOM}>'
            f"<channel><title>All {name}</title>{onward}</channel>{items}</rdf:RDF>"
        )

    def _json(self, name: str, shown: list[Any], more: str | None) -> str:
        items = [
            {
                "id": id_, "url": id_, "title": e["title"], "content_html": e["text"],
                "date_published": e["at"].isoformat(), "authors": [{"name": e["author"]}],
                "tags": ["export"],
            }
            for id_, e in shown
        ]  # fmt: skip
        head = {"version": "https://jsonfeed.org/version/1.1", "title": f"All {name}"}
        return json.dumps(head | {"items": items} | ({"next_url": more} if more else {}))


RSS = (
    '<rss version="2.0" xmlns:fh="http://purl.org/syndication/history/1.0" '
    'xmlns:at="http://purl.org/atompub/tombstones/1.0"><channel><title>T</title>{}</channel></rss>'
)


def item(number: int | str, title: str = "words", more: str = "") -> str:
    return f'<item><guid isPermaLink="false">{number}</guid><title>{title}</title>{more}</item>'


class Page:
    """One feed that shows what it is told to."""

    token = ""

    def __init__(self, *items: str) -> None:
        self.items = items
        self.status = 200
        self.headers = {"Date": "Thu, 05 Feb 2026 08:00:00 GMT", "Content-Type": "text/xml"}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        text = RSS.format("".join(self.items))
        return httpx.Response(self.status, content=text.encode(), headers=self.headers)


URL = "https://blog.example/feed"
