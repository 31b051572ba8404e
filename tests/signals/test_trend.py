"""A topic rises or falls against its own past, and a silent source is not a fall."""

import numpy as np
import pytest
from scipy.stats import nbinom

from insights.models import Topic
from insights.signals import trend
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, points, world


def topic(number: int) -> Topic:
    return Topic(number=number, title="", keywords=(), status="active", born_at=NIGHT,
                 run_id="", size=1)  # fmt: skip


TOPICS = [topic(1), topic(2), topic(3)]


def weeks(counts: dict[int, list[int]], sources: dict[int, str] | None = None):
    """People a week by topic, oldest week first; each person writes once."""
    days, topics, names = [], [], []
    for number, weekly in counts.items():
        for back, people in enumerate(reversed(weekly)):
            days += [7 * back + 7 * (i + 0.5) / max(people, 1) for i in range(people)]
            topics += [number] * people
            names += [(sources or {}).get(number, "forum")] * people
    return world(points(len(days)), days, topics=topics, sources=names)


def detect(corpus):
    found = ask(corpus, TOPICS, NIGHT, SignalOptions(), [trend.detect])
    return [(finding.kind, finding.topic) for finding in found]


STEADY = [20, 22, 19, 21, 20, 18, 22, 21, 20]


def test_a_topic_that_triples_is_rising() -> None:
    corpus = weeks({1: [*STEADY[:-1], 60], 2: [200] * 9, 3: STEADY})
    assert detect(corpus) == [("rising", 1)]


def test_a_topic_that_dies_is_falling() -> None:
    corpus = weeks({1: [*STEADY[:-1], 2], 2: [200] * 9, 3: STEADY})
    assert detect(corpus) == [("falling", 1)]


def test_everybody_being_louder_is_no_trend_of_anything() -> None:
    assert detect(weeks({1: [*STEADY[:-1], 60], 2: [*[100] * 8, 300], 3: [*[50] * 8, 150]})) == []


def test_a_silent_source_is_not_a_fall() -> None:
    sources = {1: "tracker", 2: "forum", 3: "forum"}
    assert detect(weeks({1: [*STEADY[:-1], 0], 2: [100] * 9, 3: [50] * 9}, sources)) == []


def test_a_topic_that_always_jumps_needs_more_to_stand_out() -> None:
    jumpy = [2, 60, 5, 40, 1, 70, 3, 50]
    assert detect(weeks({1: [*jumpy, 60], 2: [400] * 9, 3: STEADY})) == []


def test_three_weeks_are_too_few_to_know_a_past() -> None:
    assert detect(weeks({1: [20, 20, 90], 2: [100] * 3, 3: [50] * 3})) == []


def test_steady_topics_are_seldom_told() -> None:
    """Over 60 simulated nights of 3 steady topics, at most 3 are told at q < 0.01."""
    told = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        told += len(detect(weeks({n: draw.poisson(25, 9).tolist() for n in (1, 2, 3)})))
    assert told <= 3


@pytest.mark.parametrize("topics", [[], TOPICS], ids=["no topic", "topics"])
def test_an_empty_archive_has_no_trend(topics) -> None:
    corpus = world(points(1)[:0], [])
    assert ask(corpus, topics, NIGHT, SignalOptions(), [trend.detect]) == []


@pytest.mark.parametrize("spread", [1.0, 3.0], ids=["Poisson", "three times as wide"])
def test_what_is_predicted_is_what_comes(spread: float) -> None:
    """Of 4,000 steady series the next count is above the 1 % bound in about one of a hundred."""
    draw = np.random.default_rng(5)
    rate = draw.uniform(4, 40, 4000)
    weeks = (
        draw.poisson(rate[:, None], (4000, 13))
        if spread == 1
        else draw.negative_binomial(rate[:, None] / (spread - 1), 1 / spread, (4000, 13))
    ).astype(float)
    mean, variance = trend.predict(weeks[:, 1:], np.ones((4000, 12)), np.ones(4000))
    assert mean.mean() == pytest.approx(rate.mean(), rel=0.1)
    assert (weeks[:, 0] > bound(mean, variance, 0.99)).mean() < 0.03
    assert (weeks[:, 0] < bound(mean, variance, 0.01)).mean() < 0.03


def test_a_topic_that_grows_every_week_is_expected_to_grow() -> None:
    weeks = np.array([[40, 36, 33, 30, 27, 24, 22, 20, 18, 16, 15, 13]], float)
    mean, _ = trend.predict(weeks, np.ones((1, 12)), np.ones(1))
    assert 38 < mean[0] < 48


def test_a_past_outbreak_does_not_hide_the_next_one() -> None:
    calm, burst = np.full((1, 12), 10.0), np.full((1, 12), 10.0)
    burst[0, 5] = 80
    (usual,), _ = trend.predict(calm, np.ones((1, 12)), np.ones(1))
    (after,), _ = trend.predict(burst, np.ones((1, 12)), np.ones(1))
    assert after < 1.35 * usual


def bound(mean, variance, share):
    shape = mean**2 / np.maximum(variance - mean, 1e-9 * mean)
    return nbinom.ppf(share, shape, shape / (shape + mean))
