"""The story of the product on the sample community, with the real encoder.

Quillmoor has a loud issue after a release, a quiet one later, an account that floods, wishes that
grow, and people who leave their phone numbers. One night after another is lived through, each
knowing only what had been written by then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from insights import sample
from insights.digest.content import Digest
from insights.digest.render import render
from insights.pipeline import nightly
from insights.store import passages, posts, signals, topics
from insights.workspace import Workspace

NIGHTS = ("03-26", "04-16", "04-17", "04-18", "04-28", "04-29", "04-30")
PLANTED = {planted.name: planted for planted in sample.planted()}
SETTINGS = "".join(
    f'[sources.{name}]\nconnector = "file"\npath = "posts/{name}.jsonl"\n'
    for name in sample.SOURCES
)

pytestmark = [pytest.mark.model, pytest.mark.xdist_group("journey")]


@dataclass
class Story:
    """What was published and known after each night."""

    space: Workspace
    digests: dict[str, Digest] = field(default_factory=dict)
    signals: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    topics: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    assigned: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def about(self, night: str, name: str, kind: str = "emerging") -> list[dict[str, Any]]:
        """The signals of a night of which at least half the posts were planted for `name`."""
        mine = set(PLANTED[name].post_ids)
        return [
            signal
            for signal in self.signals[night]
            if signal["kind"] == kind
            and 2 * len(mine.intersection(signal["post_ids"])) >= len(signal["post_ids"])
        ]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("quillmoor")
    (folder / "insights.toml").write_text(SETTINGS)
    told = Story(Workspace.open(str(folder / "insights.toml")))
    engine = told.space.engine()
    for night in NIGHTS:
        as_of = datetime.fromisoformat(f"2026-{night}T02:00:00+00:00")
        sample.write(folder / "posts", until=as_of)
        outcome = nightly.run(engine, as_of=as_of, community="Quillmoor")
        assert outcome.broken == []
        told.digests[night] = outcome.digest
        with engine.database.read() as tx:
            told.signals[night] = signals.every(tx)
            told.topics[night] = topics.every(tx)
            told.assigned[night] = {
                row["post_id"]: row["topic_id"] for row in passages.exported(tx)
            }
    return told


def test_the_loud_issue_is_in_the_digest_of_its_first_night(story: Story) -> None:
    loud = story.about("04-17", "vanishing_ink")
    assert PLANTED["vanishing_ink"].onset.isoformat() == "2026-04-16"
    assert len(loud) == 1
    items = [item for item in story.digests["04-17"].decisions if item.id.endswith(loud[0]["id"])]
    assert items[0].people >= 8
    assert items[0].quotes


def test_the_quiet_issue_is_raised_within_three_nights(story: Story) -> None:
    assert PLANTED["guest_links"].onset.isoformat() == "2026-04-27"
    (quiet,) = story.about("04-30", "guest_links")
    assert quiet["raised_at"] <= datetime(2026, 4, 30, 2, tzinfo=UTC)
    shown = {item.id for item in story.digests["04-30"].decisions}
    assert f"emerging-{quiet['id']}" in shown


def test_the_flood_of_one_account_is_no_finding(story: Story) -> None:
    assert story.about("03-26", "flood") == []
    flood = set(PLANTED["flood"].post_ids)
    digest = story.digests["03-26"]
    for section in ("decisions", "problems", "requests", "questions", "praise"):
        for item in getattr(digest, section):
            assert not all(quote.post_id in flood for quote in item.quotes) or not item.quotes


def test_no_issue_was_raised_that_nobody_planted(story: Story) -> None:
    known = set().union(*(planted.post_ids for planted in sample.planted()))
    for signal in story.signals["04-30"]:
        if signal["kind"] == "emerging":
            hits = known.intersection(signal["post_ids"])
            assert 2 * len(hits) >= len(signal["post_ids"]), signal["title"]


def test_ids_are_the_same_on_the_next_night(story: Story) -> None:
    before, after = story.assigned["04-17"], story.assigned["04-18"]
    stayed = [after.get(post_id) == topic for post_id, topic in before.items() if topic]
    assert sum(stayed) / len(stayed) >= 0.98
    assert {t["id"] for t in story.topics["04-17"]} <= {t["id"] for t in story.topics["04-18"]}
    raised = {s["id"]: s["title"] for s in story.signals["04-17"]}
    assert raised.items() <= {s["id"]: s["title"] for s in story.signals["04-18"]}.items()


def test_personal_data_are_nowhere_in_the_store_or_a_digest(story: Story) -> None:
    database = story.space.database
    assert database.checkpoint()
    stored = Path(str(database.url.database)).read_bytes()
    documents = b"".join(b"".join(render(d).values()) for d in story.digests.values())
    escaped = json.dumps(stored.decode("utf-8", "replace"))
    for canary in sample.canaries():
        for form in (canary.text.encode(), canary.text.encode("utf-16-le")):
            assert form not in stored, canary.kind
            assert form not in documents, canary.kind
        assert json.dumps(canary.text)[1:-1] not in escaped, canary.kind


def test_what_was_deleted_is_gone_and_what_was_edited_says_the_new(story: Story) -> None:
    night = datetime(2026, 4, 30, 2, tzinfo=UTC)
    with story.space.database.read() as tx:
        held = posts.by_id(tx, [*PLANTED["deletions"].post_ids, *PLANTED["edits"].post_ids])
    gone = [post_id for post_id in PLANTED["deletions"].post_ids if post_id not in held]
    assert len(gone) >= 30
    edited = [held[post_id] for post_id in PLANTED["edits"].post_ids if post_id in held]
    assert sum(post.updated_at is not None and post.updated_at < night for post in edited) >= 10
    for digest in story.digests.values():
        for item in (*digest.decisions, *digest.problems, *digest.requests):
            for quote in item.quotes:
                assert quote.at < digest.as_of


def test_every_quote_is_verbatim_and_nobody_is_quoted_below_the_floor(story: Story) -> None:
    for night, digest in story.digests.items():
        items = [*digest.decisions, *digest.problems, *digest.requests, *digest.questions]
        with story.space.database.read() as tx:
            held = posts.by_id(tx, [quote.post_id for item in items for quote in item.quotes])
        for item in items:
            assert item.people >= digest.min_people
            for quote in item.quotes:
                later = held.get(quote.post_id)
                if later is None or later.updated_at:  # deleted or edited after that night
                    continue
                assert quote.text in later.text, night


def test_a_repeated_night_says_the_same(story: Story) -> None:
    night = story.digests["04-30"]
    again = nightly.run(story.space.engine(), as_of=night.as_of, community="Quillmoor")
    assert again.digest == night
    assert again.delivered == {}
    assert night.as_of - night.period.start == timedelta(days=7)
