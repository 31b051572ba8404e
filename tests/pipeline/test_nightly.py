"""What a night promises: once is as good as twice, one broken source hides no other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from insights.digest.content import Digest
from insights.errors import PublishError, SourceError, StoreError, UsageError
from insights.models import JSON, Batch, Post, Skipped
from insights.pipeline import nightly
from insights.pipeline.engine import Channel, Engine, Source
from insights.pipeline.lease import Lease
from insights.store import digests, passages, runs
from tests.conftest import DIMENSION, WordEncoder
from tests.pipeline import village


def live(engine: Engine, as_of: Any = village.NIGHT, **more: Any) -> nightly.Outcome:
    return nightly.run(engine, as_of=as_of, community=village.COMMUNITY, **more)


class Doorstep:
    """A publisher that counts what is left on it, and may refuse."""

    replaces = False

    replaces = False

    def __init__(self, refuse: str = "") -> None:
        self.refuse = refuse
        self.left: list[str] = []

    addresses = ("",)

    def write(self, digest_id: str, documents: object, *, to: str, key: str) -> bytes:
        return digest_id.encode()

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        if self.refuse:
            raise PublishError(self.refuse)
        self.left.append(letter.decode())
        return "on the doorstep"


class Telling:
    """A connector that tells some batches and then breaks, or not."""

    def __init__(self, batches: list[Batch], then: Exception | None = None) -> None:
        self.batches, self.then = batches, then

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        yield from self.batches
        if self.then:
            raise self.then

    def recheck(self, native_ids: object) -> Iterator[Batch]:
        return iter(())


def a_source(name: str, *batches: Batch, then: Exception | None = None) -> Source:
    return Source(name, "telling", lambda: Telling(list(batches), then))


def test_a_night_reads_understands_groups_watches_and_publishes(
    lived: Engine, tmp_path: Path
) -> None:
    found = village.exports(lived.database)
    assert all(found.values())
    assert {row["topic_id"] is None for row in found["assignments"]} <= {True, False}
    assert len({row["post_id"] for row in found["assignments"]}) == len(found["posts"])
    latest = json.loads((tmp_path / "lived/digests/latest.json").read_bytes())
    assert latest["id"] == "D-20260331-020000"
    assert "compass" in latest["headline"]


def test_the_same_night_again_changes_nothing_and_delivers_nothing(
    lived: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "lived"
    before = village.outcome(lived, folder)
    told = [path.stat().st_mtime_ns for path in sorted((folder / "digests").iterdir())]
    for _ in range(2):
        assert live(lived).delivered == {}
    assert village.differences(village.outcome(lived, folder), before) == []
    assert [p.stat().st_mtime_ns for p in sorted((folder / "digests").iterdir())] == told


def test_an_earlier_night_is_refused_before_anything_is_read(lived: Engine, tmp_path: Path) -> None:
    engine = replace(lived, sources=[village.source("late", tmp_path / "lived/forum.jsonl")])
    before = village.exports(lived.database)
    with pytest.raises(UsageError, match="later --as-of"):
        live(engine, village.NIGHT - timedelta(seconds=1))
    assert village.differences(village.exports(lived.database), before) == []


class Interrupted:
    """A publisher at which somebody presses Ctrl-C."""

    replaces = False
    addresses = ("",)

    def write(self, digest_id: str, documents: object, *, to: str, key: str) -> bytes:
        return b""

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        raise KeyboardInterrupt


def test_a_night_before_one_that_is_half_done_is_refused(untouched: Engine) -> None:
    """What the interrupted night found out about later posts is in the topics already."""
    with pytest.raises(KeyboardInterrupt):
        live(replace(untouched, channels=[Channel("door", Interrupted())]))
    with untouched.database.read() as tx:
        assert runs.last(tx) is None
    with pytest.raises(UsageError, match="later --as-of"):
        live(untouched, village.EVENING_BEFORE)
    assert live(untouched).delivered != {}


def test_a_night_knows_nothing_of_what_was_written_later(untouched: Engine, tmp_path: Path) -> None:
    """Posts of later days are in the store, and in nothing that the night leaves."""
    live(untouched, village.EVENING_BEFORE)
    early = village.exports(untouched.database)
    later = {
        row["id"] for row in village.post_rows(untouched) if row["at"] >= village.EVENING_BEFORE
    }
    assert later
    for name in ("assignments", "signals", "insights", "ledger"):
        assert not [post for post in later if f"{post}'" in repr(early[name])], name
    digest = json.loads((tmp_path / "untouched/digests/latest.json").read_bytes())
    assert not [post for post in later if f'"{post}"' in json.dumps(digest)]
    assert all((source["newest_at"] or "") < "2026-03-30T02" for source in digest["sources"])


def test_a_night_without_any_post_is_a_good_night(untouched: Engine) -> None:
    outcome = live(replace(untouched, sources=[]))
    assert outcome.digest.headline.startswith("Nothing significant")


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(SourceError("tracker: the server answers 503; try later"), id="told"),
        pytest.param(ZeroDivisionError("division by zero"), id="a-bug-of-the-connector"),
        pytest.param(RecursionError("too deep"), id="recursion"),
    ],
)
def test_a_broken_source_is_named_and_hides_no_other(untouched: Engine, trouble: Exception) -> None:
    broken = a_source("tracker", then=trouble)
    outcome = live(replace(untouched, sources=[broken, *untouched.sources]))
    assert outcome.broken == ["tracker"]
    states = {source.name: source.state for source in outcome.digest.sources}
    assert states == {"tracker": "failed", "forum": "ok", "reviews": "ok"}
    assert [line for line in outcome.digest.not_seen if line.startswith("tracker failed")]
    assert outcome.digest.posts > 20


def test_what_a_source_told_before_it_broke_is_kept(untouched: Engine) -> None:
    post = Post(source="tracker", native_id="1", text="It rains", created_at=village.FIRST_DAY)
    batch = Batch(cursor={"page": 2}, posts=(post,), skipped=(Skipped("page 1", "no text"),))
    broken = a_source("tracker", batch, then=SourceError("tracker: gone"))
    live(replace(untouched, sources=[broken]))
    assert [row["id"] for row in village.post_rows(untouched)] == ["tracker:1"]


def test_a_source_that_works_again_is_well_again(untouched: Engine) -> None:
    broken = a_source("tracker", then=SourceError("tracker: gone"))
    live(replace(untouched, sources=[broken]), village.EVENING_BEFORE)
    outcome = live(replace(untouched, sources=[a_source("tracker")]))
    assert [source.state for source in outcome.digest.sources] == ["ok"]


def test_a_post_that_cannot_be_stored_is_told_without_its_words(untouched: Engine) -> None:
    """A time without a zone breaks its source; what people wrote stays out of the complaint."""
    naive = village.FIRST_DAY.replace(tzinfo=None)
    post = Post(source="tracker", native_id="1", text="the hollow oak", created_at=naive)
    outcome = live(
        replace(untouched, sources=[a_source("tracker", Batch(cursor={}, posts=(post,)))])
    )
    assert outcome.broken == ["tracker"]
    assert "without a zone" in outcome.digest.sources[0].note
    assert "hollow" not in "".join(village.texts(untouched.database))


def test_each_channel_gets_a_digest_once_and_a_refusal_is_tried_again(untouched: Engine) -> None:
    good, bad = Doorstep(), Doorstep("the door is locked")
    engine = replace(untouched, channels=[Channel("bad", bad), Channel("good", good)])
    with pytest.raises(PublishError, match="bad did not get D-20260331-020000: the door"):
        live(engine)
    assert good.left == ["D-20260331-020000"]
    bad.refuse = ""
    assert live(engine).delivered == {"bad": "on the doorstep"}
    assert (good.left, bad.left) == (["D-20260331-020000"], ["D-20260331-020000"])


def test_a_delivered_digest_stays_as_it_was_read(untouched: Engine, tmp_path: Path) -> None:
    """What arrives later belongs to the next night; only what was deleted since is left out."""
    village.write(tmp_path / "untouched", until=village.EVENING_BEFORE)
    first = live(untouched).digest
    village.write(tmp_path / "untouched", until=village.NIGHT)
    again = live(untouched).digest
    with untouched.database.read() as tx:
        assert Digest.model_validate(digests.get(tx, first.id)) == again
    assert again.not_seen[-1].startswith("Corrected on ")
    question, then = again.questions[0], first.questions[0].weeks
    assert [now - before for now, before in zip(question.weeks, then, strict=True)].count(-1) == 1
    as_read = (question.model_copy(update={"weeks": then}), *again.questions[1:])
    was = {"not_seen": first.not_seen, "questions": as_read}
    assert again.model_copy(update=was) == first


def test_nothing_is_delivered_when_publishing_is_off(untouched: Engine) -> None:
    door = Doorstep()
    engine = replace(untouched, channels=[Channel("door", door)])
    assert live(engine, publishing=False).delivered == {}
    assert door.left == []


def test_no_two_nights_work_on_one_archive(untouched: Engine) -> None:
    before = village.exports(untouched.database)
    with Lease(untouched.database), pytest.raises(StoreError, match="another run"):
        live(untouched)
    assert village.differences(village.exports(untouched.database), before) == []


class LongerEncoder(WordEncoder):
    """The small encoder under another name, with more dimensions."""

    name = "words-twice"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        once = super().encode(texts)
        return np.hstack([once, once[:, ::-1]]) / np.float32(2**0.5)


def test_another_encoder_reads_all_anew_and_topics_keep_their_members(lived: Engine) -> None:
    """A model of another dimension embeds every passage again, and nobody changes topic."""
    before = {
        (row["post_id"], row["passage"]): row["topic_id"]
        for row in village.exports(lived.database)["assignments"]
    }
    other = replace(lived, encoder=LongerEncoder())
    live(other, village.NIGHT + timedelta(days=1))
    after = village.exports(lived.database)["assignments"]
    assert {(row["post_id"], row["passage"]): row["topic_id"] for row in after} == before
    with lived.database.read() as tx:
        assert passages.corpus(tx, "words-twice").vectors.shape == (len(after), 2 * DIMENSION)
