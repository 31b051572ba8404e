"""Severity names its cue; sentiment follows from intents."""

import json
import time
from pathlib import Path

import pytest

from insights.signals.sentiment import sentiment
from insights.signals.severity import severity

HOSTILE = Path(__file__).parents[2].parent / "shared" / "hostile" / "payloads.jsonl"


@pytest.mark.parametrize(
    ("text", "level", "cue"),
    [
        ("All my notes are gone after the sync!", "blocked", "data loss"),
        ("I was charged twice this month", "blocked", "payment"),
        ("Anyone can see the private boards, strangers can read them", "blocked", "security"),
        ("I can't log in since Tuesday", "blocked", "cannot get in"),
        ("It won’t open any more", "blocked", "cannot get in"),
        ("The viewer crashes when I zoom", "blocked", "crash"),
        ("The filter does not work", "degraded", "does not work"),
        ("The date is wrong in the list", "degraded", "wrong result"),
        ("Scrolling is a bit laggy", "degraded", "slow or awkward"),
        ("There is a typo on the start page", "cosmetic", "looks"),
        ("Wrong icon in the toolbar", "cosmetic", "looks"),
        ("It crashes, but there is a workaround", "degraded", "crash, with a way around"),
    ],
)
def test_the_worst_cue_holds(text, level, cue):
    """Blocked, degraded or cosmetic, and why."""
    found = severity(text)
    assert found is not None
    assert (found.level, found.cue) == (level, cue)


@pytest.mark.parametrize(
    "text",
    ["I love it", "", "No crashes so far", "Thanks for all the bug fixes", "never had any issues",
     "Please add dark mode"],
)  # fmt: skip
def test_no_cue_is_no_severity(text):
    """What is denied, fixed or asked for is not bad."""
    assert severity(text) is None


def test_a_rating_moves_it_a_little():
    """One star makes the same words worse, five make them milder; the scale stays 0..1."""
    one, none, five = (severity("The filter does not work", stars) for stars in (1, None, 5))
    assert one.score > none.score > five.score
    assert five.score > 0
    assert severity("data loss", 1).score <= 1


def test_sentiment_is_praise_less_problem():
    """Within -1..1; a model with other labels has none."""
    assert sentiment({"praise": 0.9, "problem": 0.1}) == 0.8
    assert sentiment({"bug": 1.0}) is None


@pytest.mark.parametrize(
    "text", ["a" * 10**6, "lost " * 200_000, "is not " * 150_000, "can" * 10**5]
)
def test_long_texts_are_bounded(text):
    """A megabyte takes no longer than its beginning."""
    severity("warm")
    started = time.process_time()
    severity(text)
    assert time.process_time() - started < 0.5


def test_hostile_strings_do_no_harm():
    """Every score of the shared set, where it is at hand, is on the scale."""
    lines = HOSTILE.read_text("utf-8").split("\n") if HOSTILE.exists() else []
    texts = [json.loads(line)["text"] for line in lines if line] or ["\x00 data loss \u202e"]
    found = [severity(text) for text in texts]
    assert all(0 <= bad.score <= 1 for bad in found if bad)
