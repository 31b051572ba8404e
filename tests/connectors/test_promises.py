"""What a promise is worth: each catches a connector that breaks it, and lets a good one pass."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest
from pydantic import BaseModel

from insights.errors import BadItem, SourceError, UsageError
from insights.http import Http, Moment, shaped
from insights.models import Batch, Checkup, Post, Skipped, Tombstone
from insights.testing import PROMISES, Broken, check_connector

URL = "https://board.example"
PAGE = 4


class Item(BaseModel):
    id: str
    text: str
    at: Moment


class Board:
    """Items by the time of their last change, oldest first: from a time on, or by page number."""

    def __init__(self) -> None:
        self.token = "token-5d20c7a9"
        self.at = datetime(2026, 1, 5, 8, tzinfo=UTC)
        self.items: dict[str, dict] = {}

    def add(self, text: str, *, same_time: bool = False) -> str:
        self.at += timedelta(minutes=0 if same_time else 7)
        id_ = f"{len(self.items) + 1:03}"
        self.items[id_] = {"id": id_, "text": text, "at": self.at.isoformat(), "moved": self.at}
        return id_

    def edit(self, native_id: str, text: str) -> None:
        self.at += timedelta(minutes=7)
        self.items[native_id] |= {"text": text, "moved": self.at}

    def delete(self, native_id: str) -> None:
        del self.items[native_id]

    def spoil(self, native_id: str) -> None:
        self.items[native_id]["at"] = "yesterday"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != self.token:
            return httpx.Response(401, json={"message": "who are you?"})
        if request.url.path != "/items":
            item = self.items.get(request.url.path.removeprefix("/items/"))
            return _shown([item]) if item else httpx.Response(404, json={})
        found = sorted(self.items.values(), key=lambda item: (item["moved"], item["id"]))
        if page := int(request.url.params.get("page", 0)):
            return _shown(found[(page - 1) * PAGE : page * PAGE], len(found))
        since = request.url.params.get("since", "")
        found = [item for item in found if item["moved"].isoformat() >= since]
        last = found[min(PAGE, len(found)) - 1]["moved"] if found else None
        return _shown([item for item in found if item["moved"] <= last], len(found))


def _shown(items: list[dict], total: int = 1) -> httpx.Response:
    told = [item | {"moved": item["moved"].isoformat()} for item in items]
    return httpx.Response(200, json={"items": told, "total": total})


class Good:
    """Keeps every promise. The cursor is the time of the last change that was read."""

    def __init__(self, http: Http, token: str) -> None:
        self.http = http
        self.headers = {"Authorization": token}

    def pull(self, cursor) -> Iterator[Batch]:
        since = (cursor or {}).get("since", "")
        while True:
            items = self.listed(since=since)
            last = max([since, *(str(item.get("moved")) for item in items)])
            yield self.batch(items, {"since": last})
            if last == since:
                return
            since = last

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        self.listed(since="9999")
        for id_ in native_ids:
            reply = self.http.get(f"{URL}/items/{id_}", headers=self.headers, allow=(404,))
            gone = reply.status == 404
            items = [] if gone else reply.json()["items"]
            yield self.batch(items, {}, (Tombstone(id_),) if gone else ())

    def check(self) -> Checkup:
        self.listed()
        return Checkup(reads=f"the items of {URL}")

    def listed(self, **params) -> list[dict]:
        reply = self.get(params)
        told = reply.json()
        if not isinstance(told, dict) or not isinstance(told.get("items"), list):
            raise SourceError(f"{URL} did not answer as a board does")
        return told["items"]

    def get(self, params):
        return self.http.get(f"{URL}/items", params=list(params.items()), headers=self.headers)

    def batch(self, items, cursor, gone=()) -> Batch:
        posts, skipped = [], []
        for item in items:
            try:
                posts.append(self.post(item))
            except BadItem as bad:
                skipped.append(Skipped(f"{URL}/items/{item.get('id')}", str(bad)))
        return Batch(
            cursor=cursor, posts=tuple(posts), skipped=tuple(skipped), tombstones=tuple(gone)
        )

    def post(self, item) -> Post:
        it = shaped(Item, item)
        return Post(source="board", native_id=it.id, text=it.text, created_at=it.at)


class ByPage(Good):
    """Counts pages, though items move while they are counted."""

    def pull(self, cursor):
        since = (cursor or {}).get("since", "")
        read = []
        for page in count(1):
            items = self.listed(page=page)
            read += [item for item in items if str(item.get("moved")) >= since]
            if not items:
                break
        yield self.batch(read, {"since": max([since, *(str(i.get("moved")) for i in read)])})


class Forgets(Good):
    def listed(self, **params):
        return super().listed(**params)[:-1]


class RunsAhead(Good):
    """Saves a place that it has not come to yet."""

    def pull(self, cursor):
        for batch in super().pull(cursor):
            yield Batch(cursor={"since": "9999"}, posts=batch.posts, skipped=batch.skipped)


class Silent(Good):
    """Takes a dead line for the end."""

    def pull(self, cursor):
        try:
            yield from super().pull(cursor)
        except SourceError:
            return


class Later(Good):
    """Asks for what is later than the last, not for what is as late."""

    def batch(self, items, cursor, gone=()):
        return super().batch([i for i in items if i.get("moved") != self.asked], cursor, gone)

    def listed(self, **params):
        self.asked = params.get("since")
        return super().listed(**params)


class MarksTheEnd(Good):
    """Remembers how late it is when it is done, not what it read."""

    def pull(self, cursor):
        since = (cursor or {}).get("since", "")
        pages = range(self.get({}).json()["total"] // PAGE + 1, 0, -1)
        read = [item for page in pages for item in self.listed(page=page)]
        late = max(str(item["moved"]) for page in (9, 5, 4) for item in self.listed(page=page))
        yield self.batch([i for i in read if i["moved"] >= since], {"since": late})


class StartsAnew(Good):
    def pull(self, cursor):
        yield from super().pull(None)


class AsksNobodyAgain(Good):
    def recheck(self, native_ids):
        yield from ()

    def pull(self, cursor):
        yield from super().pull(cursor) if cursor is None else ()


class Keeps(Good):
    """Takes what is gone for what it was."""

    def recheck(self, native_ids):
        for batch in super().recheck(native_ids):
            yield Batch(cursor={}, posts=batch.posts)


class PassesOver(Good):
    """Says nothing of what it cannot read."""

    def batch(self, items, cursor, gone=()):
        whole = super().batch(items, cursor, gone)
        return Batch(cursor=cursor, posts=whole.posts, tombstones=whole.tombstones)


class Patient(Good):
    """Sleeps through any wait, with all that comes after it."""

    def pull(self, cursor):
        self.http.max_wait = 10**6
        yield from super().pull(cursor)


class Vague(Good):
    """Takes a refusal for any failure."""

    def get(self, params):
        reply = self.http.get(f"{URL}/items", params=list(params.items()), headers=self.headers,
                              allow=(401, 403))  # fmt: skip
        if reply.status != 200:
            raise SourceError(f"{URL} answered with status {reply.status}")
        return reply


class Chatty(Good):
    """Quotes what the server says, which may be the token."""

    def get(self, params):
        reply = self.http.get(f"{URL}/items", params=list(params.items()), headers=self.headers,
                              allow=(401, 404))  # fmt: skip
        if reply.status != 200:
            raise SourceError(f"{URL} said {reply.content.decode()}")
        return reply


class TellsTheKey(Good):
    def check(self):
        return Checkup(reads=f"the items of {URL} by {self.headers['Authorization']}")


class Trusts(Good):
    def check(self):
        return Checkup(reads=f"the items of {URL}")


BREAKERS = {
    "everything_arrives": Forgets,
    "a_kill_after_any_batch_loses_nothing": RunsAhead,
    "a_kill_at_any_request_loses_nothing": Silent,
    "what_comes_later_arrives_from_any_cursor": RunsAhead,
    "equal_times_at_the_boundary_survive": Later,
    "posts_that_come_while_reading_lose_none": MarksTheEnd,
    "posts_that_move_while_reading_lose_none": ByPage,
    "nothing_new_is_cheap": StartsAnew,
    "edits_arrive": AsksNobodyAgain,
    "deletions_become_tombstones": Keeps,
    "one_bad_item_is_skipped": PassesOver,
    "retry_after_is_obeyed": Patient,
    "a_refusal_is_a_credentials_error": Vague,
    "no_failure_shows_the_secret_or_deletes": Chatty,
    "what_has_no_end_is_left": ByPage,
    "a_check_says_what_a_pull_would_read": TellsTheKey,
    "a_check_that_fails_says_why": Trusts,
}


def made(kind):
    return lambda http, server: kind(http, server.token)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_good_connector_keeps_it(promise: str):
    """So what is caught below is caught for what it does."""
    check_connector(made(Good), server=Board, only=promise)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_connector_that_breaks_it_is_caught(promise: str):
    """And told which promise it broke."""
    with pytest.raises(Broken, match=promise.replace("_", " ")):
        check_connector(made(BREAKERS[promise]), server=Board, only=promise)


def test_a_promise_that_nobody_gives_is_a_slip():
    """Its name is mended."""
    with pytest.raises(UsageError, match="did you mean 'edits_arrive'"):
        check_connector(made(Good), server=Board, only="edits_arive")
