"""New passages come onto the map without moving the old."""

from __future__ import annotations

import numpy as np

from insights.topics.map import BLUR, FEWEST, lay_out, let_in
from tests.worlds import around, points, unit


def two_groups() -> tuple[np.ndarray, np.ndarray]:
    """Two groups of passages and where they lie: far from each other."""
    one, other = points(2)
    vectors = np.vstack([around(one, 20), around(other, 20, seed=3)])
    spread = np.random.default_rng(4).standard_normal((40, 2)).astype(np.float32)
    spread[20:] += 30
    return vectors, spread


def test_a_new_passage_lies_among_its_neighbours() -> None:
    """Next to the group that it belongs to, and within reach of its points."""
    vectors, places = two_groups()
    found = let_in(around(points(2)[1], 5, seed=9), vectors, places)
    assert np.linalg.norm(found - places[20:].mean(axis=0), axis=1).max() < 3


def test_where_a_passage_goes_depends_on_itself_alone() -> None:
    """Whoever comes on the same night does not change it."""
    vectors, places = two_groups()
    new = around(points(2)[0], 6, seed=9)
    alone = np.vstack([let_in(row[None], vectors, places) for row in new])
    assert np.allclose(alone, let_in(new, vectors, places), atol=1e-4)


def test_equals_lie_where_their_equal_lies() -> None:
    """A passage that says what another says is put beside it, not upon it."""
    vectors, places = two_groups()
    lone = unit(points(30, seed=8)[7:8])
    found = let_in(lone, np.vstack([vectors, lone]), np.vstack([places, [[90.0, 90.0]]]))
    assert 0 < np.linalg.norm(found[0] - [90, 90]) <= 10 * BLUR


def test_what_is_too_little_for_umap_is_still_laid_out() -> None:
    """None, one, two, equal and zero vectors all get finite places."""
    for vectors in (points(0), points(1), points(2), points(FEWEST - 1), np.zeros((50, 8))):
        found = lay_out(np.asarray(vectors, np.float32))
        assert found.shape == (len(vectors), 2)
        assert np.isfinite(found).all()
    same = np.repeat(points(1), 60, axis=0)
    assert np.ptp(lay_out(same), axis=0).max() < 1e-3


def test_a_new_layout_is_turned_back_onto_the_old() -> None:
    """The same vectors laid out again, from a turned start, stay about where they were."""
    centres = points(4)
    vectors = np.vstack([around(centre, 20, seed=n) for n, centre in enumerate(centres)])
    first = lay_out(vectors)
    again = lay_out(vectors, first)
    moved = np.linalg.norm(again - first, axis=1)
    assert np.median(moved) < 0.35 * np.ptp(first, axis=0).max()
    assert np.array_equal(first, lay_out(vectors))
