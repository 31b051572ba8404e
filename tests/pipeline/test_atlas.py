"""The map: what is on it stays in place, is safe to open and keeps the privacy floor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from insights.atlas.history import families, lineage, weekly
from insights.atlas.page import render
from insights.models import Topic
from insights.pipeline import atlas, nightly
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from insights.store import places
from tests.pipeline import village
from tests.worlds import NIGHT, around, points, world

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028<!--<script> & {{ 7 }} ]]>"


@pytest.fixture(scope="module")
def mapped(two_nights: Path, tmp_path_factory: pytest.TempPathFactory, encoder: Encoder,
           intents: IntentModel) -> Iterator[Engine]:  # fmt: skip
    """A village whose map was drawn once."""
    folder = village.copy(two_nights, tmp_path_factory.mktemp("mapped") / "village")
    engine = village.engine(folder, encoder, intents)
    atlas.survey(engine)
    yield engine
    engine.database.close()


def data_of(document: bytes) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>',
                      document.decode(), re.S)  # fmt: skip
    assert found
    return json.loads(found[1])


def test_places_are_kept_and_new_passages_move_nobody(mapped: Engine) -> None:
    """After another night everything that was on the map lies where it lay."""
    before = {(row["post_id"], row["passage"]): row for row in atlas.map_rows(mapped)}
    path = Path(mapped.database.url.database or "").parent / "forum.jsonl"
    later = village.NIGHT + timedelta(hours=20)
    more = {"id": "9900", "author": "Zed", "created_at": later.isoformat(),
            "text": "The lantern export loses labels when I save a drawing"}  # fmt: skip
    path.write_text(path.read_text() + json.dumps(more) + "\n")
    nightly.run(mapped, as_of=village.NIGHT + timedelta(days=1), community=village.COMMUNITY)
    after = {(row["post_id"], row["passage"]): row for row in atlas.map_rows(mapped)}
    assert set(after) - set(before) == {("forum:9900", 0)}
    assert all((after[k]["x"], after[k]["y"]) == (before[k]["x"], before[k]["y"]) for k in before)


def test_an_erased_post_leaves_the_map(mapped: Engine) -> None:
    """Its place goes with it."""
    gone = atlas.map_rows(mapped)[0]["post_id"]
    with mapped.database.read() as tx:
        before = len(places.every(tx, mapped.encoder.name))
    assert erase(mapped, post=gone) == 1
    with mapped.database.read() as tx:
        assert len(places.every(tx, mapped.encoder.name)) == before - 1
    assert gone not in {row["post_id"] for row in atlas.map_rows(mapped)}


def test_the_page_asks_nobody_for_anything(mapped: Engine) -> None:
    """No address stands in it but the name of SVG, and its policy allows no request."""
    document = atlas.page(mapped, village.COMMUNITY).decode()
    assert set(re.findall(r"https?://[\w./]+", document)) == {"http://www.w3.org/2000/svg"}
    assert "default-src &#39;none&#39;" in document
    assert not re.search(r"<(?:link|img|iframe)\b|@import|url\(|fetch\(|XMLHttp", document)
    assert len(re.findall(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", document)) == 0


def test_the_page_tells_what_the_store_holds(mapped: Engine) -> None:
    """Every counted passage is a point; topics come by people, with weeks that sum up."""
    told = data_of(atlas.page(mapped, village.COMMUNITY))
    rows = atlas.map_rows(mapped)
    assert len(told["x"]) == len(told["topic"]) == len(told["texts"]) == len(rows)
    counts = [topic["people"] for topic in told["topics"]]
    assert counts == sorted(counts, reverse=True)
    assert all(sum(t["weekly_posts"]) == t["posts"] for t in told["topics"])
    assert all(0 <= value <= 65535 for value in told["x"] + told["y"])


def test_below_the_privacy_floor_only_points_are_shown(mapped: Engine) -> None:
    """With a floor that nobody reaches, no word of anybody is in the page."""
    digest = mapped.options.digest.model_copy(update={"min_people": 500})
    shy = replace(mapped, options=replace(mapped.options, digest=digest))
    told = data_of(atlas.page(shy, village.COMMUNITY))
    assert (told["topics"], set(told["texts"])) == ([], {""})
    assert {life["title"] for life in told["lives"]} == {""}
    assert told["hidden"] > 0


def test_hostile_words_stay_words() -> None:
    """Whatever a title or text holds, the page has two scripts, and its data reads as written."""
    corpus = world(around(points(1)[0], 4), [4, 3, 2, 1], topics=[1] * 4, texts=[HOSTILE] * 4)
    topic = Topic(number=1, title=HOSTILE, keywords=(HOSTILE,), status="active", born_at=NIGHT,
                  run_id="r", size=4)  # fmt: skip
    found = atlas.Atlas(corpus, np.eye(4, 2, dtype=np.float32))
    data = atlas.page_data(found, [topic], [], {}, 1)
    document = render({"community": HOSTILE, "as_of": NIGHT.isoformat(), "floor": 1, **data})
    text = document.decode()
    assert text.count("<script") == text.count("</script>") == 2
    assert "<img" not in text and "\u2028" not in re.sub(
        r"<title>.*?</title>|<h1.*?</h1>", "", text
    )
    assert data_of(document)["topics"][0]["title"] == HOSTILE


def test_an_empty_archive_has_a_page(engine: Engine) -> None:
    """It says that there is nothing yet."""
    told = data_of(atlas.page(engine, "Nowhere"))
    assert (told["posts"], told["topics"], told["x"], told["weeks"]) == (0, [], [], [])


def test_weeks_count_people_once() -> None:
    """Two posts of one person in a week are two posts of one person."""
    corpus = world(around(points(1)[0], 3), [1.2, 1.1, 9], people=[7, 7, 8], topics=[1, 1, 1])
    told = [(str(row["week"]), row["posts"], row["people"]) for row in weekly(corpus)]
    assert told == [("2026-04-20", 1, 1), ("2026-04-27", 2, 1)]


def test_lineage_tells_what_became_of_what() -> None:
    """Splits lead from the old to the new, merges into the survivor; going on is no edge."""
    event = {"at": NIGHT, "run_id": "r", "share": 0.6}
    edges = lineage([
        {**event, "event": "born", "topic_id": "T1", "others": []},
        {**event, "event": "continued", "topic_id": "T1", "others": []},
        {**event, "event": "split", "topic_id": "T3", "others": ["T1"]},
        {**event, "event": "merged", "topic_id": "T2", "others": ["T3"]},
        {**event, "event": "retired", "topic_id": "T4", "others": []},
    ])  # fmt: skip
    assert [(e["event"], e["before"], e["after"]) for e in edges] == [
        ("born", None, "T1"),
        ("split", "T1", "T3"),
        ("merged", "T2", "T3"),
        ("retired", "T4", None),
    ]
    assert families(["T1", "T2", "T3", "T4"], edges) == {"T1": 0, "T2": 0, "T3": 0, "T4": 3}
