"""A night writes down what each passage counted for, and only what changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from insights.models import Post
from insights.store import Database, memberships, posts, tables

NIGHT = datetime(2026, 3, 31, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def fill(tx: Any, noise: list[dict[str, float]]) -> None:
    """Store a post of a passage for each noise, all of them in topic T1."""
    told = [
        Post(source="forum", native_id=str(n), text=f"words {n}", created_at=NIGHT - DAY)
        for n in range(len(noise))
    ]
    posts.save(tx, "forum", told, NIGHT)
    keys = posts.keys_of(tx, [f"forum:{n}" for n in range(len(noise))])
    tx.execute(insert(tables.topic).values(
        id="T1", number=1, title="T", keywords=[], status="active", born_at=NIGHT,
        run_id="R", size=1, found_title="T", found_status="active",
    ))  # fmt: skip
    for n, scores in enumerate(noise):
        passage = {
            "post_id": keys[f"forum:{n}"], "position": 0, "text": f"words {n}", "start": 0,
            "end": 7, "text_hash": f"h{n}", "normal_hash": f"h{n}", "reasons": {},
            "noise": scores, "intents": {}, "language": "en",
        }  # fmt: skip
        key = tx.execute(insert(tables.passage).values(**passage)).inserted_primary_key[0]
        tx.execute(insert(tables.assignment).values(
            passage_id=key, topic_id="T1", score=0.8, run_id="R", found_score=0.8, found_id="T1",
        ))  # fmt: skip


def held(tx: Any, night: datetime) -> dict[str, tuple[str | None, bool]]:
    rows = memberships.rows(tx, night, since=NIGHT - 9 * DAY)
    return {row.post: (row.topic, row.counted) for row in rows}


def test_noise_of_any_kind_and_coordinated_waves_do_not_count(database: Database) -> None:
    with database.write() as tx:
        fill(tx, [{}, {"spam": 0.4, "bot": 0.1}, {"bot": 0.5}, {"some new kind": 1}, {}])
        tx.execute(insert(tables.signal).values(
            id="S1", number=1, kind="coordinated", title="", status="raised", raised_at=NIGHT,
            last_at=NIGHT, run_id="R", observed=1.0, expected=1.0, p=1.0, q=1.0, people=1,
            why="", post_ids=["forum:4"], latest=1.0, peak=1.0, peak_at=NIGHT, traits=[],
        ))  # fmt: skip
        memberships.take(tx, NIGHT, since=NIGHT - 2 * DAY)
        found = held(tx, NIGHT)
    assert [found[f"forum:{n}"][1] for n in range(5)] == [True, True, False, False, False]
    assert {topic for topic, _ in found.values()} == {"T1"}


def test_what_changed_ends_and_what_did_not_stays(database: Database) -> None:
    """The night before still says what it said; a night that is taken again says the new."""
    a, m = tables.assignment.c, tables.membership.c
    with database.write() as tx:
        fill(tx, [{}, {}])
        memberships.take(tx, NIGHT, since=NIGHT - 2 * DAY)
        first = tx.execute(select(a.passage_id).order_by(a.passage_id)).scalars().first()
        tx.execute(update(tables.assignment).where(a.passage_id == first).values(topic_id=None))
        for _ in range(2):
            memberships.take(tx, NIGHT + DAY, since=NIGHT - 2 * DAY)
        assert held(tx, NIGHT) == {"forum:0": ("T1", True), "forum:1": ("T1", True)}
        assert held(tx, NIGHT + DAY) == {"forum:0": (None, True), "forum:1": ("T1", True)}
        tx.execute(update(tables.assignment).where(a.passage_id == first).values(topic_id="T1"))
        memberships.take(tx, NIGHT + DAY, since=NIGHT - 2 * DAY)
        assert held(tx, NIGHT + DAY)["forum:0"] == ("T1", True)
        assert len(tx.execute(select(m.post_id)).all()) == 3


def test_older_posts_are_written_down_where_they_are_named(database: Database) -> None:
    with database.write() as tx:
        fill(tx, [{}, {}])
        memberships.take(tx, NIGHT, since=NIGHT, post_ids=["forum:1"])
        rows = memberships.rows(tx, NIGHT, since=NIGHT, post_ids=["forum:0", "forum:1"])
        assert {row.post for row in rows} == {"forum:1"}
