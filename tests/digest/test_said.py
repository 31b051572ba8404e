"""What several people say in the same words is shown with how many they are."""

import pytest

from insights.digest.said import most_said

STOP = frozenset(["to", "the", "a", "since", "after", "for", "in", "of"])


def said(*phrases: tuple[int, str], floor: int = 2) -> list[tuple[str, int]]:
    return [(share.name, share.people) for share in most_said(phrases, STOP, floor=floor)]


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        ([(1, "dark mode"), (2, "Dark mode for the editor"), (3, "dark mode"), (4, "export to CSV"),
          (5, "export to CSV files")], [("dark mode", 3), ("export to CSV", 2)]),
        ([(1, "since 4.2"), (2, "since 4.2"), (3, "after 4.2")], [("4.2", 3)]),
        ([(1, "app crashes"), (2, "app freezes"), (3, "app hangs")], []),
        ([(1, "widgets"), (2, "new widgets")], [("widgets", 2)]),
        ([(1, "dark mode")] * 9, []),
        ([], []),
    ],
    ids=["longest shared", "without its preposition", "a word that says nothing", "a single word",
         "one loud person", "nothing"],
)  # fmt: skip
def test_the_stretch_that_most_people_share(phrases, expected):
    """People count, not phrases; longer stretches beat shorter ones that hardly more people say."""
    assert said(*phrases) == expected


def test_nothing_below_the_floor():
    """Two of three are not shown; and one is not even where the floor is one."""
    assert said((1, "dark mode"), (2, "dark mode"), floor=3) == []
    assert said((1, "dark mode"), floor=1) == []
