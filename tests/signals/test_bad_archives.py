"""Archives that are too short, have holes, stand in one second or run ahead tell nothing wrong."""

from __future__ import annotations

import numpy as np
import pytest

from insights.corpus import Corpus
from insights.models import Topic
from insights.signals.detectors import ask
from insights.signals.finding import Finding
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, points, unit, world

OPTIONS = SignalOptions(radius=0.8)
MATTERS = points(6, seed=3)
A_DAY = 12
TOPICS = [
    Topic(
        number=number + 1,
        title=f"matter {number}",
        keywords=(),
        status="active",
        born_at=NIGHT,
        run_id="r",
        size=100,
    )
    for number in range(len(MATTERS))
]


def archive(days_ago, sources=None, seed: int = 4) -> Corpus:
    """Posts at these times about six matters, in as many topics, each by another person."""
    draw = np.random.default_rng(seed)
    which = draw.integers(0, len(MATTERS), len(days_ago))
    noise = draw.standard_normal((len(days_ago), MATTERS.shape[1])).astype(np.float32)
    return world(
        unit(MATTERS[which] + 0.08 * noise),
        list(days_ago),
        sources=sources,
        topics=(which + 1).tolist(),
        intents={"problem": [0.9] * len(days_ago)},
    )


def evenly(first: float, last: float, a_day: float = A_DAY, seed: int = 1) -> np.ndarray:
    """Times between so many days ago and so many days ago."""
    count = int(a_day * (first - last))
    return np.random.default_rng(seed).uniform(last, first, count)


def asked(corpus: Corpus) -> list[Finding]:
    return ask(corpus.until(NIGHT), TOPICS, NIGHT, OPTIONS)


WITHOUT_ONE_DAY = np.array([ago for ago in evenly(90, 0) if not 4 < ago < 5])
STOPPED = [*evenly(90, 0), *evenly(90, 9, seed=2)]
STARTED = [*evenly(90, 0), *evenly(6, 0, 60, seed=2)]


@pytest.mark.parametrize(
    "corpus",
    [
        pytest.param(archive(evenly(2, 0)), id="a history of two days"),
        pytest.param(archive(WITHOUT_ONE_DAY), id="a day with no posts"),
        pytest.param(archive(evenly(90, 2)), id="no posts in the last two days"),
        pytest.param(archive([1.0] * 300), id="all posts in one second of yesterday"),
        pytest.param(archive([40.0] * 300), id="all posts in one second of last month"),
        pytest.param(
            archive([*evenly(90, 0), *[-400.0] * 50, *evenly(0, -3)]), id="a clock in the future"
        ),
        pytest.param(
            archive(STOPPED, ["forum"] * (90 * A_DAY) + ["chat"] * (81 * A_DAY)),
            id="a source that is removed",
        ),
        pytest.param(
            archive(STARTED, ["forum"] * (90 * A_DAY) + ["chat"] * 360), id="a source that is added"
        ),
    ],
)
def test_an_archive_with_a_flaw_raises_nothing(corpus: Corpus) -> None:
    """All detectors are asked."""
    assert [finding.why for finding in asked(corpus)] == []


def test_a_matter_in_one_second_is_told_where_there_is_a_past() -> None:
    """A burst by a script or by a coarse clock: a platform may know only the day of a post."""
    usual = archive(evenly(90, 0))
    burst = points(9, seed=8)[8] + np.zeros((9, 1), np.float32)
    corpus = world(
        np.concatenate([usual.vectors, unit(burst)]),
        [*(np.asarray(evenly(90, 0))), *[0.5] * 9],
        topics=[*[1] * len(usual), *[-1] * 9],
    )
    assert [(f.kind, f.observed) for f in asked(corpus) if f.kind == "emerging"] == [
        ("emerging", 9)
    ]
