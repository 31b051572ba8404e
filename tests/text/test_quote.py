"""A quote stands in the post, character by character."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.text.clean import clean
from insights.text.quote import quote


@pytest.mark.parametrize(
    ("stored", "passage", "expected"),
    [
        ("It crashes. Every day!", "Every day!", "Every day!"),
        ("It **always** crashes\n on   start.", "It always crashes on start.", None),
        (
            "See [the manual page](https://x.example) now",
            "See the manual page now",
            "See [the manual page",
        ),
        ("<p>Sync is so slow.</p>", "Sync is so slow.", "Sync is so slow."),
        ("mail <EMAIL> to me", "mail <EMAIL> to me", "mail <EMAIL> to me"),
        ("このアプリはとても良い。", "とても良い。", "とても良い。"),
        ("WORKS fine", "works fine", "WORKS fine"),
    ],
    ids=["as it is", "marks", "link", "html", "placeholder", "japanese", "case"],
)
def test_the_longest_verbatim_run_is_found(stored, passage, expected):
    """Marks between words do not matter; what differs in words ends the run."""
    start, end = quote(stored, passage)
    assert stored[start:end] == (expected if expected is not None else stored)


@pytest.mark.parametrize(
    ("stored", "passage"),
    [("something else entirely", "it crashes on start"), ("", "word"), ("word", ""), ("…", "!")],
)
def test_nothing_is_quoted_that_is_not_there(stored, passage):
    """No span is better than a false one."""
    assert quote(stored, passage) is None


def test_a_limit_cuts_between_words():
    """A shortened quote ends with a whole word, or a sentence where there is one."""
    text = "The first sentence is here. The second one is quite a bit longer than that."
    start, end = quote(text, text, limit=50)
    assert text[start:end] == "The first sentence is here."
    start, end = quote(text, text, limit=20)
    assert text[start:end] == "The first sentence"


def test_time_grows_with_the_lengths_and_not_their_product():
    """Repetitive text is not slow."""
    begun = time.process_time()
    assert quote("a b " * 20_000, "b a " * 20_000) is not None
    assert time.process_time() - begun < 4


@given(st.text(max_size=200))
def test_offsets_are_true_and_words_are_the_authors(text):
    """Whatever is found lies inside the stored text."""
    found = quote(text, clean(text).text)
    if found is not None:
        assert 0 <= found[0] < found[1] <= len(text)
