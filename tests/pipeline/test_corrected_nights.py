"""Corrections reach what is ranked and told, survive kills, and are erased with what they quote."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from insights.digest.content import Digest
from insights.pipeline import curate, desk, nightly
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.store import digests, passages, posts, signals, topics
from tests.pipeline import village
from tests.pipeline.faults import dying

TOMORROW = village.NIGHT + timedelta(days=1)


def live(engine: Engine) -> Digest:
    return nightly.run(engine, as_of=TOMORROW, community=village.COMMUNITY).digest


def outbreak(engine: Engine) -> dict:
    """The signal of the village's outbreak."""
    with engine.database.read() as tx:
        (signal,) = signals.every(tx)
    return signal


def told(digest: Digest) -> set[str | None]:
    names = ("decisions", "problems", "requests", "slow_burners", "praise", "questions")
    return {item.topic_id for name in names for item in getattr(digest, name)}


def test_a_dismissed_topic_and_its_signals_are_in_no_digest_and_no_insight(lived: Engine) -> None:
    topic = outbreak(lived)["topic_id"]
    assert topic in told(latest(lived))
    until = TOMORROW + timedelta(days=1)
    curate.correct(lived, desk.dismiss(topic, "an old story", until), by="ana")
    digest = live(lived)
    assert topic not in told(digest)
    with lived.database.read() as tx:
        ranked = digests.insights(tx, digest.run_id)
        assigned = [row for row in passages.exported(tx) if row["topic_id"] == topic]
    assert topic not in {row["body"]["topic_id"] for row in ranked}
    assert assigned, "its posts stay with it"
    assert outbreak(lived)["topic_id"] == topic


def latest(engine: Engine) -> Digest:
    with engine.database.read() as tx:
        return Digest.model_validate(digests.get(tx, digests.every(tx)[0]["id"]))


def test_a_signal_is_told_under_the_topic_that_its_own_was_merged_into(lived: Engine) -> None:
    topic = outbreak(lived)["topic_id"]
    with lived.database.read() as tx:
        other = next(
            row["id"] for row in topics.exported(tx)
            if row["id"] != topic and row["status"] == "active"
        )  # fmt: skip
    curate.correct(lived, desk.merge(topic, other), by="ana")
    (item,) = [item for item in live(lived).decisions if item.kind == "emerging"]
    assert item.topic_id == other


def test_a_correction_that_is_killed_is_made_whole_or_not_at_all(
    lived: Engine, tmp_path: Path
) -> None:
    topic = outbreak(lived)["topic_id"]
    before = village.exports(lived.database)
    for at in (1, 2):
        with dying(lived.database, tmp_path, at=at):
            curate.correct(lived, desk.rename(topic, "The compass spins"), by="ana")
        assert village.differences(village.exports(lived.database), before) == []
    with dying(lived.database, tmp_path, at=3):
        curate.correct(lived, desk.rename(topic, "The compass spins"), by="ana")
    after = village.exports(lived.database)
    assert village.differences(after, before) == ["ledger", "topics"]


def test_the_words_of_an_erased_post_leave_corrections(lived: Engine) -> None:
    with lived.database.read() as tx:
        post = posts.by_id(tx, ["forum:9200"])["forum:9200"]
    words = post.text[:60]
    wish = desk.track(words, [words, "the compass"], [])
    curate.correct(lived, wish, by="ana")
    assert any(words in text for text in village.texts(lived.database))
    erase(lived, post="forum:9200")
    assert [text for text in village.texts(lived.database) if words in text] == []
    live(lived)
    assert [text for text in village.texts(lived.database) if words in text] == []
    assert any("the compass" in text for text in village.texts(lived.database)), "is no quote"
