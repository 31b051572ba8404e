"""Nothing below the privacy floor is shown, nor can it be counted by subtraction."""

import numpy as np
import pytest

from insights.corpus import count_words
from insights.digest.compose import _split
from tests.worlds import points, world


def split(counts: dict[str, int], floor: int) -> dict[str, int]:
    sources = [name for name, people in counts.items() for _ in range(people)]
    corpus = world(points(len(sources)), np.linspace(1, 2, len(sources)).tolist(), sources=sources)
    rows = np.arange(len(sources))
    return {share.name: share.people for share in _split(corpus, rows, corpus.sources, floor)}


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        pytest.param({"forum": 5, "chat": 4}, {"forum": 5, "chat": 4}, id="all above the floor"),
        pytest.param({"forum": 5, "chat": 1}, {"other": 6}, id="one below takes another along"),
        pytest.param({"a": 9, "b": 2, "c": 1}, {"a": 9, "other": 3}, id="small ones together"),
        pytest.param({"forum": 2}, {}, id="nothing to show"),
    ],
)
def test_a_split_shows_no_share_below_the_floor(counts, shown) -> None:
    assert split(counts, floor=3) == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("it crashes again", 3), ("应用程序打不开了", 4), ("แอปเปิดไม่ได้เลย", 8)],
    ids=["empty", "English", "Chinese", "Thai"],
)
def test_words_are_counted_in_scripts_without_spaces_too(text: str, words: int) -> None:
    assert count_words(text) == words
