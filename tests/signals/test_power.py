"""In crowds as noisy as real ones, bursts are told and nothing else is."""

from datetime import timedelta

import pytest

from insights.corpus import EPOCH
from insights.pipeline.rehearse import look, nights_of, permuted, tell
from insights.sample.crowd import Crowd, together
from insights.signals import emergence
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions

OPTIONS = SignalOptions()
BEGUN = 63
CROWD = Crowd(a_day=30, days=BEGUN + 60)


@pytest.fixture(scope="module")
def usual():
    return CROWD.draw()


def told(usual, people: int, days: float, seed: int) -> bool:
    """Say whether most posts of a finding on the nights of a burst are the burst's."""
    known = together(usual, CROWD.burst(people, days, BEGUN, seed))
    nights = [EPOCH + timedelta(days=BEGUN + night) for night in range(1, int(days) + 2)]
    return any(
        (known.people[finding.rows] >= 10_000_000).mean() > 0.5
        for as_of in nights
        for finding in ask(known.until(as_of), (), as_of, OPTIONS, [emergence.detect])
    )


def share(usual, people: int, days: float) -> float:
    return sum(told(usual, people, days, seed) for seed in range(10)) / 10


def test_a_dozen_people_in_a_day_are_nearly_always_told(usual) -> None:
    assert share(usual, 12, 1) >= 0.9


def test_more_people_are_told_more_often(usual) -> None:
    assert share(usual, 4, 1) == 0  # fewer than the floor
    assert share(usual, 6, 1) <= share(usual, 20, 1)


@pytest.mark.parametrize("seed", [None, 1, 2], ids=["as it is", "permuted", "permuted again"])
def test_without_a_burst_two_months_tell_nothing(usual, seed: int | None) -> None:
    corpus = usual if seed is None else permuted(usual, seed)
    nights = nights_of(corpus, OPTIONS, None, None)
    assert len(nights) > 90
    assert len(tell(corpus, look(corpus, (), nights, OPTIONS), OPTIONS)) <= 1
