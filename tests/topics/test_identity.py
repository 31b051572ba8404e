"""A topic keeps its number for as long as it keeps its members; what happens to it is told."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from insights.topics import identity


def told(before, after):
    pairs, table = identity.match(np.array(before), np.array(after))
    groups = range(max([*after, -1]) + 1)
    fresh = iter(range(100, 200))
    names = {group: pairs[group] if group in pairs else next(fresh) for group in groups}
    numbers = sorted({number for number in before if number >= 0})
    events = identity.events(pairs, names, numbers, table)
    return names, {(event.event, event.topic_id, event.others) for event in events}


def test_groups_with_the_same_members_go_on_under_their_numbers() -> None:
    names, events = told([5, 5, 5, 9, 9], [1, 1, 1, 0, 0])
    assert names == {0: 9, 1: 5}
    assert events == {("continued", "T5", ()), ("continued", "T9", ())}


def test_a_part_that_leaves_is_a_split_and_names_where_it_came_from() -> None:
    names, events = told([5] * 10, [0] * 7 + [1] * 3)
    assert names == {0: 5, 1: 100}
    assert events == {("continued", "T5", ()), ("split", "T100", ("T5",))}


def test_a_topic_that_is_swallowed_is_merged_and_names_by_whom() -> None:
    names, events = told([5] * 10 + [9] * 3, [0] * 13)
    assert names == {0: 5}
    assert events == {("continued", "T5", ()), ("merged", "T9", ("T5",))}


def test_new_members_alone_are_born() -> None:
    names, events = told([5, 5, -1, -1, -1], [0, 0, 1, 1, 1])
    assert names == {0: 5, 1: 100}
    assert ("born", "T100", ()) in events


def test_a_topic_that_is_scattered_is_retired() -> None:
    _, events = told([5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8],
                     [0, 1, 2, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])  # fmt: skip
    assert ("retired", "T5", ()) in events


@given(st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 5)), min_size=1, max_size=60))
def test_no_number_is_given_twice_and_every_old_topic_is_accounted_for(rows) -> None:
    before = np.array([old for old, _ in rows])
    _, after = np.unique([new for _, new in rows], return_inverse=True)
    names, events = told(before.tolist(), after.tolist())
    assert len(set(names.values())) == len(names)
    ends = [topic for event, topic, _ in events if event in ("continued", "merged", "retired")]
    assert sorted(ends) == sorted(f"T{number}" for number in set(before.tolist()) - {-1})


def test_a_topic_does_not_change_hands_for_a_better_sum() -> None:
    """Pairing 5 with the other group would leave more overlap over all; the holder keeps it."""
    before = [5] * 25 + [9] * 2
    after = [0] * 14 + [1] * 11 + [0] * 2
    names, events = told(before, after)
    assert names == {0: 5, 1: 100}
    assert ("merged", "T9", ("T5",)) in events


def test_of_like_overlaps_the_nearer_centre_decides() -> None:
    """Two halves of a topic: the one that lies where the topic lay goes on as the topic."""
    here, there = np.eye(2, dtype=np.float32)
    vectors = np.array([here] * 3 + [there] * 2 + [here] * 3 + [there] * 2)
    before = np.array([5] * 10)
    for sides in ([0] * 5 + [1] * 5, [1] * 5 + [0] * 5):
        pairs, _ = identity.match(before, np.array(sides), vectors)
        assert len(pairs) == 1
    vectors[:5], vectors[5:] = here, there
    vectors[5:7] = here  # the topic's centre leans to the first half
    for sides, nearer in (([0] * 5 + [1] * 5, 0), ([1] * 5 + [0] * 5, 1)):
        pairs, _ = identity.match(before, np.array(sides), vectors)
        assert pairs == {nearer: 5}
