"""What is older than its source keeps it goes as a deletion does, and stays away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from insights.models import Terms
from insights.pipeline import nightly
from insights.pipeline.engine import Engine, SourceOptions
from insights.pipeline.ingest import ingest
from insights.pipeline.lease import Lease
from insights.pipeline.retention import purge_expired
from insights.store import digests, topics
from tests.pipeline import port, village
from tests.pipeline.faults import dying
from tests.pipeline.port import NIGHTS, days_pass, filled, held
from tests.store.shelf import rows

KEPT = 12
CUTOFF = village.NIGHT + timedelta(days=1) - timedelta(days=KEPT)


def keeping(engine: Engine, days: int | None = KEPT) -> Engine:
    """Return the village with a forum that is kept for so many days."""
    forum, reviews = engine.sources
    return replace(
        engine, sources=[replace(forum, options=SourceOptions(retention_days=days)), reviews]
    )


def next_night(engine: Engine) -> nightly.Outcome:
    as_of = village.NIGHT + timedelta(days=1)
    return nightly.run(engine, as_of=as_of, community=village.COMMUNITY)


def ages(engine: Engine) -> dict[str, list]:
    found: dict[str, list] = {name: [] for name in village.SOURCES}
    for row in village.post_rows(engine):
        found[row["id"].partition(":")[0]].append(row["at"])
    return found


def test_old_posts_go_with_all_that_was_made_of_them(lived: Engine, tmp_path: Path) -> None:
    """Texts, passages, vectors, quotes in digests and on published pages; counts are of what is
    left; another source keeps its own."""
    before = ages(lived)
    with lived.database.read() as tx:
        old = [
            quote["text"]
            for row in digests.every(tx)
            for name, items in digests.get(tx, row["id"]).items()
            if name in ("decisions", "problems", "requests", "praise", "questions")
            for item in items
            for quote in item["quotes"]
            if quote["source"] == "forum" and quote["at"] < CUTOFF.isoformat()
        ]
    gone = [p["text"] for p in rows(lived.database, "post") if p["source"] == "forum"
            and str(p["created_at"]) < CUTOFF.strftime("%Y-%m-%d %H:%M:%S")]  # fmt: skip
    next_night(keeping(lived))
    after = ages(lived)
    assert after["reviews"] == before["reviews"]
    assert after["forum"] == [at for at in before["forum"] if at >= CUTOFF]
    assert len(after["forum"]) < len(before["forum"])
    left = {p["text"] for p in rows(lived.database, "post")}
    vanished = [words for words in gone if words not in left]
    assert vanished
    told = village.texts(lived.database)
    assert [words for words in vanished if any(words in text for text in told)] == []
    pages = b"".join(village.published(tmp_path / "lived").values())
    assert [words for words in [*old, *vanished] if words.encode() in pages] == []
    with lived.database.read() as tx:
        counted = sum(row["posts"] for row in topics.exported(tx))
    assert counted <= sum(map(len, after.values()))
    hashes = {row["text_hash"] for row in rows(lived.database, "passage")}
    assert {row["text_hash"] for row in rows(lived.database, "embedding")} == hashes


def test_what_was_purged_stays_away_though_its_source_still_shows_it(
    lived: Engine, tmp_path: Path
) -> None:
    """The file is read again from its start: what is too old is counted and kept out."""
    engine = keeping(lived)
    next_night(engine)
    kept = ages(engine)
    path = tmp_path / "lived/forum.jsonl"
    path.write_text(path.read_text() + "\n")
    tally = ingest(engine, engine.sources[0], village.NIGHT + timedelta(days=1))
    assert tally.expired > 40
    assert tally.new == 0
    assert ages(engine) == kept
    assert [stone["native_id"] for stone in rows(engine.database, "tombstone")] == ["9301"]


@pytest.mark.parametrize(
    ("terms", "asked", "kept"),
    [
        pytest.param(Terms(), None, None, id="no-limit"),
        pytest.param(Terms(retention_days=30), None, 30, id="the-platform's"),
        pytest.param(Terms(retention_days=30), 7, 7, id="the-settings'"),
        pytest.param(Terms(retention_days=30), 0, None, id="switched-off"),
    ],
)
def test_settings_come_before_the_platforms_terms(
    terms: Terms, asked: int | None, kept: int | None
) -> None:
    assert port.source(filled(1), terms=terms, retention_days=asked).retention_days == kept


def test_what_the_platform_has_not_confirmed_in_time_goes_and_may_come_back(
    engine: Engine,
) -> None:
    """What is read with a new answer was confirmed; the rest comes back when it is shown."""
    forum = filled(6)
    bound = port.source(forum, terms=Terms(refresh_days=30))
    made = replace(engine, sources=[bound])
    ingest(made, bound, NIGHTS[0])
    days_pass(engine.database, 29)
    with Lease(engine.database) as lease:
        assert purge_expired(made, lease, NIGHTS[29]) == 0
        days_pass(engine.database, 2)
        forum.add("A lantern that is lit")
        ingest(made, bound, NIGHTS[31])
        seen = set(held(engine))
        assert purge_expired(made, lease, NIGHTS[31]) > 0
    lost = seen - held(engine).keys()
    assert lost < seen
    anew = replace(bound, connector="discourse anew")  # another connector starts from the beginning
    assert ingest(made, anew, NIGHTS[32]).new == len(lost)
    assert held(engine).keys() == seen


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_purge_that_was_killed_goes_on(lived: Engine, tmp_path: Path, at: int) -> None:
    engine = keeping(lived)
    night = village.NIGHT + timedelta(days=1)
    with dying(engine.database, tmp_path, at=at), Lease(engine.database) as lease:
        purge_expired(engine, lease, night)
    with Lease(engine.database) as lease:
        purge_expired(engine, lease, night)
    assert min(ages(engine)["forum"]) >= CUTOFF
