"""What is asked for, what fails and who leaves is found word for word."""

import json
import time
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.models import Span
from insights.text.asked import forgetful, spans, told
from insights.text.reading import ASKS_FOR, CONDITION, FAILS, LEAVES, SWITCHES_TO
from insights.text.tables import expand, table

SENTENCES = tomllib.loads((Path(__file__).parent / "data" / "asked.toml").read_text("utf-8"))
LANGUAGES = ("en", "de", "fr", "es")


def first(text: str, kind: str, language: str = "en") -> str:
    return next(told(text, spans(text, language), kind), "")


def overlap(one: str, other: str) -> float:
    """F1 of the words of two phrases."""
    a, b = one.lower().split(), other.lower().split()
    return 2 * len(set(a) & set(b)) / (len(a) + len(b)) if a or b else 1.0


def pairs() -> Iterator[tuple[str, str, str]]:
    """Yield (kind, what should be found, what is) for each sentence, "" for nothing."""
    for text, asked in SENTENCES["requests"]:
        yield ASKS_FOR, asked, first(text, ASKS_FOR)
    for text, fails, conditions in SENTENCES["problems"]:
        yield FAILS, fails, first(text, FAILS)
        for place, condition in enumerate(conditions):
            found = list(told(text, spans(text), CONDITION))
            yield CONDITION, condition, found[place] if place < len(found) else ""
    for text in SENTENCES["nothing"]:
        for kind in (ASKS_FOR, FAILS, CONDITION):
            yield kind, "", first(text, kind)


@pytest.mark.parametrize("kind", [ASKS_FOR, FAILS, CONDITION])
def test_most_of_it_is_found_and_little_else(kind):
    """Nine of ten are found to the letter, and of what is found nine words of ten are right."""
    mine = [(wanted, found) for name, wanted, found in pairs() if name == kind]
    wanted = [pair for pair in mine if pair[0]]
    found = [pair for pair in mine if pair[1]]
    assert sum(a == b for a, b in wanted) / len(wanted) >= 0.9
    assert sum(overlap(a, b) for a, b in found) / len(found) >= 0.9


@pytest.mark.parametrize(("text", "leaves", "to"), SENTENCES["statements"])
def test_who_leaves_is_told_from_who_leaves_a_comment(text, leaves, to):
    """Uninstalling, cancelling and moving away count; a mode, a meeting and a download do not."""
    assert (bool(first(text, LEAVES)), first(text, SWITCHES_TO)) == (leaves, to)


@pytest.mark.parametrize(
    ("language", "text", "kind", "expected"),
    [
        ("de", "Bitte einen Export nach CSV hinzufügen.", ASKS_FOR, "Export nach CSV"),
        ("de", "Ich wünsche mir einen dunklen Modus", ASKS_FOR, "dunklen Modus"),
        ("de", "Seit dem Update stürzt die App ab", CONDITION, "Seit dem Update"),
        ("de", "Die Suche funktioniert nicht mehr", FAILS, "Suche funktioniert nicht"),
        ("fr", "Merci d'ajouter un mode sombre", ASKS_FOR, "mode sombre"),
        ("fr", "J'aimerais avoir un widget météo.", ASKS_FOR, "widget météo"),
        ("fr", "L'application plante depuis la mise à jour", CONDITION, "depuis la mise à jour"),
        ("es", "Por favor añadan un modo oscuro", ASKS_FOR, "modo oscuro"),
        ("es", "La aplicación se cierra desde la actualización", FAILS, "aplicación se cierra"),
    ],
)
def test_a_language_is_a_table(language, text, kind, expected):
    """German, French and Spanish are read by the same rules from tables of their own."""
    assert first(text, kind, language) == expected


def test_a_language_without_a_table_tells_nothing():
    """Nothing is guessed with another language's words."""
    assert spans("Please add dark mode.", "fi") == []
    assert spans("Please add dark mode.", "../en") == []


def test_a_known_rival_is_believed_in_lower_case():
    """A name that is on a list needs no capital."""
    text = "we switched to inkwell"
    named = [Span(15, 22, "competitors/Inkwell")]
    assert list(told(text, spans(text, "en", named), SWITCHES_TO)) == ["inkwell"]
    assert list(told(text, spans(text, "en"), SWITCHES_TO)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hint_is_in_every_turn_of_phrase(language):
    """What the cheap look rules out, the tables would not have found."""
    turns = table(language)
    raw = tomllib.loads(
        files("insights.text").joinpath(f"turns/{language}.toml").read_text("utf-8")
    )
    lines = [
        line
        for part in raw.values()
        for name, value in part.items()
        if isinstance(value, list) and name != "skip" and part is not raw["conditions"]
        for line in value
    ]
    phrases = [phrase for line in lines for phrase in islice(expand(line, raw["lists"]), 50)]
    assert len(phrases) > 100
    assert all(turns.hint.search(phrase) for phrase in phrases)


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "please add " * 90_000, ". " * 500_000, "not " * 250_000,
     "since the " * 100_000, "<b>" * 300_000, "\u202e\u200b" * 100_000, "add a-" * 100_000],
    ids=["no space", "please", "dots", "not", "since", "tags", "hidden", "hyphens"],
)  # fmt: skip
def test_long_texts_cost_no_more_than_their_beginning(text):
    """A megabyte takes less than a second of the processor, table and all."""
    spans("warm", "en")
    started = time.process_time()
    spans(text, "en")
    assert time.process_time() - started < 1.0


HOSTILE = Path(__file__).parents[2].parent / "shared" / "hostile" / "payloads.jsonl"


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    "please",
                    "add",
                    "can't",
                    "since",
                    "4.2",
                    "on",
                    "Android",
                    "the",
                    "app",
                    "crashes",
                    "-",
                    ".",
                    ",",
                    "(",
                    "switching",
                    "to",
                    "X",
                    "when",
                    "if",
                    "not",
                    "is",
                    "missing",
                    "option",
                    "to",
                    "应用",
                    "\u200b",
                    "’",
                    "“",
                    "É",
                ]
            ),
            max_size=40,
        ).map(" ".join),
    )
)
def test_no_text_breaks_it_and_offsets_are_true(text):
    """Every span lies in the text, begins and ends with something to see, and none is doubled."""
    found = [span for language in LANGUAGES for span in spans(text, language)]
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] for s in found)
    assert all(0 <= span.start < span.end <= len(text) for span in found)


def test_hostile_strings_are_read_like_any_other():
    """None of the shared set, where it is at hand, raises."""
    lines = HOSTILE.read_text("utf-8").split("\n") if HOSTILE.exists() else []
    texts = [json.loads(line)["text"] for line in lines if line] or ["\x00\ud7ff\u202e"]
    with forgetful(LANGUAGES):
        read = [span for text in texts for span in spans(text)]
    assert all(span.start < span.end for span in read)


def test_what_is_forgotten_can_be_read_again():
    """Words that were met in a batch are forgotten, turns of phrase are not."""
    for _ in range(3):
        with forgetful(["en", "fi"]):
            assert first("Please add zorbling mode", ASKS_FOR) == "zorbling mode"
