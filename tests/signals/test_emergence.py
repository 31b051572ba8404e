"""What several people say now that hardly anyone said before stands out; nothing else does."""

import numpy as np
import pytest

from insights.corpus import day_of
from insights.signals import emergence
from insights.signals.detectors import ask
from insights.signals.finding import Asked
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, around, points, unit, world

OPTIONS = SignalOptions(radius=0.8)
CENTRES = points(12, seed=3)


def usual(per_day: float = 12, days: int = 60, seed: int = 4):
    """Weeks of talk about ten matters: vectors and days ago."""
    draw = np.random.default_rng(seed)
    count = int(per_day * days)
    which = draw.integers(0, 10, count)
    noise = draw.standard_normal((count, CENTRES.shape[1])).astype(np.float32)
    return unit(CENTRES[which] + 0.08 * noise), draw.uniform(0.01, days, count).tolist()


def with_burst(size: int, *, people=None, counted=None, source="forum", ago=0.5, seed=4):
    vectors, days = usual(seed=seed)
    n = len(vectors)
    burst = around(CENTRES[11], size, spread=0.05, seed=8)
    return world(
        np.concatenate([vectors, burst]),
        [*days, *[ago] * size],
        people=[*range(n), *(people or range(n, n + size))],
        counted=[*[True] * n, *([counted] * size if counted is not None else [True] * size)],
        sources=[*["forum"] * n, *[source] * size],
    )


def detect(corpus):
    return ask(corpus, (), NIGHT, OPTIONS, [emergence.detect])


def test_a_new_matter_of_eight_people_is_told_with_its_numbers() -> None:
    corpus = with_burst(8)
    (finding,) = detect(corpus)
    assert (finding.kind, finding.observed, len(finding.rows)) == ("emerging", 8, 8)
    assert finding.expected < 0.5
    assert finding.p <= finding.q < 1e-4
    assert finding.why.startswith("8 people in 2 days where 0.0")
    assert set(corpus.post_ids[finding.rows]) == {f"forum:{720 + row}" for row in range(8)}


def test_one_issue_is_told_once_however_many_passages_see_it() -> None:
    assert len(detect(with_burst(40))) == 1


def test_a_usual_night_says_nothing() -> None:
    assert [detect(with_burst(0, seed=seed)) for seed in range(20, 40)] == [[]] * 20


@pytest.mark.parametrize(
    "corpus",
    [
        pytest.param(with_burst(40, people=[5000] * 40), id="one loud account"),
        pytest.param(with_burst(4), id="fewer people than the floor"),
        pytest.param(with_burst(40, counted=False), id="noise and copies"),
        pytest.param(with_burst(40, source="new"), id="a source that was not there before"),
        pytest.param(with_burst(40, ago=-1), id="posts of tomorrow"),
        pytest.param(with_burst(40, ago=9), id="last week's matter"),
    ],
)
def test_what_is_not_news_is_not_told(corpus) -> None:
    assert detect(corpus) == []


def test_a_busy_night_is_not_news() -> None:
    """Five times the posts on the same matters raise what is expected of each."""
    vectors, days = usual()
    more, when = usual(per_day=60, days=2, seed=6)
    assert detect(world(np.concatenate([vectors, more]), [*days, *when])) == []


def test_what_was_always_said_a_lot_is_not_news() -> None:
    vectors, days = usual()
    often = around(CENTRES[11], 8 * 28, spread=0.05)
    when = np.linspace(0.1, 56, len(often))
    assert detect(world(np.concatenate([vectors, often]), [*days, *when])) == []


@pytest.mark.parametrize("history", [0.5, 5], ids=["half a day", "five days"])
def test_without_a_history_nothing_can_be_news(history: float) -> None:
    vectors = around(CENTRES[0], 30)
    assert detect(world(vectors, np.linspace(0, history, 30))) == []


def test_an_empty_archive_says_nothing() -> None:
    assert detect(world(points(1)[:0], [])) == []


def test_texts_of_a_word_or_two_are_no_evidence() -> None:
    corpus = with_burst(8)
    corpus.words[corpus.post_ids >= "forum:720"] = 2
    assert detect(corpus) == []


def test_a_source_that_is_added_or_removed_changes_nothing_for_the_others() -> None:
    """Ten times the posts of another source, from before the past or since last week only."""
    alone = detect(with_burst(8))[0]
    vectors, days = usual(per_day=60, seed=9)
    for kept in (np.array(days) > 7, np.array(days) < 10):
        burst = with_burst(8)
        mixed = world(
            np.concatenate([burst.vectors, vectors[kept]]),
            [*(day_of(NIGHT) - burst.days), *np.array(days)[kept]],
            sources=[*["forum"] * len(burst), *["chat"] * int(kept.sum())],
        )
        (found,) = detect(mixed)
        assert found.observed == 8
        assert found.expected == pytest.approx(alone.expected, abs=0.3)


def test_all_tests_of_a_night_are_corrected_together() -> None:
    corpus = with_burst(8)
    (alone,) = detect(corpus)
    others = Asked(np.ones(900), lambda q: [])
    (twice,) = ask(corpus, (), NIGHT, OPTIONS, [emergence.detect, lambda *_: others])
    assert twice.p == alone.p
    assert twice.q > 2 * alone.q
