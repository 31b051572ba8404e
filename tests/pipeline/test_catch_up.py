"""A digest that a channel could not take is not lost: the next night delivers it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from insights.errors import PublishError, UsageError
from insights.pipeline import nightly
from insights.pipeline.engine import Channel, Engine
from insights.store import deliveries, runs
from insights.workspace import Workspace
from tests.pipeline import village
from tests.pipeline.test_deliver import Round


@pytest.fixture
def made(tmp_path: Path, encoder, intents) -> Engine:
    village.write(tmp_path, until=village.NIGHT)
    return village.engine(tmp_path, encoder, intents)


def night(engine: Engine, as_of):
    return nightly.run(engine, as_of=as_of, community=village.COMMUNITY)


def test_what_failed_one_night_is_delivered_the_next(made: Engine, tmp_path: Path) -> None:
    (tmp_path / "digests").write_text("a file stands where the folder should be")
    with pytest.raises(PublishError, match="files"):
        night(made, village.EVENING_BEFORE)
    (tmp_path / "digests").unlink()
    night(made, village.NIGHT)
    names = set(village.published(tmp_path))
    assert {"D-20260330-020000.html", "D-20260331-020000.html"} <= names
    with made.database.read() as tx:
        assert deliveries.with_status(tx, deliveries.DUE, deliveries.FAILED) == []
        assert [run["status"] for run in runs.every(tx)] == ["finished", "finished"]
    latest, tonight = (tmp_path / "digests" / f"{n}.html" for n in ("latest", "D-20260331-020000"))
    assert latest.read_bytes() == tonight.read_bytes()


class Cut(Round):
    """A channel at which the power fails before a letter is written."""

    def write(self, digest_id: str, documents, *, to: str, key: str) -> bytes:
        raise KeyboardInterrupt


def test_a_night_that_ends_before_it_sends_anything_is_made_up_for(made: Engine) -> None:
    """To whom a digest is due is written down with it; without publishing nothing is due."""
    with pytest.raises(KeyboardInterrupt):
        night(replace(made, channels=[Channel("mail", Cut())]), village.EVENING_BEFORE)
    mail = Round()
    night(replace(made, channels=[Channel("mail", mail)]), village.NIGHT)
    sent = [(to, letter[:17].decode()) for to, letter in mail.got]
    assert sent == [(to, f"D-202603{day}-020000") for day in (30, 31) for to in mail.readers]


def test_an_import_never_takes_the_place_of_a_configured_source(tmp_path: Path) -> None:
    """It would wipe how far the forum was read, and the whole forum would be pulled again."""
    (tmp_path / "insights.toml").write_text(
        '[sources.forum]\nconnector = "discourse"\nurl = "https://forum.example.org"\n'
    )
    space = Workspace.open(str(tmp_path / "insights.toml"))
    with pytest.raises(UsageError, match="another name"):
        space.file_source("forum", ["posts.jsonl"])
