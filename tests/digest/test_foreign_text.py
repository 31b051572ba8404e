"""Foreign text stays text: hostile strings in every field of a digest, in every format."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from selectolax.lexbor import LexborHTMLParser

from insights.digest import escape
from insights.digest.render import FORMATS, render
from tests.digest import example, hostile


def skeleton(document: bytes) -> list[str]:
    """Tags and attribute names in order; whether there is a link depends on the words."""
    root = LexborHTMLParser(document.decode()).root
    assert root is not None
    return [
        f"{node.tag} {sorted(node.attributes)}"
        for node in root.traverse(include_text=False)
        if node.tag != "a"
    ]


def test_html_has_the_skeleton_of_plain_words(attacks, calm):
    """No string makes, closes or changes an element."""
    for documents in attacks:
        assert skeleton(documents["html"]) == skeleton(calm["html"])


def test_html_links_only_to_http_and_its_own_anchors(attacks):
    """javascript:, data: and the like are never links, and nothing else refers outwards."""
    for documents in attacks:
        tree = LexborHTMLParser(documents["html"].decode())
        hrefs = [a.attributes["href"] or "" for a in tree.css("a")]
        assert all(re.match(r"https?://[a-z0-9]|#[\w-]+$", href) for href in hrefs)
        for node in tree.css("*"):
            assert not [n for n in node.attributes if n.startswith("on") or n in ("src", "srcset")]


def test_html_anchors_are_unique_and_every_inner_link_has_one(attacks):
    """Whatever ids look like, a link inside the page arrives."""
    for documents in attacks:
        tree = LexborHTMLParser(documents["html"].decode())
        ids = [node.attributes["id"] for node in tree.css("[id]")]
        assert len(ids) == len(set(ids))
        inner = {a.attributes["href"] for a in tree.css("a[href^='#']")}
        assert inner <= {f"#{name}" for name in ids}


def blocks(document: bytes) -> list[str]:
    """Return the block and inline markup in order; links may depend on the words."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    names: list[str] = []
    for token in parser.parse(document.decode()):
        names += [f"{token.type} {token.tag}"]
        names += [f"{child.type}" for child in token.children or () if not _is_word_or_link(child)]
    return names


def body(documents, form: str) -> bytes:
    """Return what is Markdown of a document: an issue has a title before, and a link behind."""
    if form == "md":
        return documents["md"]
    return documents["issue"].partition(b"\n\n")[2].partition(b"\n[The whole digest]")[0]


def _is_word_or_link(token: Token) -> bool:
    return token.type in ("text", "text_special", "link_open", "link_close")


@pytest.mark.parametrize("form", ["md", "issue"])
def test_markdown_has_the_skeleton_of_plain_words(attacks, calm, form):
    """No string makes a heading, list, table, quote, image, code, HTML or emphasis."""
    for documents in attacks:
        assert blocks(body(documents, form)) == blocks(body(calm, form))


@pytest.mark.parametrize("form", ["md", "issue"])
def test_markdown_mentions_and_refers_to_nothing(attacks, form):
    """What GitHub looks for in finished text is not there: people, issues, addresses, commits."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for documents in attacks:
        for token in parser.parse(body(documents, form).decode()):
            for child in token.children or ():
                if child.type == "link_open":
                    assert str(child.attrs["href"]).startswith(("http://", "https://"))
            shown = "".join(c.content for c in token.children or ())
            assert not hostile.ACTS.search(shown), shown


def test_a_title_of_an_issue_is_one_line_that_refers_to_nothing(attacks):
    """It has no markup, but what looks for people and issues may look there, too."""
    for documents in attacks:
        title, blank, *_ = documents["issue"].decode().split("\n")
        assert not blank and 0 < len(title) <= 256 and not hostile.IN_CHATS.search(title)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_control_or_bidi_characters(attacks, form):
    """Nothing that acts on a terminal, reorders a line or hides is let through."""
    for documents in attacks:
        found = {
            character
            for character in set(documents[form].decode())
            if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
            or unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "LRI", "RLI")
            or character in "\u061c\u200e\u200f\u202c\u2068\u2069\ufeff"
        }
        assert found <= {"\n"}


def test_text_has_the_lines_of_plain_words(attacks, calm):
    """Only sentences may wrap: no string makes a line, a heading or more than 80 columns."""
    headings = [line for line in calm["txt"].decode().split("\n") if line.endswith("──")]
    for documents in attacks:
        lines = documents["txt"].decode().split("\n")
        assert [line for line in lines if line.endswith("──")] == headings
        assert max(map(cell_len, lines)) <= 80


def test_json_says_exactly_what_the_digest_says():
    """JSON keeps every character: it is data, and the reader's sink escapes it."""
    for say in hostile.batches():
        digest = hostile.told(example.small(), say)
        assert json.loads(render(digest)["json"]) == json.loads(digest.model_dump_json())


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\nscript:alert(1)", " javascript:x",
        "data:text/html,x", "//evil.example", "/relative", "https:evil.example", "http://",
        "https://good.example@evil.example/", "https://a b/", "https://a\\@b/", "ftp://a.example",
        "https://a.example:port/", "https://[::1", "https://a.example/" + "x" * 600, "", None,
        "https://exa\u202emple.org/", "https://-.example/",
    ],
    ids=lambda url: repr(url)[:30],
)  # fmt: skip
def test_never_a_link(url):
    """What is not plainly an http(s) address is shown without a link."""
    assert escape.link(url) is None


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://forum.example.org/t/1?a=b&c=d#e", "https://forum.example.org/t/1?a=b&c=d#e"),
        ("HTTPS://Forum.Example.org:8443/x", "https://forum.example.org:8443/x"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://a.example/x(1)'\"<>`|", "https://a.example/x%281%29%27%22%3C%3E%60%7C"),
        ("https://a.example/100%25", "https://a.example/100%25"),
    ],
)
def test_links_need_no_quoting(url, linked):
    """A link comes out in characters that no format gives a meaning."""
    assert escape.link(url) == linked


@pytest.mark.parametrize("sink", [escape.plain, escape.terminal], ids=["plain", "terminal"])
def test_cleaning_twice_is_cleaning_once(sink):
    """A string cannot be made so that cleaning leaves something to clean."""
    for text in hostile.strings():
        assert sink(sink(text)) == sink(text)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("some words here", "some words…"),
        ("a" * 30, "a" * 11 + "…"),
        ("\u200b" * 9000 + "end", "end"),
        ("e" + "\u0301" * 9000, "e" + "\u0301" * 4 + "…"),
        ("\n" * 9000, escape.BLANK),
    ],
    ids=["word", "no blank", "hidden", "marks", "nothing"],
)
def test_a_cut_says_so(text, short):
    """Twelve characters at most, at a word where there is one, with a sign."""
    assert escape.clip(text, 12) == short


def test_cleaning_keeps_what_people_write():
    """Scripts, accents, emoji families and right-to-left words come through."""
    for text in ("naïve Zoë — “ok”", "日本語の文", "שלום עולם", "ไม่ได้", "👩‍👩‍👧 ❤️", "می‌خواهم"):
        assert escape.plain(text) == text
