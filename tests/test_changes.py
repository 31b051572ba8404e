"""How a listing is walked that changes meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from insights.changes import PATIENCE, Page, Stamp, Walk
from insights.errors import BadItem, SourceError
from insights.models import Batch, Post

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Shop:
    """A listing in pages of three; `busy` is called before each page."""

    def __init__(self) -> None:
        self.items: dict[str, datetime] = {}
        self.asked: list[datetime | None] = []

    def busy(self) -> None: ...

    def ask(self, since: datetime | None) -> Iterator[Page]:
        self.asked.append(since)
        for start in range(0, 3000, 3):
            self.busy()
            found = [id_ for id_, at in self.items.items() if since is None or at >= since]
            found.sort(key=lambda id_: (self.items[id_], id_))
            last = start + 3 >= len(found)
            yield Page([(id_, self.items[id_]) for id_ in found[start : start + 3]], last, "shop")
            if last:
                return


def walk(shop: Shop, **how) -> Walk:
    def stamp(item) -> Stamp:
        if item[0].startswith("bad"):
            raise BadItem("no time")
        return Stamp(*item)

    def read(items) -> Batch:
        posts = [Post(source="s", native_id=id_, text=id_, created_at=at) for id_, at in items]
        return Batch(cursor={}, posts=tuple(posts))

    return Walk(ask=shop.ask, stamp=stamp, read=read, **how)


def ids(batches: list[Batch]) -> list[str]:
    return [post.native_id for batch in batches for post in batch.posts]


def test_each_page_says_where_the_next_question_starts():
    """By time and not by number: what moved away moves no other out of sight."""
    shop = Shop()
    shop.items = {f"i{n}": START + n * timedelta(minutes=1) for n in range(7)}
    assert ids(list(walk(shop).go(None))) == [f"i{n}" for n in range(7)]
    assert shop.asked == [None, *(START + n * timedelta(minutes=1) for n in (2, 4))]


def test_a_question_by_the_minute_follows_the_pages_of_one():
    """Where the question cannot part what a page ends with, pages are followed, twice."""
    shop = Shop()
    shop.items = {f"i{n}": START + n * timedelta(seconds=5) for n in range(10)}
    assert len(ids(list(walk(shop, resolution=timedelta(minutes=1)).go(None)))) == 10
    assert set(shop.asked) == {None, START}


def test_a_coarse_time_is_read_again():
    """Within its second an item may change once more: the last ones come twice."""
    shop = Shop()
    shop.items = {"a": START, "b": START + timedelta(seconds=9)}
    for coarse, again in ((True, ["b"]), (False, [])):
        batches = list(walk(shop, coarse=coarse).go(None))
        assert ids(list(walk(shop, coarse=coarse).go(batches[-1].cursor))) == again


def test_a_bad_item_is_named_once():
    """Though its page is walked again and again."""
    shop = Shop()
    shop.items = {"bad": START} | {f"i{n}": START for n in range(8)}
    batches = list(walk(shop).go(None))
    assert len(ids(batches)) == 8
    assert [each.reason for batch in batches for each in batch.skipped] == ["no time"]


def test_a_cursor_remembers_only_what_lies_near_it():
    """Its size follows the lookback, not the community."""
    shop = Shop()
    shop.items = {f"i{n}": START + n * timedelta(minutes=1) for n in range(900)}
    (*_, last) = walk(shop, lookback=timedelta(minutes=10)).go(None)
    assert len(last.cursor["seen"]) <= 12


def test_a_listing_that_never_rests_is_an_error():
    """It is walked again with patience, and not for ever."""
    shop = Shop()
    shop.items = {f"i{n}": START for n in range(4)}

    def more() -> None:
        if len(shop.items) < 4 + len(shop.asked):
            shop.items[f"new{len(shop.items):04}"] = START

    shop.busy = more  # type: ignore[method-assign]
    with pytest.raises(SourceError, match="faster than it can be read"):
        list(walk(shop).go(None))
    assert len(shop.asked) == PATIENCE + 2
