"""Whatever is written: nothing personal is left, offsets are true, and time grows with size."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.models import Post
from insights.text.clean import clean
from insights.text.names import known_names
from insights.text.noise import fingerprint, noise
from insights.text.quote import quote
from insights.text.redact import redact, spans
from tests.text.personal import PERSONAL

HOSTILE = Path(__file__).parents[2].parent / "shared" / "hostile" / "payloads.jsonl"
MARKUPS = ("auto", "html", "markdown", "bbcode", "plain")
CONTEXTS = st.sampled_from(
    [" ", "", "\n", ".", ", ", "!", "(", ")", "«", "»",
    "“", "\u200b", "\u200f", "\u202e", "é", "字",
     "و", "🙂", "> ", "**", "`", "<b>", "</p>", "word", "Word ",
     "call ", "my card is ", "1", "-", ":",
     "_", "@", "/", "=", '"', "'", "\t", "\x00", "İ", "ß",
     "²", "٣", "id ", "order ", "#", "<EMAIL>"]
)  # fmt: skip
SPACED = st.sampled_from(
    [
        " ",
        "\n",
        ", ",
        " (",
        ") ",
        "! ",
        "… ",
        " – ",
        "\n> ",
        "\u3000",
        " 字 ",
        " نعم ",
        "\xa0",
        " 🙂 ",
    ]
)
PIECES = st.sampled_from([text for _, text in PERSONAL])


def mixtures() -> st.SearchStrategy[str]:
    """Texts of personal data, glue, markup and anything else, in any order."""
    part = st.one_of(PIECES, CONTEXTS, st.text(max_size=6))
    return st.lists(part, max_size=16).map("".join)


@pytest.mark.parametrize(("kind", "text"), PERSONAL, ids=[kind for kind, _ in PERSONAL])
def test_each_kind_is_found(kind: str, text: str) -> None:
    """Every kind of personal data is found in a sentence; its placeholder is no tag."""
    assert f"<{kind}>" in redact(f"So here: {text}, and that is all.")
    assert clean(f"<p>It is <{kind}> here</p>", "html").text == f"It is <{kind}> here"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nothing_planted_is_left_among_any_words(data: st.DataObject) -> None:
    """What is personal goes whichever letters, signs and other personal data stand around it."""
    planted = data.draw(st.lists(st.sampled_from(PERSONAL), min_size=1, max_size=5))
    letters = st.text(st.characters(categories=("L", "Zs", "Po")), max_size=12)
    text = data.draw(letters) + " "
    for _, piece in planted:
        text += data.draw(SPACED) + piece + data.draw(SPACED) + data.draw(letters) + " "
    left = redact(text)
    assert [piece for kind, piece in planted if _secret(kind, piece) in left] == []


def _secret(kind: str, piece: str) -> str:
    """The part of an example that must go: words that introduce it may stay."""
    words = piece.split("\n")[0].split(" ")
    digits = [word for word in words if any(c.isdigit() for c in word) or "@" in word]
    return max(digits or words, key=len) if kind != "URL_CREDENTIALS" else piece


@settings(max_examples=400, deadline=None)
@given(mixtures())
def test_redaction_leaves_no_match_and_its_offsets_are_true(text: str) -> None:
    """Redacted text holds nothing to redact, and putting placeholders at the spans makes it."""
    found = spans(text)
    rebuilt, at = "", 0
    for span in found:
        assert at <= span.start < span.end <= len(text)
        rebuilt += text[at : span.start] + f"<{span.kind}>"
        at = span.end
    clean_text = rebuilt + text[at:]
    assert redact(text) == clean_text
    assert spans(clean_text) == []
    assert redact(clean_text) == clean_text


@settings(max_examples=200, deadline=None)
@given(mixtures(), st.sampled_from(MARKUPS))
def test_cleaning_is_idempotent_and_quotes_reproduce_the_text(text: str, markup: str) -> None:
    """Cleaning a cleaned text changes nothing; a quote's words stand in the stored text."""
    stored = redact(text)
    cleaned = clean(stored, markup).text  # type: ignore[arg-type]
    assert clean(cleaned, "plain").text == cleaned
    for limit in (None, 40):
        found = quote(stored, cleaned, limit=limit)
        if found is not None:
            start, end = found
            assert 0 <= start < end <= len(stored)
            assert limit is None or end - start <= limit
            said, theirs = fold(cleaned), fold(stored[start:end])
            assert theirs in said or quote(cleaned, stored[start:end]) is not None


def fold(text: str) -> str:
    """Letters and digits only, in one case."""
    return "".join(c for c in text.casefold() if c.isalnum())


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=80), mixtures())
def test_no_text_raises(strange: str, text: str) -> None:
    """Any characters, lone surrogates too, go through every step."""
    everything = strange + text
    for markup in MARKUPS:
        clean(everything, markup)  # type: ignore[arg-type]
    assert 0 <= sum(tag.score for tag in noise(everything, post(everything))) < 10
    assert len(fingerprint(everything)) == 32
    assert all(span.kind == "NAME" for span in known_names(everything, lambda _: True))


def post(text: str) -> Post:
    """A post that says `text`."""
    return Post(source="s", native_id="1", text=text, created_at=datetime(2026, 1, 1, tzinfo=UTC))


UNITS = [
    "a", " ", "\n", "1", "1 ", "1-", "1.", "a.", "@", "a@", "a@b.", "u/", "://", "https://", ":",
    "1:", "ab:", "ab-", "1.1.", "aa.", "0-0", "9 9 ", "(1", "+1", "°",
    "1°", "1.2345, ", "DE89", "DE89 ",
    "eyJ", "eyJaaaaaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----a",
    "Bearer ", "authorization: ", "password", "password: ", "my ", "my password ", "api_key=",
    "passport ", "passport number is ", "licence", "id ", "call me ",
    "tel ", "tel: at ", "ext 1",
    "?key=", "my site ", "visit my ", "ig: ", "a at b ", "a dot ", " at a.b", "(at)", "@gmail ",
    "bc1", "1111111", "0x", "A1", "AB 12 ", "1/", "x1.", "thanks ", "Ann ", "Ann-", "A.", "A’",
    "> ", ">", ">\n", "> a\n", "```", "`", "```\n", "*", "**a", "_",
    "[", "](", "[a](", "![", "![a]",
    "<", "<b", "<b>", "<p>", "<div>", "<!--", "-->", "<blockquote>", "<pre>", "<table><tr><td>",
    "[quote]", "[b]", "[/b]", "[*]", "|", "| -", "# ", "#", "- ", "\\", "&amp;", "&#", "~~",
    "On 1 ", "On 1 wrote:\n", "From: a\n", "Sent: b\n", "--\n", "at a(", "Caused by: ", 'File "',
    "x = ", "{", ";", "if ", "for :\n", "import a ",
    '"x": ', "2024-01-01 10:00:00 ", "10:00:00 ",
    "free ", "win", "!", "text me ", "contact me ", "same issue ", "thank you ", "any update ",
    "\u200b", "\u200d", "\u202e", "\u200f", "\u0300", "ا", "字", "字 ", "İ",
    "ﷺ", "ﬁ", "é", "🙂", "\u3000",
    "data:image/png;base64,", "data:a/b;base64,AAAA", "AAAA", "www.",
    "http://a.b/c ", "\r", "\t",
    "\x00", "\ud800", "1 000 ", "key=",
    "aaaaaaaaaaaaaaaaaaaaaaaa.aaaaaa.", "hooks.slack.com/services/",
    "sk-", "_live_", "MTk", "Hello مرحبا שלום 你好 привет ", "ß1", "²", "٣",
]  # fmt: skip
SMALL, LARGE = 12_000, 48_000
STEPS: dict[str, Callable[[str], object]] = {
    "redact": spans,
    "names": lambda text: list(known_names(text, lambda _: False)),
    "auto": lambda text: clean(text, "auto"),
    "html": lambda text: clean(text, "html"),
    "markdown": lambda text: clean(text, "markdown"),
    "bbcode": lambda text: clean(text, "bbcode"),
    "plain": lambda text: clean(text, "plain"),
    "noise": lambda text: noise(text, post(text)),
    "fingerprint": fingerprint,
    "quote": lambda text: quote(text, text),
}


def cost(step: str, text: str) -> float:
    """Seconds of the processor for one step."""
    begun = time.process_time()
    STEPS[step](text)
    return time.process_time() - begun


@pytest.mark.parametrize("step", STEPS)
def test_time_grows_with_size_whatever_repeats(step: str) -> None:
    """Four times the text costs at most about six times the time, whatever is repeated."""
    dice = random.Random(20)
    bombs = UNITS + ["".join(dice.sample(UNITS, 2)) for _ in range(20)]
    for unit in bombs:
        large = cost(step, unit * (LARGE // len(unit)) + "!")
        if large > 0.15:  # what is quicker than that is bounded
            small = min(cost(step, unit * (SMALL // len(unit)) + "!") for _ in range(2))
            large = min(large, cost(step, unit * (LARGE // len(unit)) + "!"))
            assert large < 6 * small + 0.2, (unit, small, large)
        assert large < 3, unit


LANGUAGES = (
    "Hello Здравствуйте مرحبا שלום 你好 こんにちは 안녕하세요 สวัสดี "
    "नमस्ते হ্যালো வணக்கம் నమస్కారం ಹಲೋ ഹലോ ආයුබෝවන් "
    "ຂໍ້ මුද්‍රණ გამარჯობა Բարև ሰላም Γειά Привіт Здравей "
    "Здраво Tere Sveiki Labas Cześć Ahoj Szia Salut "
    "Merhaba Xin chào Halo Kamusta Habari Sawubona Sannu Bawo "
    "Hallo Hej Hei Halló Dia duit Helo Kaixo "
    "Hola Olá Ciao Bongu Përshëndetje سلام ہیلو ښه سڵاو"
)
MONSTERS = {
    "a megabyte without a space": "x" * 1_000_000,
    "a megabyte of digits": "1234567890" * 100_000,
    "ten thousand nested quotes": "".join(">" * level + " a\n" for level in range(1, 1000))
    + ">" * 10_000,
    "html that never closes": "<div><b><a href='" * 60_000,
    "an image in base64": "![x](data:image/png;base64," + "iVBORw0KGgo" * 100_000 + ")",
    "bare base64": "iVBORw0KGgo" * 100_000,
    "fifty languages": (LANGUAGES + " ") * 2_000,
    "right to left": "\u202e\u200f مرحبا \u2066 abc \u2069" * 40_000,
    "zero width": "p\u200ba\u200cs\u200ds\ufeff " * 100_000,
    "combining marks": "Z\u0300\u0301\u0302\u0303" * 200_000,
    "everything personal at once": " ".join(text for _, text in PERSONAL) * 300,
    "everything personal, glued": "".join(text for _, text in PERSONAL) * 300,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_monsters_take_seconds_at_most(name: str) -> None:
    """A post far larger than any forum takes is read in bounded time, and stays true."""
    text = MONSTERS[name]
    begun = time.process_time()
    stored = redact(text)
    cleaned = clean(stored).text
    noise(cleaned, post(stored))
    found = quote(stored, cleaned[:2000])
    assert time.process_time() - begun < 12
    assert found is None or stored[slice(*found)]


def test_hostile_strings_go_through_unharmed() -> None:
    """Lists of attacks, where they are at hand, and our own: stable, bounded, no exception."""
    lines = HOSTILE.read_text(encoding="utf-8").splitlines() if HOSTILE.is_file() else []
    texts = [str(json.loads(line)["text"]) for line in lines]
    for text in [*texts, *UNITS, *(text for _, text in PERSONAL)]:
        begun = time.process_time()
        stored = redact(text)
        assert spans(stored) == []
        for markup in MARKUPS:
            cleaned = clean(stored, markup).text  # type: ignore[arg-type]
            assert clean(cleaned, "plain").text == cleaned
        noise(cleaned, post(stored))
        assert time.process_time() - begun < 3, text[:100]
