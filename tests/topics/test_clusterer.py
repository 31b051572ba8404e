"""Groups are found without being told how many there are, and nobody is left out."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from insights.topics.clusterer import NeighbourLeiden, by_size, shared_neighbours
from insights.topics.neighbours import nearest
from tests.worlds import around, points


def groups(sizes, spread=0.1):
    centres = points(len(sizes))
    rows = [
        around(c, n, spread, seed=i) for i, (c, n) in enumerate(zip(centres, sizes, strict=True))
    ]
    return np.concatenate(rows), np.repeat(np.arange(len(sizes)), sizes)


def test_separate_groups_are_found_whatever_their_sizes() -> None:
    vectors, gold = groups([120, 60, 30, 15])
    labels = NeighbourLeiden(resolution=0.5).fit(vectors).labels_
    assert adjusted_rand_score(gold, labels) > 0.95
    assert (labels >= 0).all()


def test_the_same_vectors_make_the_same_groups() -> None:
    vectors, _ = groups([80, 40], spread=0.4)
    first, again = (NeighbourLeiden().fit(vectors).labels_ for _ in range(2))
    assert (first == again).all()


def test_labels_go_from_the_largest_group_to_the_smallest() -> None:
    assert by_size(np.array([7, 7, 2, -1, 2, 2])).tolist() == [1, 1, 0, -1, 0, 0]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_vectors_make_no_group(count: int) -> None:
    labels = NeighbourLeiden().fit(points(3)[:count]).labels_
    assert labels.tolist() == [-1] * count


@pytest.mark.parametrize("value", [0.0, 1.0], ids=["all zero", "all the same"])
def test_vectors_without_any_difference_are_no_error(value: float) -> None:
    labels = NeighbourLeiden().fit(np.full((50, 8), value, np.float32)).labels_
    assert len(labels) == 50


def test_neighbours_are_exact_and_nobody_is_its_own() -> None:
    vectors = points(200)
    indices, cosines = nearest(vectors, vectors, 5, themselves=True)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -2)
    assert np.allclose(cosines, -np.sort(-similarity, axis=1)[:, :5], atol=1e-5)
    assert (indices != np.arange(200)[:, None]).all()


def test_equal_neighbours_are_taken_in_order() -> None:
    vectors = np.ones((4, 2), np.float32) / np.sqrt(2, dtype=np.float32)
    indices, _ = nearest(vectors, vectors, 3, themselves=True)
    assert indices.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_the_weight_of_an_edge_is_the_overlap_of_neighbour_lists() -> None:
    graph = shared_neighbours(np.array([[1, 2], [0, 2], [0, 1], [0, 1]], np.int32))
    assert graph[0, 1] == pytest.approx(1.0)  # {0,1,2} and {1,0,2}
    assert graph[0, 3] == pytest.approx(2 / 4)  # {0,1,2} and {3,0,1}
    assert graph[2, 3] == 0.0  # neither names the other
    assert abs(graph - graph.T).max() == 0
