"""Groups are found without being told how many there are, and nobody is left out."""

import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from insights.topics.clusterer import NeighbourLeiden, by_size
from insights.topics.geometry import centred
from insights.topics.neighbours import in_cells, nearest
from insights.topics.resolution import agreement, neighbour_graph
from insights.topics.umap_hdbscan import UmapHdbscan
from tests.worlds import around, points


def groups(sizes, spread=0.1):
    centres = points(len(sizes))
    rows = [
        around(c, n, spread, seed=i) for i, (c, n) in enumerate(zip(centres, sizes, strict=True))
    ]
    return np.concatenate(rows), np.repeat(np.arange(len(sizes)), sizes)


def test_separate_groups_are_found_whatever_their_sizes() -> None:
    vectors, gold = groups([120, 60, 30, 15])
    labels = NeighbourLeiden().fit(vectors).labels_
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


def test_an_edge_joins_where_either_is_a_neighbour_and_weighs_the_cosine() -> None:
    """Cosines below zero make no edge: they say that two rows are less alike than by chance."""
    indices = np.array([[1], [2], [1], [0]], np.int32)
    cosines = np.array([[0.9], [0.5], [0.5], [-0.2]], np.float32)
    graph = neighbour_graph(indices, cosines)
    assert graph[0, 1] == pytest.approx(0.9)
    assert graph[1, 2] == graph[2, 1] == 0.5
    assert graph[0, 3] == 0.0
    assert abs(graph - graph.T).max() == 0


def test_pure_noise_is_one_group() -> None:
    """Where the two halves of the dimensions agree on nothing, nothing is told apart."""
    noise = points(300, seed=5)
    assert set(NeighbourLeiden().fit(noise).labels_) == {0}


@pytest.mark.parametrize("size", [10, 60], ids=["small groups", "large groups"])
def test_the_resolution_follows_the_size_of_the_groups(size: int) -> None:
    """Twelve groups are twelve groups, whether they are of ten or of sixty."""
    vectors, gold = groups([size] * 12, spread=0.08)
    found = NeighbourLeiden().fit(centred(vectors, np.full(len(vectors), None)))
    assert adjusted_rand_score(gold, found.labels_) > 0.9


def test_groupings_that_tell_nothing_apart_do_not_agree() -> None:
    """Two halves that both see one heap confirm nothing."""
    one_heap = np.zeros(5, np.int64)
    assert agreement(one_heap, one_heap) == 0.0
    assert agreement(np.array([0, 0, 1]), np.array([4, 4, 2])) == 1.0


def test_rows_that_are_not_numbers_harm_nobody_else() -> None:
    """A broken vector counts as zero."""
    vectors, gold = groups([40, 40])
    vectors[7] = np.nan
    labels = NeighbourLeiden().fit(vectors).labels_
    sound = np.arange(80) != 7
    assert adjusted_rand_score(gold[sound], labels[sound]) > 0.95


def test_a_language_is_not_a_topic() -> None:
    """Two languages that say the same two things make two groups once they are centred."""
    said, tongues = points(2), points(4, seed=9)[2:]
    vectors = np.concatenate(
        [around(2 * tongue + what, 40, seed=3) for tongue in tongues for what in said]
    )
    languages = np.repeat(np.array(["en", "fr"], object), 80)
    what = np.tile(np.repeat([0, 1], 40), 2)
    labels = NeighbourLeiden().fit(centred(vectors, languages)).labels_
    assert adjusted_rand_score(what, labels) > 0.95


def test_a_new_search_starts_from_the_groups_of_yesterday() -> None:
    """On vectors that allow many answers, yesterday's answer is kept better than a fresh one."""
    vectors, _ = groups([60] * 6, spread=0.45)
    first = NeighbourLeiden(resolution=2.0).fit(vectors[:340]).labels_
    before = np.r_[first, np.full(20, -1)]
    fresh = NeighbourLeiden(resolution=2.0, seed=5).fit(vectors).labels_
    again = NeighbourLeiden(resolution=2.0, seed=5).fit(vectors, before).labels_
    kept = adjusted_rand_score(first, again[:340])
    assert kept >= adjusted_rand_score(first, fresh[:340])


def test_cells_find_nearly_all_neighbours() -> None:
    """The approximate index answers as the exact one does, for most of every list."""
    vectors, _ = groups([100] * 60, spread=0.2)
    near, cosines = in_cells(vectors, 10)
    exact, _ = nearest(vectors, vectors, 10, themselves=True)
    shared = (near[:, :, None] == exact[:, None, :]).any(axis=2).mean()
    assert shared > 0.8
    assert (near != np.arange(len(vectors))[:, None]).all()
    assert (np.diff(cosines, axis=1) <= 0).all()


DIGEST = """
import hashlib, numpy as np
from insights.topics.clusterer import NeighbourLeiden
from insights.topics.neighbours import in_cells
from tests.worlds import points
centres = points(40, seed=3)
rows = np.repeat(centres, 50, 0) + 0.3 * points(2000, seed=4)
rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
labels = NeighbourLeiden().fit(rows).labels_
near, _ = in_cells(rows, 10)
print(hashlib.sha256(labels.tobytes() + near.tobytes()).hexdigest())
"""


def test_the_number_of_threads_changes_nothing() -> None:
    """The same vectors give the same groups and neighbours on one thread and on four."""
    told = set()
    for threads in ("1", "4"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {
            **os.environ,
            **dict.fromkeys(names, threads),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        command = [sys.executable, "-c", DIGEST]
        told.add(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert len(told) == 1


@pytest.mark.model
def test_umap_and_hdbscan_can_take_the_place() -> None:
    """BERTopic's own clusterer answers to the same names."""
    vectors, gold = groups([60, 40, 30])
    found = UmapHdbscan().fit(vectors)
    sure = found.labels_ >= 0
    assert adjusted_rand_score(gold[sure], found.labels_[sure]) > 0.9
    assert found.indices_.shape == found.cosines_.shape == (130, 15)


@pytest.mark.parametrize("count", [0, 1, 2, 19])
def test_umap_and_hdbscan_leave_too_few_alone(count: int) -> None:
    """UMAP needs more rows than neighbours."""
    assert UmapHdbscan().fit(points(20)[:count]).labels_.tolist() == [-1] * count
