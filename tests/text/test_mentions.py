"""Names of a user's lists are counted as whole words, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from insights.text.mentions import MentionOptions, Mentions, counts

LISTS = MentionOptions(
    competitors=["Inkwell", "Note Barn"],
    features={"export": ["exporting"], "导出": [], "C++": []},
)


def found(text: str) -> dict[str, dict[str, int]]:
    return counts(Mentions(LISTS).spans(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inkwell and INKWELL’s pages", {"competitors": {"Inkwell": 2}}),
        ("the note barn exporting", {"competitors": {"Note Barn": 1}, "features": {"export": 1}}),
        ("inkwells, exporter, notebarn", {}),
        ("我想导出文件", {"features": {"导出": 1}}),
        ("(export), export! C++?", {"features": {"export": 2, "C++": 1}}),
        ("", {}),
    ],
    ids=["case", "alias", "parts of words", "no spaces", "marks", "empty"],
)
def test_names_are_counted(text, expected):
    """Without regard to case, in every way they are written, and never inside another word."""
    assert found(text) == expected


def test_no_lists_find_nothing():
    """Where nothing is configured, nothing is looked for."""
    assert Mentions(MentionOptions()).spans("Inkwell") == []


def test_a_list_of_something_else_is_refused():
    """Names are words."""
    with pytest.raises(ValidationError):
        MentionOptions(competitors=[{"name": 1}])


@given(st.text(max_size=200))
def test_spans_are_true_in_any_text(text):
    """What is found is one of the ways to write the name."""
    mentions = Mentions(LISTS)
    for span in mentions.spans(text + " Export"):
        said = (text + " Export")[span.start : span.end].casefold()
        assert said in {"inkwell", "note barn", "export", "exporting", "导出", "c++"}
