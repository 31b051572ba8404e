"""What is erased is gone: from the store, from titles, and from digests that were delivered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from insights.digest.content import Digest
from insights.models import Batch, Post
from insights.pipeline import nightly
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.pipeline.ingest import save_batch
from insights.store import digests, posts, topics
from tests.pipeline import village


@pytest.fixture
def made(tmp_path: Path, encoder, intents) -> Engine:
    """A village after two nights with delivered digests."""
    village.write(tmp_path, until=village.NIGHT)
    engine = village.engine(tmp_path, encoder, intents)
    for as_of in (village.EVENING_BEFORE, village.NIGHT):
        nightly.run(engine, as_of=as_of, community=village.COMMUNITY)
    return engine


def stored(engine: Engine) -> dict[str, Digest]:
    with engine.database.read() as tx:
        return {
            row["id"]: Digest.model_validate(digests.get(tx, row["id"]))
            for row in digests.every(tx)
        }


def items(digest: Digest):
    return (*digest.decisions, *digest.problems, *digest.requests, *digest.praise)


def quotes(digest: Digest):
    return [quote for item in items(digest) for quote in item.quotes]


def test_an_erased_post_leaves_every_table_every_title_and_every_published_file(
    made: Engine, tmp_path: Path
) -> None:
    quote = quotes(stored(made)["D-20260331-020000"])[0]
    with made.database.read() as tx:
        words = posts.by_id(tx, [quote.post_id])[quote.post_id].text
    assert any(words[:40] in text for text in village.texts(made.database))
    assert erase(made, post=quote.post_id) == 1
    assert [text for text in village.texts(made.database) if words in text] == []
    for name, document in village.published(tmp_path).items():
        assert quote.post_id.encode() not in document, name
    assert all(quote.post_id != q.post_id for d in stored(made).values() for q in quotes(d))
    latest = (tmp_path / "digests" / "latest.json").read_bytes()
    assert latest == (tmp_path / "digests" / "D-20260331-020000.json").read_bytes()


def test_a_title_that_an_erased_post_gave_is_replaced_by_keywords(made: Engine) -> None:
    with made.database.read() as tx:
        topic = topics.every(tx)[0]
        said = [post for post, _ in posts.exported(tx) if topic["title"] in post.text]
    assert said
    for post in said:
        erase(made, post=post.id)
    with made.database.read() as tx:
        now = topics.every(tx)[0]
    assert now["id"] == topic["id"]
    assert now["title"] == (", ".join(now["keywords"][:4]) or now["id"])
    assert set(now["keywords"]) <= set(topic["keywords"])
    assert [text for text in village.texts(made.database) if topic["title"] in text] == []


def test_all_posts_of_a_person_go_and_stay_away(made: Engine, tmp_path: Path) -> None:
    person = village.PEOPLE[0]
    assert erase(made, author=f"forum:{person}") > 1
    assert erase(made, author=f"forum:{person}") == 0

    outcome = nightly.run(
        made, as_of=village.NIGHT + timedelta(days=1), community=village.COMMUNITY
    )
    assert outcome.broken == []
    assert erase(made, author=f"forum:{person}") == 0


def test_erasing_what_is_not_there_changes_nothing(made: Engine, tmp_path: Path) -> None:
    before = village.outcome(made, tmp_path)
    assert erase(made, post="forum:no-such-post") == 0
    assert village.differences(before, village.outcome(made, tmp_path)) == []


@pytest.fixture
def told(tmp_path: Path, encoder, intents) -> Engine:
    """A topic of twelve people, most of whom use a word that the others do not."""
    engine = village.engine(tmp_path, encoder, intents)
    lines = [f"The zebrafish dialog freezes on save {n}" for n in range(8)]
    lines += [f"The dialog freezes on every save {n}" for n in range(8, 12)]
    with engine.database.write() as tx:
        posts.save(tx, "forum", [said(n, line) for n, line in enumerate(lines)], village.NIGHT)
    nightly.run(engine, as_of=village.NIGHT, community="Quay", ingesting=False)
    return engine


def said(number: int, text: str) -> Post:
    at = village.NIGHT - timedelta(hours=number + 1)
    return Post(
        source="forum", native_id=str(number), text=text, author=f"a{number}", created_at=at
    )


def keywords(engine: Engine) -> set[str]:
    with engine.database.read() as tx:
        return {word for topic in topics.every(tx) for word in topic["keywords"]}


def test_a_keyword_goes_when_fewer_than_two_people_say_it(told: Engine) -> None:
    """From topics and from digests; what others say stays."""
    assert any("zebrafish" in word for word in keywords(told))
    for number in range(7):
        erase(told, post=f"forum:{number}")
    assert not any("zebrafish" in word for word in keywords(told))
    assert any("freezes" in word for word in keywords(told))
    assert not any("zebrafish" in word for d in stored(told).values() for i in items(d)
                   for word in i.keywords)  # fmt: skip


def test_words_that_were_edited_away_leave_titles_and_keywords(told: Engine) -> None:
    """An edit takes back what was said, as erasing does."""
    assert any("zebrafish" in text for text in village.texts(told.database))
    edits = [
        replace(said(n, f"The dialog freezes on every save {n}"), updated_at=village.NIGHT)
        for n in range(8)
    ]
    save_batch(told, "forum", Batch(cursor={}, posts=tuple(edits)))
    assert [text for text in village.texts(told.database) if "zebrafish" in text] == []
