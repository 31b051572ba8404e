"""Every pull leaves a record: what it brought, what it cost, which time it covers, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from insights.cli import health as told
from insights.errors import InsightsError, RateLimited, SourceError
from insights.models import JSON, Batch, Post, Skipped, Tombstone
from insights.pipeline import nightly
from insights.pipeline.engine import Engine, Source
from insights.pipeline.ingest import ingest
from insights.store import health, pulls
from insights.store import sources as recorded
from insights.web.app import create_app
from tests.pipeline import port
from tests.pipeline.faults import Killed
from tests.pipeline.port import NIGHTS, filled, night

NOON = timedelta(hours=10)


class Telling:
    """A connector that tells some batches and then breaks, or not."""

    def __init__(self, batches: list[Batch], then: BaseException | None = None) -> None:
        self.batches, self.then = batches, then

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        yield from self.batches[(cursor or {}).get("at", 0) :]
        if self.then:
            raise self.then

    def recheck(self, native_ids: object) -> Iterator[Batch]:
        return iter(())


def batch(number: int, *ids: str, gone: tuple[str, ...] = (), bad: int = 0) -> Batch:
    """Return batch `number` of a source: a post an hour, tombstones, and items that are bad."""
    return Batch(
        cursor={"at": number},
        posts=tuple(
            Post(source="forum", native_id=id_, text=f"It rains on {id_}", author=f"p{id_}",
                 created_at=NIGHTS[0] - timedelta(hours=int(id_)))
            for id_ in ids
        ),
        tombstones=tuple(map(Tombstone, gone)),
        skipped=tuple(Skipped(f"line {number}.{n}", "is not JSON") for n in range(bad)),
    )  # fmt: skip


def telling(*batches: Batch, then: BaseException | None = None) -> Source:
    return Source("forum", "telling", lambda: Telling(list(batches), then))


def sources(engine: Engine, now: datetime = NIGHTS[3]) -> Mapping[str, Any]:
    with engine.database.read() as tx:
        (row,) = health.of_sources(tx, now)
    return row


def test_a_pull_leaves_what_it_brought_and_the_time_that_it_covers(engine: Engine) -> None:
    ingest(engine, telling(batch(1, "3", "5"), batch(2, "9", gone=("5",), bad=2)), NIGHTS[0])
    row = night(engine, NIGHTS[0], "pull")
    counts = {name: row[name] for name in ("state", "new", "deleted", "skipped", "since_at")}
    assert counts == {"state": "ok", "new": 3, "deleted": 1, "skipped": 2, "since_at": None}
    assert row["newest_at"] - row["oldest_at"] == timedelta(hours=6)
    with pytest.raises(SourceError):
        ingest(engine, telling(then=SourceError("forum: gone")), NIGHTS[1])
    ingest(engine, telling(), NIGHTS[2])
    assert night(engine, NIGHTS[1], "pull")["state"] == "failed"
    row = night(engine, NIGHTS[2], "pull")
    assert (row["state"], row["new"], row["since_at"]) == ("ok", 0, NIGHTS[0])


def test_what_was_counted_before_a_kill_stays_counted(engine: Engine) -> None:
    """The same night goes on with its row; one that is never finished reads as interrupted."""
    batches = (batch(1, "3", bad=1), batch(2, "5"))
    for then in (Killed(), None):
        source = telling(*(batches[:1] if then else batches), then=then)
        try:
            ingest(engine, source, NIGHTS[0])
        except Killed:
            assert night(engine, NIGHTS[0], "pull")["state"] == "running"
    row = night(engine, NIGHTS[0], "pull")
    assert (row["state"], row["new"], row["skipped"]) == ("ok", 2, 1)
    with pytest.raises(Killed):
        ingest(engine, telling(then=Killed()), NIGHTS[1])
    ingest(engine, telling(), NIGHTS[2])
    assert night(engine, NIGHTS[1], "pull")["state"] == "interrupted"


def test_requests_and_waiting_are_counted(engine: Engine) -> None:
    """A forum that wants two breaks of a few seconds costs two requests more, and those seconds."""
    forum = filled(3)
    ingest(engine, port.source(forum), NIGHTS[0])
    undisturbed = night(engine, NIGHTS[0], "pull")["requests"]
    assert undisturbed == len(forum.asked) > 2
    breaks = [httpx.Response(429, headers={"Retry-After": wait}) for wait in ("7", "4")]
    other = port.source(forum, handler=lambda r: breaks.pop() if breaks else forum(r))
    ingest(engine, replace(other, connector="anew"), NIGHTS[1])
    row = night(engine, NIGHTS[1], "pull")
    assert (row["requests"], row["waited_s"]) == (undisturbed + 2, 11.0)


def test_a_limited_source_is_left_alone_by_nights_and_people(engine: Engine) -> None:
    """Until the time that the source named nobody asks who does not insist; then it is asked."""
    forum = filled(2)
    asked: list[httpx.Request] = []

    def limited(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(429, headers={"Retry-After": "3600"})

    busy = port.source(forum, handler=limited)
    for at in NIGHTS[:3]:
        with pytest.raises(RateLimited, match="can be asked again"):
            ingest(engine, busy, at)
    assert len(asked) == 1
    row = sources(engine)
    assert row["state"] == "waiting"
    assert row["resume_at"] > datetime.now(UTC) + timedelta(minutes=50)
    with pytest.raises(RateLimited, match="can be asked again"):
        ingest(engine, port.source(forum))
    with pytest.raises(RateLimited, match="can be asked again"):
        ingest(engine, busy, NIGHTS[2], insist=True)
    assert len(asked) == 2 and sources(engine)["state"] == "waiting"
    with engine.database.write() as tx:
        recorded.record(
            tx, "forum", state="waiting", note="", at=NIGHTS[2], resume_at=datetime.now(UTC)
        )
    assert ingest(engine, port.source(forum), NIGHTS[3]).new == 2
    assert sources(engine)["resume_at"] is None


def test_a_digest_counts_what_the_pulls_of_its_period_could_not_read(engine: Engine) -> None:
    """What was skipped a month before is no news; the nights that failed are named."""
    told_so_far: list[Batch] = []
    for at, bad in ((0, 5), (28, 2), (29, 1)):
        told_so_far.append(batch(len(told_so_far) + 1, str(at + 1), bad=bad))
        ingest(engine, telling(*told_so_far), NIGHTS[at])
        if at == 28:
            with pytest.raises(InsightsError):
                ingest(engine, telling(then=SourceError("forum: gone")), NIGHTS[at] + NOON)
    made = replace(engine, sources=[telling()])
    digest = nightly.run(made, as_of=NIGHTS[30], community="Port").digest
    (source,) = digest.sources
    assert (source.skipped, source.new, source.pulls, source.failed) == (3, 2, 4, 1)
    assert source.last_success_at == NIGHTS[30]
    assert "forum: 3 items could not be read; see insights doctor" in digest.not_seen
    assert [line for line in digest.not_seen if "1 night of 4" in line]


def test_health_tells_lag_counts_and_reasons_of_the_last_pull(engine: Engine) -> None:
    """And only of the last: what an earlier one skipped is not told again."""
    ingest(engine, telling(batch(1, "2", bad=3)), NIGHTS[0])
    ingest(engine, telling(batch(2), batch(3, "1", bad=2)), NIGHTS[1])
    row = sources(engine, now=NIGHTS[0] + timedelta(hours=5))
    assert row["newest_lag_s"] == 6 * 3600
    assert row["skip_reasons"] == {"is not JSON": 2}
    assert (row["last_pull"]["new"], row["last_pull"]["skipped"]) == (1, 2)
    assert row["last_recheck"] is None
    lines = list(told.lines(sources(engine, now=datetime.now(UTC) + timedelta(hours=3))))
    assert lines[0].startswith("ok  source forum: 2 posts, newest post ")
    assert lines[0].endswith("last read 3 h ago")
    assert "last pull (ok): 1 new, 0 changed, 0 deleted, 2 skipped" in lines[1]
    assert lines[2] == "--  forum skipped 2 in its last pull: is not JSON"


def test_the_api_tells_of_every_source_and_every_pull(engine: Engine) -> None:
    now = datetime.now(UTC)
    ingest(engine, telling(batch(1, "1", bad=1)), now - timedelta(days=2))
    with pytest.raises(InsightsError):
        ingest(engine, telling(then=SourceError("forum: gone")), now - timedelta(days=1))
    client = TestClient(create_app(engine.database, min_people=3))
    (row,) = client.get("/health.json").json()
    assert (row["state"], row["note"]) == ("failed", "forum: gone")
    assert row["last_pull"]["state"] == "failed"
    assert row["success_lag_s"] < 60
    nights = client.get("/pulls.json?source=forum").json()
    assert [(pull["state"], pull["skipped"]) for pull in nights] == [("ok", 1), ("failed", 0)]
    assert len(client.get("/pulls.json?days=1").json()) <= 1
    assert client.get("/pulls.json?source=elsewhere").json() == []


def test_the_latest_row_of_each_kind_is_found(engine: Engine) -> None:
    for at in NIGHTS[:2]:
        ingest(engine, telling(batch(1, "1")), at)
    with engine.database.read() as tx:
        assert pulls.latest(tx)["forum", "pull"]["at"] == NIGHTS[1]
        assert pulls.last_success(tx, NIGHTS[0]) == {"forum": NIGHTS[0]}
