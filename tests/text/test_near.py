"""Copies share a mark, whoever changes a few words of them; short coincidences do not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.text.near import ALIKE, likeness, marks, may_repeat, words_of
from insights.text.noise import normal_form

WORDS = [f"{a}{b}" for a in ("mar", "tol", "ves", "quin", "dra") for b in ("ko", "la", "ne", "pur")]


def shared(one: str, other: str, authors: tuple[str | None, str | None] = ("a", "b")) -> bool:
    first, second = marks([normal_form(one), normal_form(other)], authors)
    return bool(set(first) & set(second))


def test_most_texts_that_differ_by_a_few_words_share_a_mark() -> None:
    """Of 200 texts of 30 words, two of them changed, at least 95 % are found."""
    dice = random.Random(5)
    found = 0
    for _ in range(200):
        words = dice.choices(WORDS, k=30)
        changed = list(words)
        for at in dice.sample(range(30), 2):
            changed[at] = "other"
        found += shared(" ".join(words), " ".join(changed))
    assert found >= 190


def test_texts_of_the_same_words_in_another_order_are_not_alike() -> None:
    words = WORDS[:]
    random.Random(2).shuffle(words)
    assert likeness(WORDS, words) < ALIKE
    assert likeness(WORDS, WORDS) == 1.0


@pytest.mark.parametrize(
    ("text", "same_author", "exactly", "may"),
    [
        ("it crashes", False, True, False),
        ("it crashes", True, True, True),
        ("the tide table is wrong again", False, True, True),
        ("the tide table is wrong again", True, False, False),
        ("the tide table is wrong again since the last update", True, False, True),
        ("the tide table is wrong again since the last update", False, False, False),
        ("应用程序打不开了", False, True, False),
        ("应用程序更新以后一直打不开了请修复", False, True, True),
    ],
)
def test_only_what_is_long_enough_may_be_a_copy(
    text: str, same_author: bool, exactly: bool, may: bool
) -> None:
    """Two people write the same short complaint; one person does not by chance."""
    assert may_repeat(text, same_author=same_author, exactly=exactly) is may


def test_short_texts_share_marks_with_their_author_only() -> None:
    assert shared("It crashes!", "it crashes", ("a", "a"))
    assert not shared("It crashes!", "it crashes", ("a", "b"))
    assert not shared("It crashes!", "it crashes", (None, None))


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_text_has_marks_of_64_bits(texts: list[str]) -> None:
    """Also without words, and with half of a surrogate pair."""
    given_texts = [*texts, "\ud800 " * 20, "", "x" * 50_000]
    for mine in marks([normal_form(text) for text in given_texts], [None] * len(given_texts)):
        assert all(-(2**63) <= mark < 2**63 for mark in mine)


@given(st.text(max_size=300), st.text(max_size=300))
def test_marks_hang_on_the_text_and_not_on_its_neighbours(one: str, other: str) -> None:
    """However texts are batched, each has the same marks."""
    both = marks([normal_form(one), normal_form(other)], ["a", None])
    assert both == [*marks([normal_form(one)], ["a"]), *marks([normal_form(other)], [None])]


@given(st.text(max_size=300))
def test_likeness_is_a_share(text: str) -> None:
    words = words_of(normal_form(text))
    assert likeness(words, words) in (0.0, 1.0)
