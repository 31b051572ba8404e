"""Groups merge where they are tied most above chance, and topics are put into lasting areas."""

import numpy as np
import pytest
from scipy import sparse

from insights.models import Topic
from insights.topics.areas import describe, group
from insights.topics.hierarchy import cuts, merges
from tests.worlds import NIGHT, around, points, world

TWELVE = 12


def test_the_strongest_tie_above_chance_is_merged_first() -> None:
    """Of a chain of four with one strong link, the strong link goes first."""
    edges = {(0, 1): 5.0, (1, 2): 1.0, (2, 3): 2.0}
    table = np.zeros((4, 4))
    for (one, other), weight in edges.items():
        table[one, other] = table[other, one] = weight
    tree = merges(sparse.csr_array(table), np.arange(4))
    assert {tree[0].kept, tree[0].other} == {2, 3}  # 2 of the 3 that row 2 has, and all of row 3
    assert [merge.resolution for merge in tree] == sorted(
        (merge.resolution for merge in tree), reverse=True
    )


def test_a_merge_happens_at_the_resolution_where_modularity_is_indifferent() -> None:
    """Two pairs tied by one edge: W = 2 * 3, each pair weighs half, 1 of 6 lies between them."""
    table = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], float)
    (merge,) = merges(sparse.csr_array(table), np.array([0, 0, 1, 1]))
    assert merge.resolution == pytest.approx((1 / 6) / (1 / 2 * 1 / 2))


def test_a_cut_above_all_merges_leaves_the_groups_and_below_all_joins_them() -> None:
    """The tree holds every granularity between the crumbs and one whole."""
    table = np.ones((3, 3)) - np.eye(3)
    groups = np.arange(3)
    tree = merges(sparse.csr_array(table), groups)
    above, below = cuts(groups, tree, [100.0, 0.01])
    assert len(set(above.tolist())) == 3
    assert len(set(below.tolist())) == 1


def test_what_is_not_tied_is_never_merged() -> None:
    """Two islands stay two."""
    table = np.kron(np.eye(2), np.ones((2, 2)) - np.eye(2))
    assert len(merges(sparse.csr_array(table), np.arange(4))) == 2


@pytest.fixture(scope="module")
def twelve():
    """Twelve topics around three themes, four a theme, ten passages a topic."""
    themes = points(3)
    centres = np.concatenate([around(theme, 4, 0.08, seed=i) for i, theme in enumerate(themes)])
    vectors = np.concatenate([around(c, 10, 0.01, seed=i) for i, c in enumerate(centres)])
    topics = np.repeat(np.arange(1, TWELVE + 1), 10)
    return world(vectors, np.linspace(9, 5, 120).tolist(), topics=topics.tolist())


def test_topics_of_one_theme_share_an_area(twelve) -> None:
    """As many areas as the square root of the topics, and each is one theme."""
    parents = group(twelve, {}, 1)
    areas = [parents[number] for number in range(1, TWELVE + 1)]
    assert [len(set(areas[start : start + 4])) for start in (0, 4, 8)] == [1, 1, 1]
    assert len(set(areas)) == 3


def test_a_stray_topic_goes_to_the_nearest_area_and_no_other_moves(twelve) -> None:
    """A topic that is born belongs somewhere the same night."""
    parents = group(twelve, {}, 1)
    known = {topic: area for topic, area in parents.items() if topic != 6}
    assert group(twelve, known, 4) == parents


def test_areas_that_are_made_anew_keep_the_numbers_of_those_they_hold(twelve) -> None:
    """An area's number follows its passages."""
    numbers = {area: 40 + area for area in (1, 2, 3)}
    parents = {t: numbers[a] for t, a in group(twelve, {}, 1).items()}
    known = {topic: area for topic, area in parents.items() if topic % 4 != 1}
    assert group(twelve, known, 50) == parents


def test_a_handful_of_topics_has_no_area(twelve) -> None:
    """Nine topics can be read without a table of contents."""
    few = twelve.take(twelve.topics < 10)
    assert group(few, {}, 1) == {}


def test_an_area_without_topics_is_retired_and_keeps_its_number(twelve) -> None:
    """What was an area stays on record."""
    first = describe((), {1: 1, 2: 2}, (), run_id="r1", as_of=NIGHT)
    then = describe(first, {1: 1}, (), run_id="r2", as_of=NIGHT)
    assert [(area.id, area.status, area.run_id) for area in then] == [
        ("A1", "active", "r1"),
        ("A2", "retired", "r1"),
    ]


def test_an_area_is_called_by_what_its_topics_share(twelve) -> None:
    """Neither by the words of one large topic nor by those that all areas say."""
    said = (("card lost", "card pin"), ("card late", "app card"), ("refund app", "refund gone"))
    topics = [
        Topic(number=n, title=f"The {words[0]}", keywords=words, status="active", born_at=NIGHT,
              run_id="r", size=size)
        for n, (words, size) in enumerate(zip(said, (10, 90, 10), strict=True), start=1)
    ]  # fmt: skip
    made = describe(
        (), {1: 1, 2: 1, 3: 2}, topics, run_id="r", as_of=NIGHT, stop_words=frozenset({"the"})
    )
    assert [area.title.split(",")[0].split()[0] for area in made] == ["Card", "Refund"]
    again = describe(made, {1: 1, 2: 2, 3: 2}, topics, run_id="s", as_of=NIGHT)
    assert [area.title for area in again] == [area.title for area in made]


def test_no_area_is_called_can_not() -> None:
    """A contraction of words that say nothing says nothing either."""
    titles = ("Can't open the page", "I can’t print", "can't sign in", "My page is gone")
    topics = [
        Topic(number=n, title=title, keywords=("page",), status="active", born_at=NIGHT,
              run_id="r", size=5)
        for n, title in enumerate(titles, start=1)
    ]  # fmt: skip
    parents = {1: 1, 2: 1, 3: 1, 4: 2}
    stop = frozenset({"the", "can", "i"})
    made = describe((), parents, topics, run_id="r", as_of=NIGHT, stop_words=stop)
    assert not any("can" in word for area in made for word in area.keywords)


def test_vectors_that_are_all_zero_still_get_an_area() -> None:
    """Nothing to go by is no error."""
    nothing = world(np.zeros((TWELVE, 8), np.float32), [1.0] * TWELVE, topics=[*range(TWELVE)])
    assert set(group(nothing, {}, 1)) == set(range(TWELVE))
