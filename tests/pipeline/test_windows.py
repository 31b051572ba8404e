"""A stretch of the past is brought in beside the pull of the nights, and harms it nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.discourse import Discourse, DiscourseOptions
from insights.errors import InsightsError, RateLimited
from insights.http import Http
from insights.models import JSON, Batch, Post, Tombstone
from insights.pipeline.engine import Engine, Source
from insights.pipeline.ingest import Window, ingest
from insights.store import posts, sources
from insights.testing import Clock
from tests.connectors.forum import Forum
from tests.pipeline import village

DAYS = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 9)]
SPRING = Window(DAYS[2], DAYS[5])


class Annals:
    """Posts of eight months, a batch each, that breaks off after some of them."""

    def __init__(self, breaks_after: int | None = None) -> None:
        self.breaks_after = breaks_after
        self.asked: list[JSON | None] = []

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        self.asked.append(cursor)
        start = (cursor or {"at": 0})["at"]
        for number in range(start, len(DAYS)):
            if number == self.breaks_after:
                raise KeyboardInterrupt
            yield Batch(cursor={"at": number + 1}, posts=(told(number),))


def told(number: int) -> Post:
    text = f"Month {number} was rather wet"
    return Post(source="annals", native_id=str(number), text=text, created_at=DAYS[number])


def a_source(annals: Annals) -> Source:
    return Source("annals", "annals", lambda: annals)


def cursor_of(engine: Engine) -> JSON | None:
    with engine.database.write() as tx:
        return sources.open_source(tx, "annals", "annals")


def held(engine: Engine) -> list[str]:
    return [row["id"].partition(":")[2] for row in village.post_rows(engine)]


def test_a_window_brings_what_was_written_in_it_and_leaves_the_cursor(engine: Engine) -> None:
    """From its first moment on, and before its last; the nights go on where they were."""
    with pytest.raises(KeyboardInterrupt):
        ingest(engine, a_source(Annals(breaks_after=1)))
    before = cursor_of(engine)
    tally = ingest(engine, a_source(Annals()), window=SPRING)
    assert (held(engine), tally.new) == (["0", "2", "3", "4"], 3)
    assert cursor_of(engine) == before == {"at": 1}
    nights = Annals()
    ingest(engine, a_source(nights))
    assert nights.asked == [before]
    assert held(engine) == list("01234567")


@pytest.mark.parametrize("after", range(1, len(DAYS)))
def test_a_window_that_was_killed_goes_on_where_it_was(engine: Engine, after: int) -> None:
    """Whatever batch was the last, nothing is lost and nothing is read again."""
    with pytest.raises(KeyboardInterrupt):
        ingest(engine, a_source(Annals(breaks_after=after)), window=SPRING)
    assert cursor_of(engine) is None
    again = Annals()
    ingest(engine, a_source(again), window=SPRING)
    assert again.asked == [{"at": after}]
    assert held(engine) == ["2", "3", "4"]


def test_another_window_and_a_finished_one_start_from_their_beginning(engine: Engine) -> None:
    """A place in one stretch says nothing about another."""
    with pytest.raises(KeyboardInterrupt):
        ingest(engine, a_source(Annals(breaks_after=4)), window=SPRING)
    for window in (Window(None, DAYS[1]), SPRING, SPRING):
        annals = Annals()
        ingest(engine, a_source(annals), window=window)
    assert annals.asked == [None]
    assert held(engine) == ["0", "2", "3", "4"]


def test_a_deletion_that_a_window_sees_holds(engine: Engine) -> None:
    """What is gone is gone, whenever it was written."""
    ingest(engine, a_source(Annals()))

    class Sorry(Annals):
        def pull(self, cursor: JSON | None) -> Iterator[Batch]:
            yield Batch(cursor={}, tombstones=(Tombstone("7"),))

    assert ingest(engine, a_source(Sorry()), window=SPRING).deleted == 1
    assert held(engine) == list("0123456")


def test_a_connector_that_can_be_told_a_beginning_is_not_asked_for_more(engine: Engine) -> None:
    """Of an old and a young topic only the young one is read."""
    server = Forum()
    server.add("old and quiet")
    server.at += timedelta(days=90)
    server.topics[max(server.topics)]["pinned"] = True  # the next post opens a topic of its own
    young = server.add("young")
    http = Http(transport=httpx.MockTransport(server))

    def make(at: datetime | None) -> Discourse:
        url = "https://forum.example"
        options = DiscourseOptions(url=url, api_key=server.token, since=at)
        return Discourse("forum", options, http=http)

    source = Source("forum", "discourse", lambda: make(None), http, make_since=make)
    ingest(engine, source, window=Window(server.at - timedelta(days=1), None))
    assert held(engine) == [young]
    with engine.database.read() as tx:
        assert posts.count(tx) == 1
    assert "/t/101.json" not in {request.url.path for request in server.asked}
    assert http.requests == len(server.asked)


def test_a_source_that_asked_for_patience_is_not_asked_before(engine: Engine) -> None:
    """Neither by a night nor by a window; its health says until when."""
    annals = Annals()
    later = datetime.now(UTC) + timedelta(hours=1)
    cursor_of(engine)
    with engine.database.write() as tx:
        sources.record(tx, "annals", state="waiting", note="it limits", at=later, resume_at=later)
    for window in (None, SPRING):
        with pytest.raises(RateLimited, match="it limits"):
            ingest(engine, a_source(annals), window=window)
    assert annals.asked == []
    with engine.database.read() as tx:
        (health,) = sources.every(tx)
    assert health["state"] == "waiting"
    assert health["note"].startswith("annals is not asked before")
    assert health["note"].endswith(": it limits")
    with engine.database.write() as tx:
        past = datetime.now(UTC) - timedelta(seconds=1)
        sources.record(tx, "annals", state="waiting", note="", at=past, resume_at=past)
    ingest(engine, a_source(annals))
    with engine.database.read() as tx:
        assert sources.rest(tx, "annals")[1] is None


def test_a_wait_is_told_while_it_lasts(engine: Engine) -> None:
    """Every few seconds, with what is left of it."""
    server, clock, lines = Forum(), Clock(), []
    server.add("words")
    replies = [httpx.Response(429, headers={"Retry-After": "12"})]

    def handler(request: httpx.Request) -> httpx.Response:
        return replies.pop() if replies else server(request)

    http = Http(transport=httpx.MockTransport(handler), sleep=clock.sleep, now=clock.now)
    options = DiscourseOptions(url="https://forum.example", api_key=server.token)
    source = Source("forum", "discourse", lambda: Discourse("forum", options, http=http), http)
    ingest(replace(engine, progress=lambda *line: lines.append(line)), source)
    waits = [(what, left) for what, left, _ in lines if "waits" in what]
    assert [left for _, left in waits] == [12, 7]
    assert waits[0][0] == "ingest forum: waits for its limit, seconds left"
    assert (http.waited_s, sum(clock.slept)) == (12.0, 12.0)


def test_a_window_that_fails_is_written_to_the_health_of_its_source(engine: Engine) -> None:
    """As for any pull."""

    class Broken(Annals):
        def pull(self, cursor: JSON | None) -> Iterator[Batch]:
            raise InsightsError("the roof leaks")

    with pytest.raises(InsightsError, match="the roof leaks"):
        ingest(engine, a_source(Broken()), window=SPRING)
    with engine.database.read() as tx:
        assert sources.every(tx)[0]["note"] == "the roof leaks"
