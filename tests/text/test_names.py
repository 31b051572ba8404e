"""Names of people who are known go; words that people are also called stay."""

import pytest
import spacy

from insights.errors import SettingsError
from insights.text.names import known_names, pipeline
from insights.text.redact import redact, spans

PEOPLE = frozenset({"will", "may", "apple", "wrenna holtbeck", "jo_doe77", "marianne", "ann", "bo"})


def hide(text):
    return redact(text, lambda text: known_names(text, lambda name: name.casefold() in PEOPLE))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("As Marianne said, it fails", "As <NAME> said, it fails"),
        ("Marianne's fix works.", "<NAME>'s fix works."),
        ("I asked Wrenna Holtbeck yesterday", "I asked <NAME> yesterday"),
        ("jo_doe77 has it too", "<NAME> has it too"),
        ("Thanks Will, it works", "Thanks <NAME>, it works"),
        ("Fixed.\n-- Ann", "Fixed.\n-- <NAME>"),
    ],
)
def test_a_known_name_is_hidden(text, expected):
    """The full name of somebody known goes, wherever it stands."""
    assert hide(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Will it work in May? Apple Maps says so.",
        "it may be that marianne is a street",
        "Annual reports and Marianneville",
        "Wrenna is a first name only",
        "Bo has two letters",
        "see https://x.example/Marianne",
        "the file Marianne/readme",
    ],
)
def test_words_and_parts_of_words_stay(text):
    """Common words, parts of names, lower case and paths are no names."""
    assert hide(text) == text


def test_patterns_are_right_before_names_and_nothing_is_lost():
    """A name inside an address is part of the address; offsets point into the first text."""
    text = "Marianne <marianne@x.example> and Ann"
    found = spans(text, lambda t: known_names(t, lambda name: name.casefold() in PEOPLE))
    assert [(text[s.start : s.end], s.kind) for s in found] == [
        ("Marianne", "NAME"),
        ("marianne@x.example", "EMAIL"),
        ("Ann", "NAME"),
    ]


def test_a_trained_pipeline_names_people(tmp_path):
    """Any spaCy pipeline that finds people can be named by its folder; other entities stay."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [{"label": "PERSON", "pattern": "Odwina"}, {"label": "ORG", "pattern": "Lanternmoor"}]
    )
    nlp.to_disk(tmp_path / "people")
    find = pipeline(str(tmp_path / "people"))
    assert redact("Odwina of Lanternmoor", find) == "<NAME> of Lanternmoor"
    assert redact("x " * 120_000 + "Odwina", find).endswith("<NAME>")


def test_a_pipeline_that_is_not_there_is_named():
    """One sentence says what is missing."""
    with pytest.raises(SettingsError, match="no_such_pipeline"):
        pipeline("no_such_pipeline")
