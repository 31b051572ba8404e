"""Whoever remembers what was answered the night before answers as one who remembers nothing."""

from __future__ import annotations

import numpy as np
import pytest

from insights.topics.electorate import SAMPLE, VOTERS, Electorate
from tests.worlds import around, points


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Fourteen spots of sixty, mixed, with a few that are near nobody."""
    spots = np.concatenate([around(spot, 60, seed=i) for i, spot in enumerate(points(14))])
    mixed = np.concatenate([spots, points(60, seed=5)[14:]])
    return mixed[np.random.default_rng(3).permutation(len(mixed))]


def nights(vectors, *, leaving: int = 0):
    """Yield what each of thirty nights knows and who votes there; `leaving` voters stop."""
    dice = np.random.default_rng(11)
    voters = np.zeros(len(vectors), bool)
    for night, end in enumerate(np.linspace(40, len(vectors), 30).astype(int)):
        waiting = np.flatnonzero(~voters[:end])
        voters[waiting[dice.random(len(waiting)) < 0.7]] = True
        if night == 15:
            voters[np.flatnonzero(voters)[:leaving]] = False
        yield vectors[:end], voters[:end].copy()


@pytest.mark.parametrize("leaving", [0, 5])
def test_it_answers_as_one_that_remembers_nothing(vectors, leaving: int) -> None:
    """Also after somebody stopped to vote."""
    remembers = Electorate()
    for known, voters in nights(vectors, leaving=leaving):
        asked = np.flatnonzero(~voters)
        indices, cosines = remembers.near(asked, known, voters)
        fresh_indices, fresh_cosines = Electorate().near(asked, known, voters)
        assert (indices == fresh_indices).all()
        assert np.allclose(cosines, fresh_cosines, atol=2e-5)
        floor = Electorate().floor(known, voters)
        assert remembers.floor(known, voters) == pytest.approx(floor, abs=2e-5)


def test_the_nearest_voters_come_first_and_nobody_else(vectors) -> None:
    voters = np.arange(len(vectors)) % 3 > 0
    asked = np.flatnonzero(~voters)
    indices, cosines = Electorate().near(asked, vectors, voters)
    assert indices.shape == (len(asked), VOTERS)
    assert voters[indices].all()
    assert (np.diff(cosines, axis=1) <= 0).all()
    every = (vectors[asked] @ vectors[voters].T).max(axis=1)
    assert np.allclose(cosines[:, 0], every, atol=1e-5)


def test_fewer_voters_than_are_asked_are_all_named(vectors) -> None:
    voters = np.zeros(len(vectors), bool)
    voters[[3, 9]] = True
    indices, _ = Electorate().near(np.array([1, 2]), vectors, voters)
    assert {frozenset(row) for row in indices.tolist()} == {frozenset((3, 9))}


def test_the_floor_is_what_nearly_all_members_reach_and_strays_do_not(vectors) -> None:
    members = np.ones(len(vectors), bool)
    floor = Electorate().floor(vectors, members)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    reached = (cosines.max(axis=1) >= floor).mean()
    assert 0.93 < reached < 1
    assert Electorate().floor(vectors, members & (np.arange(len(members)) < 1)) == 1.0


def test_the_sample_of_the_floor_is_bounded(vectors) -> None:
    """And so is what a large archive costs."""
    electorate = Electorate()
    electorate.floor(vectors, np.ones(len(vectors), bool))
    assert SAMPLE / 2 <= len(electorate._sample) <= SAMPLE
