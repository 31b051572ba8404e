"""Names and personal data get into no table, no file and no digest."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from insights import sample
from insights.digest.content import Digest
from insights.digest.render import render
from insights.errors import InsightsError
from insights.pipeline import nightly
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.pipeline.ingest import ingest
from insights.pipeline.recheck import recheck
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from insights.store import digests
from insights.store.health import of_sources
from insights.testing.failures import failures
from tests.pipeline import port, village


@pytest.fixture(scope="module")
def left(encoder: Encoder, intents: IntentModel, tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that a night over the sample leaves: rows, bytes of the database, every format."""
    folder = tmp_path_factory.mktemp("quillmoor")
    posts_of = {path.stem: path for path in sample.write(folder / "posts")}
    engine = replace(
        village.engine(folder, encoder, intents),
        sources=[village.source(name, path) for name, path in posts_of.items()],
    )
    nightly.run(engine, as_of=datetime(2026, 5, 11, tzinfo=UTC), community="Quillmoor")
    with engine.database.read() as tx:
        content = digests.get(tx, digests.every(tx)[0]["id"])
    rendered = b"".join(render(Digest.model_validate(content)).values()).decode()
    rows = village.texts(engine.database)
    engine.database.close()
    stored = b"".join(path.read_bytes() for path in folder.glob("insights.db*"))
    return "\n".join([*rows, rendered, stored.decode("latin-1")])


def test_no_personal_data_of_the_sample_is_left_anywhere(left: str) -> None:
    kinds = {canary.kind for canary in sample.canaries()}
    assert len(kinds) >= 8
    assert [(c.kind, c.text) for c in sample.canaries() if c.text in left] == []


def test_no_author_of_the_sample_is_named_anywhere(left: str) -> None:
    names = {name for planted in sample.planted() for name in planted.people}
    assert len(names) > 100
    words = set(re.findall(r"[\w.-]+", left))
    assert sorted(names & words) == []


def test_no_key_of_a_source_is_left_anywhere(engine: Engine) -> None:
    """However its platform fails, and though what it says then may hold the key."""
    forum = port.filled(3)
    ingest(engine, port.source(forum), port.NIGHT)
    for number, (name, reply) in enumerate(failures(forum.token).items(), 1):
        port.days_pass(engine.database, 1)  # else nothing is due to be asked for again
        broken = port.source(forum, handler=lambda _, reply=reply: reply())
        with pytest.raises(InsightsError):
            ingest(engine, broken, port.NIGHTS[number])
        recheck(engine, broken, port.NIGHTS[number])
        with engine.database.read() as tx:
            (health,) = of_sources(tx, port.NIGHTS[number])
        assert health["last_pull"]["note"] and health["last_recheck"]["note"], name
    rows = village.texts(engine.database)
    assert len(rows) > 50 and not [row for row in rows if forum.token in row]


def test_no_author_and_no_personal_data_of_the_village_is_left(
    lived: Engine, tmp_path: Path
) -> None:
    left = "\n".join([*village.texts(lived.database), *map(str, published(tmp_path))])
    assert [name for name in (*village.PEOPLE, *village.CANARIES) if name in left] == []


def published(tmp_path: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((tmp_path / "lived/digests").iterdir())]


def test_an_erased_person_is_in_no_row_and_in_no_published_digest(
    lived: Engine, tmp_path: Path
) -> None:
    """Of the outbreak, whoever gave it its name is erased on request."""
    title = village.exports(lived.database)["signals"][0]["title"]
    who = {line["author"] for _, _, line in village.records() if line.get("text") == title}
    assert title in str([document.decode() for document in published(tmp_path)])
    assert erase(lived, author=f"forum:{who.pop()}") >= 1
    left = [*village.texts(lived.database), *(p.decode() for p in published(tmp_path))]
    assert [part[:200] for part in left if title in part] == []


def test_what_was_erased_stays_out_when_the_file_is_read_again(
    lived: Engine, tmp_path: Path
) -> None:
    erase(lived, post="forum:9200")
    path = tmp_path / "lived/forum.jsonl"
    path.write_text(path.read_text() + "\n")
    nightly.run(lived, as_of=village.NIGHT, community=village.COMMUNITY)
    assert "9200" not in {row["id"].partition(":")[2] for row in village.post_rows(lived)}
