"""Nothing below the privacy floor is shown, nor can it be counted by subtraction."""

import numpy as np
import pytest

from insights.corpus import count_words
from insights.digest.shares import by_area
from insights.digest.shares import split as split_by
from tests.worlds import points, world


def split(counts: dict[str, int], floor: int) -> dict[str, int]:
    sources = [name for name, people in counts.items() for _ in range(people)]
    corpus = world(points(len(sources)), np.linspace(1, 2, len(sources)).tolist(), sources=sources)
    rows = np.arange(len(sources))
    return {share.name: share.people for share in split_by(corpus, rows, corpus.sources, floor)}


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


def areas(now: dict[int, int], then: dict[int, int]) -> dict[str, tuple[int, int | None]]:
    """Return people now and before by area, of a world with so many people a topic."""
    topics = [t for counts in (now, then) for t, people in counts.items() for _ in range(people)]
    days = [1.0] * sum(now.values()) + [8.0] * sum(then.values())
    corpus = world(points(len(topics)), days, topics=topics)
    rows = np.arange(len(topics))
    late = corpus.days > corpus.days.max(initial=0.0) - 2
    titles = {"A1": "Sync", "A2": "Export"}
    found = by_area(corpus, rows[late], rows[~late], titles, {1: "A1", 2: "A1", 3: "A2"}, 3)
    return {count.id: (count.people, count.people_before) for count in found}


@pytest.mark.parametrize(
    ("now", "then", "shown"),
    [
        pytest.param({1: 5, 2: 4, 3: 4}, {1: 3, 3: 6}, {"A1": (9, 3), "A2": (4, 6)}, id="above"),
        pytest.param({1: 9, 3: 2}, {1: 4}, {}, id="the rest of two takes the other along"),
        pytest.param({1: 9, 3: 2, -1: 4}, {1: 4}, {"A1": (9, 4)}, id="the rest is large enough"),
        pytest.param({1: 9, 3: 4}, {1: 2, -1: 1}, {"A1": (9, None), "A2": (4, 0)}, id="before"),
        pytest.param({1: 9, 3: 4, -1: 1}, {}, {"A1": (9, 0)}, id="one outside of all areas"),
        pytest.param({}, {}, {}, id="nothing"),
    ],
)
def test_an_area_shows_no_count_below_the_floor(now, then, shown) -> None:
    """Neither by itself nor as what is left of all people."""
    assert areas(now, then) == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("it crashes again", 3), ("应用程序打不开了", 4), ("แอปเปิดไม่ได้เลย", 8)],
    ids=["empty", "English", "Chinese", "Thai"],
)
def test_words_are_counted_in_scripts_without_spaces_too(text: str, words: int) -> None:
    assert count_words(text) == words
