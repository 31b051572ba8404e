"""A topic that was quiet for four weeks and is back stands out; a silent source is no quiet."""

import numpy as np
import pytest

from insights.signals import returned, trend
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions
from tests.signals.test_trend import TOPICS, weeks
from tests.worlds import NIGHT, points, world


def find(corpus, detectors=(returned.detect,)):
    found = ask(corpus, TOPICS, NIGHT, SignalOptions(), detectors)
    return [(finding.kind, finding.topic) for finding in found]


BACK = [4, 5, 3, 2, 1, 0, 0, 0, 0, 0, 24]
OTHERS = [150] * 11


def test_a_topic_that_is_back_after_five_weeks_is_told() -> None:
    corpus = weeks({1: BACK, 2: OTHERS})
    (finding,) = ask(corpus, TOPICS, NIGHT, SignalOptions(), [returned.detect])
    assert (finding.kind, finding.topic, finding.observed) == ("returned", 1, 24)
    assert len(finding.rows) == 24
    assert finding.why.startswith("24 people this week after 5 weeks without anybody")


@pytest.mark.parametrize(
    ("counts", "sources"),
    [
        pytest.param({1: [*BACK[:6], 0, 1, 0, 0, 24], 2: OTHERS}, None, id="not quite quiet"),
        pytest.param({1: [*BACK[:-4], 5, 0, 0, 24], 2: OTHERS}, None, id="two quiet weeks"),
        pytest.param({1: [*BACK[:-1], 3], 2: OTHERS}, None, id="three people are back"),
        pytest.param({1: [0] * 10 + [24], 2: OTHERS}, None, id="a new topic"),
        pytest.param({1: BACK, 2: OTHERS}, {1: "tracker"}, id="its source was silent"),
        pytest.param(
            {1: [12, 0, 0, 0, 0, 11, 0, 0, 0, 0, 12, 0, 0, 0, 0, 12], 2: [150] * 16},
            None,
            id="it comes every five weeks",
        ),
        pytest.param({1: [9, 0, 0, 0, 12], 2: [150] * 5}, None, id="too short an archive"),
    ],
)
def test_what_is_no_return_is_not_told(counts, sources) -> None:
    assert find(weeks(counts, sources)) == []


def test_what_returned_is_not_told_as_rising_too() -> None:
    corpus = weeks({1: BACK, 2: OTHERS})
    assert find(corpus, [trend.detect]) == [("rising", 1)]
    assert find(corpus, [trend.detect, returned.detect]) == [("returned", 1)]


def test_small_topics_that_come_and_go_by_chance_seldom_return() -> None:
    """Topics of half a person a week are often quiet; over 60 nights at most one is told."""
    told = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        counts = {n: draw.poisson(0.5, 20).tolist() for n in (1, 3)}
        told += len(find(weeks({**counts, 2: [150] * 20})))
    assert told <= 1


def test_an_empty_archive_has_no_return() -> None:
    assert find(world(points(1)[:0], [])) == []
