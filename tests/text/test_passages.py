"""What cutting a text promises: nothing lost, nothing twice, parts that can stand alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.corpus import count_words
from insights.text.clean import clean
from insights.text.passages import MOST, MOST_PASSAGES, split
from insights.text.quote import bounds, quote

ASK = "The lantern on my porch goes out whenever the ferry passes, which started last week."
WISH = "It would be lovely if the timetable could be printed on one page for the notice board."
LONG = "\n\n".join([ASK, WISH] * 3)


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


def test_a_short_text_is_one_passage():
    assert parts(f"{ASK} {WISH}\n") == [f"{ASK} {WISH}"]
    assert split("") == split(" \n") == []


def test_paragraphs_of_a_long_text_are_passages():
    """What was asked in a paragraph of its own is a passage of its own."""
    assert parts(LONG) == [ASK, WISH] * 3


def test_what_is_too_short_to_stand_alone_goes_with_its_neighbour():
    """A heading goes with what is below it, a last word with what is above it."""
    assert parts(f"Porch\n\n{ASK}\n\n{LONG}\n\nThank you")[0] == f"Porch\n\n{ASK}"
    assert parts(f"{LONG}\n\nThank you")[-1] == f"{WISH}\n\nThank you"


def test_a_paragraph_that_is_too_long_is_cut_between_sentences():
    cut = parts(" ".join([ASK, WISH] * 10))
    assert len(cut) >= 4
    assert all(part.endswith((ASK, WISH)) and count_words(part) <= MOST for part in cut)


def test_a_document_has_a_bounded_number_of_passages_and_loses_nothing():
    text = "\n\n".join([ASK, WISH] * MOST_PASSAGES)
    cut = split(text)
    assert len(cut) == MOST_PASSAGES
    assert cut[-1][1] == len(text)


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "字" * 20_000, "a " * 20_000, "a.\n\n" * 10_000, "? " * 10_000],
    ids=["no space", "no spaces in script", "no sentence", "paragraphs of a word", "only ends"],
)
def test_time_is_bounded_whatever_the_text(text):
    begun = time.process_time()
    cut = split(clean(text, "plain").text)
    assert len(cut) <= MOST_PASSAGES
    assert time.process_time() - begun < 20


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([ASK, WISH, "Ok.", "\n", "\n\n", "  ", "§", "はい。"]), max_size=40)
)
def test_passages_are_in_order_and_leave_out_spaces_only(pieces):
    text = " ".join(pieces)
    at = 0
    for start, end in split(text):
        assert text[at:start].strip() == ""
        assert text[start:end].strip() == text[start:end] != ""
        at = end
    assert text[at:].strip() == ""


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([ASK, WISH, "**Porch**", "> quoted", "- one"]), max_size=12))
def test_offsets_bound_the_words_in_the_text_as_it_was_written(paragraphs):
    """What can be quoted of a passage is found between its offsets; passages keep their order."""
    written = "\n\n".join(paragraphs)
    cut = parts(clean(written, "markdown").text)
    spans = bounds(written, cut)
    assert spans == sorted(spans)
    for part, (start, end) in zip(cut, spans, strict=True):
        if quote(written, part) is None:  # whose words stand apart, with quoted ones between
            continue
        found = quote(written[start:end], part)
        assert found is not None
        assert len(part) < 60 or found[1] - found[0] >= min(len(ASK), len(WISH))


def test_marks_within_a_passage_lie_between_its_offsets():
    written = "Hi!\n\nThe **lantern**\non my [porch](https://porch.example/x) goes out. Bye."
    (span,) = bounds(written, ["The lantern on my porch goes out."])
    assert written[slice(*span)] == written[5 : written.index(" Bye")]


def test_a_passage_that_is_not_there_spans_wherever_it_may_be():
    assert bounds("one two three four", ["one two", "nine ten eleven"]) == [(0, 7), (0, 18)]
