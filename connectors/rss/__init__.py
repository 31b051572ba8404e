"""Reads feeds: RSS, Atom and JSON Feed, with the pages that they link to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel

from connectors.rss import jsonfeed, xmlfeed
from connectors.rss.document import Document, Entry, web_address
from connectors.rss.options import RssOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.fingerprint import fingerprint
from insights.http import Http, Reply, beside, reveal
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

__all__ = ["Rss", "RssOptions"]

MOST_PAGES = 500
"""Pages of one feed; one that goes on longer is made by a machine for machines."""

KEPT = 1_000
"""Entries of a feed that the cursor remembers, or as many as its first page has."""

UNCHANGED, GONE = 304, 410

PATIENCE = 7
"""Pulls that believe a server that nothing changed; then it is asked without conditions."""


@dataclass
class _Walk:
    """What is known of a feed: marks of its entries, and when those without a date were seen."""

    seen: dict[str, str]
    first: dict[str, str]
    shared: set[str]
    fresh: dict[str, str] = field(default_factory=dict)

    @classmethod
    def started(cls, state: JSON) -> _Walk:
        return cls(
            state.get("seen", {}), dict(state.get("first", {})), set(state.get("shared", ()))
        )

    def state(self, least: int) -> JSON:
        both = self.fresh | {key: mark for key, mark in self.seen.items() if key not in self.fresh}
        seen = dict(list(both.items())[: max(KEPT, least)])
        first = {key: at for key, at in self.first.items() if key in seen}
        return {"seen": seen, "first": first, "shared": sorted(self.shared)[:KEPT]}


class Rss:
    """Feeds as a source; native ids are the ids that publishers gave, not addresses.

    The cursor holds for each feed what its server wants to hear to say that nothing changed, and
    marks of the entries that it had. Feeds are named there by a hash: addresses may be secret.
    """

    Options: ClassVar[type[BaseModel]] = RssOptions

    def __init__(self, source: str, options: RssOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._password = reveal(options.password, f"{source}.password")

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read each feed, and its further pages until one has nothing new."""
        known = (cursor or {}).get("feeds", {})
        keys = {url: fingerprint(url) for url in self.options.urls}
        states = {key: known[key] for key in keys.values() if key in known}
        failed: list[SourceError | CredentialsError] = []
        resting: set[str] = set()
        for url, key in keys.items():
            if _host(url) in resting:
                continue
            try:
                for batch, state in self._news(url, states.get(key, {})):
                    states = states | {key: state}
                    yield replace(batch, cursor={"feeds": states})
            except RateLimited as error:
                failed.insert(0, error)
                resting.add(_host(url))
            except (SourceError, CredentialsError) as error:  # of one feed: the others go on
                failed.append(error)
        if failed:
            raise failed[0]

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Read the feeds to their ends; what they lack is looked for where its id is an address.

        An entry that has left a feed is not deleted: feeds show the newest. It is gone if the feed
        is declared to be complete, if the publisher took it back, or if its page is no more.
        """
        missing = dict.fromkeys(native_ids)
        complete = True
        for url in self.options.urls:
            entries = 0
            for document, _ in self._pages(url):
                entries += len(document.entries)
                complete = complete and document.complete and not document.problems
                posts, gone = [], [id_ for id_ in document.deleted if id_ in missing]
                for entry in document.entries:
                    for id_ in {entry.native_id, entry.other_id} & missing.keys():
                        del missing[id_]
                        if at := entry.published or entry.updated:  # else only a pull knows when
                            posts.append(self._post(document, entry, id_, at, url))
                missing = {id_: None for id_ in missing if id_ not in gone}
                yield Batch(cursor={}, posts=tuple(posts), tombstones=_taken_back(gone))
            complete = complete and entries > 0
        for id_ in missing:
            if complete or self._is_gone(id_):
                yield Batch(cursor={}, tombstones=(Tombstone(id_),))

    def check(self) -> Checkup:
        """Read the first page of up to three feeds."""
        titles, entries = [], 0
        for url in self.options.urls[:3]:
            try:
                document = self._read(self._ask(url), url)
            except CredentialsError as refused:
                wanted = "" if self._password else "; set user and password if it needs them"
                raise CredentialsError(f"{refused}{wanted}") from None
            titles.append(document.title or _host(url))
            entries += len(document.entries)
        rest = len(self.options.urls) - len(titles)
        more = f" and {rest} more feeds" if rest else ""
        reads = f"{entries:,} entries on the first pages of {', '.join(titles)[:200]}{more}"
        return Checkup(reads=reads, items=None if rest else entries)

    def _news(self, url: str, state: JSON) -> Iterator[tuple[Batch, JSON]]:
        """Yield what is new, and the state in which the next pull starts.

        The state changes with the last page only: a kill costs reading again, and no entry.
        """
        quiet = state.get("quiet", 0)
        conditions = {} if quiet >= PATIENCE else state.get("validators", {})
        reply = None if state.get("gone") else self._ask(url, conditions)
        if reply is None or reply.status == GONE:
            yield Batch(cursor={}, skipped=(_no_more(url),)), {"gone": True}
            return
        if reply.status == UNCHANGED:
            yield Batch(cursor={}), state | {"quiet": quiet + 1}
            return
        walk, had, validators = _Walk.started(state), 0, reply.validators
        for document, page in self._pages(url, reply):
            posts = self._fresh(document, walk, page, url)
            skipped = [_named(page.url, problem) for problem in document.problems]
            if not document.entries and not had and walk.seen:
                skipped.append(Skipped(page.url, "shows no entries, although it had some"))
                validators = {}
            had = had or len(document.entries)
            batch = Batch(
                cursor={},
                posts=tuple(reversed(posts)),
                tombstones=_taken_back(document.deleted),
                skipped=tuple(skipped),
            )
            if batch != Batch(cursor={}):
                yield batch, state
            if not posts:
                break
        after = walk.state(had) | {"validators": validators}
        if after != state:
            yield Batch(cursor={}), after

    def _fresh(self, document: Document, walk: _Walk, page: Reply, url: str) -> list[Post]:
        """Return the posts of the entries that are new or changed, and note them."""
        different = {entry.other_id: entry.native_id for entry in document.entries}
        uses = Counter(different.values())
        walk.shared |= {fingerprint(id_) for id_, count in uses.items() if count > 1}
        posts = []
        for entry in document.entries:
            shared = fingerprint(entry.native_id) in walk.shared
            native_id = entry.other_id if shared else entry.native_id
            key = fingerprint(native_id)
            if key in walk.fresh:
                continue
            walk.fresh[key] = entry.mark
            if walk.seen.get(key) == entry.mark:
                continue
            at = entry.published
            if at is None:  # the time of a change moves, that of the first sight does not
                first = entry.updated or page.answered_at
                at = datetime.fromisoformat(walk.first.setdefault(key, first.isoformat()))
            posts.append(self._post(document, entry, native_id, at, url))
        return posts

    def _pages(self, url: str, reply: Reply | None = None) -> Iterator[tuple[Document, Reply]]:
        """Walk from page to page on one host, never in circles and never without end."""
        here, seen = url, {url}
        while True:
            reply = reply or self._ask(here)
            document = self._read(reply, url)
            try:
                there = _next(here, document.next_link)
            except SourceError as error:  # what this page holds is good all the same
                there, document = None, _with_problem(document, f"its next page: {error}")
            if there and there not in seen and len(seen) == MOST_PAGES:
                there, document = None, _with_problem(document, f"has over {MOST_PAGES} pages")
            yield document, reply
            if there is None or there in seen:
                return
            here, reply = there, None
            seen.add(here)

    def _read(self, reply: Reply, url: str) -> Document:
        if reply.status == GONE:
            return _with_problem(Document(title="", entries=()), "is gone for good")
        is_json = reply.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
        document = jsonfeed.read(reply) if is_json else xmlfeed.read(reply)
        return document.at(_host(url))

    def _ask(self, url: str, conditions: JSON | None = None) -> Reply:
        accept = "application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5"
        headers = {"Accept": accept, **(conditions or {})}
        allow = (GONE, UNCHANGED) if conditions else (GONE,)
        return self._http.get(self._signed(url), headers=headers, allow=allow)

    def _signed(self, url: str) -> str:
        if not self._password:
            return url
        return str(httpx.URL(url).copy_with(username=self.options.user, password=self._password))

    def _is_gone(self, native_id: str) -> bool:
        """Ask for the page of an entry, where its id is an address on the host of a feed."""
        address = web_address(native_id.partition("#")[0])
        if address is None or _host(address) not in map(_host, self.options.urls):
            return False
        try:
            reply = self._http.get(self._signed(address), allow=(404, GONE))
        except RateLimited:
            raise
        except (SourceError, CredentialsError):  # moved, closed or broken: nobody deleted it
            return False
        return reply.status in {404, GONE}

    def _post(
        self, document: Document, entry: Entry, native_id: str, at: datetime, url: str
    ) -> Post:
        parent = entry.parent
        dated = entry.published or entry.updated
        return Post(
            source=self.source,
            native_id=native_id,
            text=entry.text,
            created_at=at,
            title=entry.title,
            markup=entry.markup,
            author=entry.author,
            url=entry.link,
            space=document.title or _host(url),
            thread_id=parent or native_id,
            parent_id=parent,
            updated_at=entry.updated,
            tags=entry.tags,
            attributes={} if dated else {"undated": "true"},
        )


def _next(here: str, link: str | None) -> str | None:
    """Return the address of the next page; on a host that we ask safely, we go on doing so."""
    if link and here.startswith("https:") and urlsplit(link).netloc == _host(here):
        link = link.replace("http:", "https:", 1)
    return beside(here, link) if link else None


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _taken_back(ids: Sequence[str]) -> tuple[Tombstone, ...]:
    return tuple(Tombstone(id_, "taken back by its feed") for id_ in ids)


def _named(url: str, problem: str) -> Skipped:
    place, colon, reason = problem.partition(": ")
    return Skipped(f"{url} {place}", reason) if colon else Skipped(url, problem)


def _with_problem(document: Document, problem: str) -> Document:
    return replace(document, problems=(*document.problems, problem))


def _no_more(url: str) -> Skipped:
    return Skipped(_host(url), "a feed of it is gone for good; take it out of the settings")
