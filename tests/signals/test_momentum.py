"""A request that gains new people beyond its own past stands out; old friends of it do not."""

import numpy as np
import pytest

from insights.models import Topic
from insights.signals import momentum
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, points, world

TOPICS = [
    Topic(number=number, title="", keywords=(), status="active", born_at=NIGHT, run_id="", size=1)
    for number in (1, 2)
]


def weeks(new, *, activity=None, intent="request", members=None, seed=1, sources=None):
    """People who are new to topic 1 a week, oldest first, among others who talk of topic 2."""
    draw = np.random.default_rng(seed)
    count = len(new)
    rows, person = [], 10_000
    for back, fresh in enumerate(reversed(new)):
        source = "forum" if sources is None else sources[count - 1 - back]
        for _ in range(fresh):
            person += 1
            name = person if members is None else int(draw.integers(0, members))
            rows.append((7 * back + draw.uniform(0.01, 6.99), name, 1, source))
        others = (activity or [150] * count)[count - 1 - back]
        rows += [
            (7 * back + draw.uniform(0.01, 6.99), int(draw.integers(1000, 4000)), 2, source)
            for _ in range(others)
        ]
    rows.append((7 * count - 0.001, 4001, 2, rows[-1][3]))
    ago, people, topics, where = zip(*rows, strict=True)
    return world(
        points(len(ago)), ago, people=people, topics=topics, sources=where,
        intents={intent: [float(number == 1) for number in topics]},
    )  # fmt: skip


def detect(corpus):
    return ask(corpus, TOPICS, NIGHT, SignalOptions(), [momentum.detect])


STEADY = [4, 6, 5, 3, 5, 6, 4, 5, 5, 4, 6, 5]
GAINING = [*STEADY[:8], 12, 14, 13, 15]


def test_a_request_that_gains_new_people_is_told_with_them() -> None:
    corpus = weeks(GAINING)
    (finding,) = detect(corpus)
    assert (finding.kind, finding.topic, finding.observed) == ("momentum", 1, 54)
    assert finding.expected == pytest.approx(19, rel=0.25)
    assert len(finding.rows) == 54
    assert set(corpus.topics[finding.rows]) == {1}
    assert corpus.days[finding.rows].min() > corpus.days.max() - 28.1


@pytest.mark.parametrize(
    "corpus",
    [
        pytest.param(weeks(STEADY), id="as many as ever"),
        pytest.param(weeks(GAINING, intent="problem"), id="a problem"),
        pytest.param(weeks(GAINING, members=25), id="the same few people"),
        pytest.param(
            weeks(GAINING, activity=[*[150] * 8, *[450] * 4]), id="the community grew as much"
        ),
        pytest.param(weeks([40, 20, 12, 8, 6, 5, 4, 4, 3, 3, 2, 2]), id="it cools with age"),
        pytest.param(weeks([*[0] * 7, 2, 12, 14, 13, 15]), id="too young to have a past"),
        pytest.param(
            weeks(GAINING, sources=[*["forum"] * 8, *["chat"] * 4]), id="only in a new source"
        ),
        pytest.param(weeks([5] * 5), id="an archive of five weeks"),
    ],
)
def test_what_its_age_or_the_community_explains_is_not_told(corpus) -> None:
    assert detect(corpus) == []


def test_steady_requests_are_seldom_told() -> None:
    """Over 60 requests that draw new people at a steady rate, at most 4 are told at q < 0.05."""
    told = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        told += len(detect(weeks(draw.poisson(6, 14).tolist(), seed=seed)))
    assert told <= 4


@pytest.mark.parametrize("topics", [[], TOPICS], ids=["no topic", "topics"])
def test_an_empty_archive_gains_nobody(topics) -> None:
    corpus = world(points(1)[:0], [])
    assert ask(corpus, topics, NIGHT, SignalOptions(), [momentum.detect]) == []
