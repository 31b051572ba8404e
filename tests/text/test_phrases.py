"""Keywords, sentences and headlines come out of any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.text.phrases import analyzer, headline, sentences, tokens


def test_keywords_have_no_stop_words_numbers_or_placeholders():
    """What is left says what the post is about."""
    terms = analyzer("en")("I don't get the dark mode since 2021, mail <EMAIL>, it's C++")
    assert terms == ["dark", "mode", "mail", "c++", "dark mode"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("下载文件", ["下载", "载文", "文件"]),
        ("アプリ", ["アプ", "プリ"]),
        ("التطبيق ممتاز", ["التطبيق", "ممتاز"]),
        ("बहुत अच्छा", ["बहुत", "अच्छा"]),
        ("Größe's node.js e-mail", ["grösse", "node.js", "e-mail"]),
    ],
    ids=["chinese", "japanese", "arabic", "hindi", "latin"],
)
def test_every_script_is_cut_into_tokens(text, expected):
    """Scripts without spaces are cut into pairs."""
    assert tokens(text) == expected


def test_sentences_have_true_offsets():
    """A mark or a line break ends a sentence."""
    text = "It works. Mostly!\nNot on Sundays\n\n可以。不行"
    assert [text[a:b] for a, b in sentences(text)] == [
        "It works.", "Mostly!", "Not on Sundays", "可以。", "不行",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi all, the sync is broken since Monday. Any idea?", "The sync is broken since Monday"),
        ("Bug. The export loses the last column.", "The export loses the last column"),
        ("ok", "Ok"),
        ("", ""),
        ("!!!", ""),
        (
            "The printer says that it is out of ink right after I changed the cartridge, and then "
            "it stops for an hour",
            "The printer says that it is out of ink right after I changed the cartridge",
        ),
    ],
)
def test_a_headline_stands_alone(text, expected):
    """The first sentence or clause, without greetings and loose ends."""
    assert headline(text) == expected


@given(st.text(max_size=300))
def test_no_text_breaks_them(text):
    """Headlines keep to the limit, spans are true, and nothing raises."""
    assert len(headline(text)) <= 90
    assert all(text[a:b].strip() for a, b in sentences(text))
    analyzer("xx")(text)
