"""The topics of the store are the topics of the BERTopic model that is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bertopic import BERTopic

from insights.corpus import Corpus
from insights.models import Topic
from insights.topics.bertopic_model import POOL_TITLE, save
from tests.worlds import NIGHT, around, points, world


def topic(number: int, title: str, status: str = "active") -> Topic:
    return Topic(
        number=number, title=title, keywords=("export", "layers"), status=status, born_at=NIGHT,
        run_id="r", size=8,
    )  # fmt: skip


TOPICS = (topic(1, "Export loses layers"), topic(2, "Gone", "retired"), topic(4, "Dark theme"))


@pytest.fixture
def corpus() -> Corpus:
    """Two topics of eight, one of two people, three that wait."""
    centres = points(4)
    parts = [around(centre, 8, seed=n) for n, centre in enumerate(centres[:2])]
    vectors = np.vstack([*parts, around(centres[2], 2), around(centres[3], 3, spread=2.0)])
    numbers = [1] * 8 + [4] * 8 + [5] * 2 + [-1] * 3
    return world(vectors, [float(len(vectors) - row) for row in range(21)], topics=numbers)


@pytest.fixture
def loaded(corpus: Corpus, tmp_path: Path) -> BERTopic:
    save(corpus, [*TOPICS, topic(5, "Of two people")], tmp_path / "model", min_people=3)
    return BERTopic.load(str(tmp_path / "model"))


def test_numbers_titles_and_sizes_are_those_of_the_store(loaded: BERTopic) -> None:
    """Also with gaps in the numbers: what is gone counts nothing, and -1 is the novelty pool."""
    info = loaded.get_topic_info().set_index("Topic")
    assert info.Count.to_dict() == {-1: 3, 0: 0, 1: 8, 2: 0, 3: 0, 4: 8, 5: 2}
    titles = {number: title for number, title in info.CustomName.items() if title}
    assert titles == {-1: POOL_TITLE, 1: "Export loses layers", 4: "Dark theme"}
    assert [word for word, _ in loaded.get_topic(1)] == ["export", "layers"]
    assert list(info.Passages[1]) == list(dict.fromkeys(info.Passages[1]))


def test_the_model_gives_members_their_topic(loaded: BERTopic, corpus: Corpus) -> None:
    """By the encoder's vectors; what is near nothing goes to the pool.

    A topic below the privacy floor is not found: its mean would be its few people's own vectors.
    """
    members = corpus.take((corpus.topics > 0) & (corpus.topics != 5))
    found, _ = loaded.transform(members.texts.tolist(), members.vectors)
    assert np.array_equal(found, members.topics)
    away, _ = loaded.transform(["x"], -corpus.vectors[:16].mean(axis=0, keepdims=True))
    assert away.tolist()[0] in (-1, 5)


def test_below_the_privacy_floor_nothing_is_told(corpus: Corpus, tmp_path: Path) -> None:
    """Neither title, keywords nor passages of two people are in any file."""
    save(corpus, [*TOPICS, topic(5, "Of two people")], tmp_path, min_people=3)
    written = "".join(path.read_text("latin-1") for path in tmp_path.iterdir())
    hidden = corpus.texts[corpus.topics == 5].tolist()
    assert "Export loses layers" in written
    assert not [text for text in ["Of two people", *hidden] if f'"{text}"' in written]
