"""What is read from feeds that are broken, that lie, or that want to do harm."""

import time

import httpx
import pytest

from connectors.rss import jsonfeed, xmlfeed
from connectors.rss.document import Document
from insights.errors import SourceError
from insights.reply import Reply

GOOD = (
    '<item><guid>{0}</guid><title>Good {0}</title><dc:creator xmlns:dc="http://purl.org/dc/elements'
    '/1.1/">Ann</dc:creator><description>words</description></item>'
)


def page(content: str | bytes, content_type: str = "text/xml") -> Reply:
    content = content.encode() if isinstance(content, str) else content
    headers = httpx.Headers({"content-type": content_type})
    return Reply(url="https://blog.example/feed", status=200, headers=headers, content=content)


def read(content: str | bytes, content_type: str = "text/xml") -> Document:
    return xmlfeed.read(page(content, content_type))


def rss(*items: str) -> str:
    return f"<rss version='2.0'><channel><title>T</title>{''.join(items)}</channel></rss>"


def attributes(count: int) -> str:
    return " ".join(f"a{number}='1'" for number in range(count))


BAD = {
    "unclosed": "<item><title>bad</item>",
    "crossed": "<item><title><b>bad</title></b></item>",
    "cut": "<item><title>bad",
    "half-tag": "<item><title>bad</title><",
    "no-words": "<item><guid>bad</guid></item>",
    "attributes": f"<item {attributes(200)}><title>bad</title></item>",
    "categories": f"<item><title>bad</title>{'<category>x</category>' * 2000}</item>",
    "author": f"<item><title>bad</title><author>{'a' * 50_000}</author></item>",
    "deep": f"<item><description>{'<b>' * 9_000}{'</b>' * 9_000}</description></item>",
    "lone-cdata": "<item><title><![CDATA[bad</title></item>",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_entry_costs_only_itself(bad):
    """Its neighbours come whole, and it is named by its place."""
    found = read(rss(GOOD.format(1), bad, GOOD.format(3)))
    titles = [entry.title for entry in found.entries]
    assert titles == ["Good 1", "Good 3"]
    assert [entry.author for entry in found.entries] == ["Ann", "Ann"]
    assert found.title == "T" and found.problems[0].startswith("entry 2: ")


MENDED = {
    "ampersand": ("AT&T & more", "AT&T & more"),
    "named": ("caf&eacute;&nbsp;au lait", "café au lait"),
    "unknown-name": ("&strange; thing", "&strange; thing"),
    "control": ("bell \x07 rings", "bell rings"),
    "bad-number": ("a&#0;b&#xD800;c&#38;", "a\ufffdb\ufffdc&"),
}


@pytest.mark.parametrize(("said", "meant"), MENDED.values(), ids=MENDED)
def test_common_faults_are_mended_and_lose_no_word(said, meant):
    """Bare ampersands, HTML's names and control characters are no XML."""
    (entry,) = read(rss(f"<item><title>{said}</title></item>")).entries
    assert entry.title == meant


def test_a_prefix_that_was_never_declared_is_understood():
    """Feeds are glued together by hand."""
    feed = rss("<item><title>t</title><dc:creator>Bo</dc:creator><my:own>x</my:own></item>")
    (entry,) = read(feed).entries
    assert entry.author == "Bo"


def test_a_feed_that_breaks_off_gives_what_came():
    """The last entry is named, the others are read."""
    whole = rss(*(GOOD.format(number) for number in range(5)))
    found = read(whole[: whole.index("Good 4")])
    assert [entry.title for entry in found.entries] == [f"Good {n}" for n in range(4)]
    assert len(found.problems) == 1


WORD = "naïve Größe 日本"
CHARSETS = {
    "utf-8": (WORD, "utf-8", "", "text/xml; charset=iso-8859-1"),
    "utf-8-declared-latin": (WORD, "utf-8", "iso-8859-1", "text/xml"),
    "utf-16": (WORD, "utf-16", "utf-16", "application/xml; charset=utf-8"),
    "latin-said-utf-8": ("naïve", "iso-8859-1", "utf-8", "text/xml; charset=utf-8"),
    "windows-unsaid": ("“naïve”", "windows-1252", "", "text/xml"),
    "japanese": ("日本", "shift_jis", "shift_jis", "text/xml"),
    "seven-bit": ("日本", "iso-2022-jp", "iso-2022-jp", "text/xml"),
    "no-such": (WORD, "utf-8", "klingon", "text/xml; charset=punycode"),
    "undefined": (WORD, "utf-8", "undefined", "text/xml; charset=idna"),
}


@pytest.mark.parametrize(("word", "written", "said", "told"), CHARSETS.values(), ids=CHARSETS)
def test_words_survive_what_is_said_of_their_characters(word, written, said, told):
    """Headers and declarations lie; bytes that are UTF-8 are UTF-8."""
    declaration = f'<?xml version="1.0" encoding="{said}"?>' if said else ""
    text = declaration + rss(f"<item><title>{word}</title></item>")
    (entry,) = read(text.encode(written), told).entries
    assert entry.title == word


LAUGHS = "".join(f"<!ENTITY l{n} '" + f"&l{n - 1};" * 10 + "'>" for n in range(1, 10))
SLOW = 40_000
BOMBS = {
    "laughs": f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>' + rss("<item><title>&l9;</title></item>"),
    "quadratic": f'<!DOCTYPE r [<!ENTITY a "{"x" * 10**6}">]>'
    + rss(f"<item><title>{'&a;' * 10**5}</title></item>"),
    "file": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    + rss("<item><title>&a;</title></item>"),
    "doctypes": "<!DOCTYPE " * 10**5 + rss(),
    "newlines": "\n" * 10**6 + rss(),
    "open": rss("<a>" * SLOW),
    "items": rss("<item>" * SLOW),
    "comments": rss("<!--" * SLOW),
    "cdata": rss("<item><title>" + "<![CDATA[" * SLOW),
    "attributes": rss(f"<a {attributes(SLOW)}/>"),
    "categories": rss(f"<item><title>t</title>{'<category>x</category>' * SLOW}</item>"),
    "author": rss(f"<item><title>t</title><author>{'a&#97;' * SLOW}</author></item>"),
    "prefixes": rss("".join(f"<a{n}:x/>" for n in range(SLOW))),
    "date": rss(f"<item><title>t</title><pubDate>{'1 ' * SLOW}</pubDate></item>"),
    "title": rss(f"<item><title type='html'>{'&lt;a' * SLOW}</title></item>"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_takes_neither_time_nor_memory(bomb):
    """Nothing expands, no file is read, and time grows with size."""
    start = time.process_time()
    try:
        found = read(bomb)
    except SourceError as error:
        assert "blog.example" in str(error) and len(str(error)) < 300
    else:
        assert sum(len(entry.text) for entry in found.entries) < 10**6
        assert len(found.problems) <= 101
        assert "root:" not in repr(found.entries)
    assert time.process_time() - start < 4


def test_a_document_without_end_is_refused():
    """Sixteen million characters are no feed."""
    with pytest.raises(SourceError, match="larger than 16 MiB"):
        read(rss(" " * (16 * 2**20)))


NO_FEED = ["", "words", "<html><body>Sign in</body></html>", "[1, 2]", "<rss", "<feed/><rss>"]


@pytest.mark.parametrize("content", NO_FEED)
def test_what_is_no_feed_is_said_in_one_sentence(content):
    """With its address, and never as an empty feed."""
    with pytest.raises(SourceError, match=r"blog\.example/feed"):
        read(content)


def test_a_tag_in_a_title_is_taken_for_what_it_is():
    """A title may be HTML or speak about it."""
    titles = ["Fix &amp;lt;b&amp;gt; in &lt;i&gt;x&lt;/i&gt;", "a &lt; b and c &gt; d"]
    found = read(rss(*(f"<item><title>{title}</title></item>" for title in titles)))
    assert [entry.title for entry in found.entries] == ["Fix <b> in x", "a < b and c > d"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "http://[", "//x/y"])
def test_only_web_addresses_are_kept(link):
    """A link ends in a digest."""
    (entry,) = read(rss(f"<item><title>t</title><link>{link}</link></item>")).entries
    assert entry.link is None or entry.link.startswith("https://")


def test_json_feed_skips_a_bad_item_and_reads_older_ones():
    """Version 1 has one author, and ids may be numbers."""
    items = """[{"id": 7, "content_text": "a", "author": {"name": "Ann"}}, {"id": "x"}, 5,
        {"id": 8, "title": "t", "date_published": "yesterday"}, {"id": 9.5, "summary": "s"}]"""
    text = '{"version": "https://jsonfeed.org/version/1", "items": ' + items + "}"
    found = jsonfeed.read(page(text))
    assert [(entry.guid, entry.text) for entry in found.entries] == [("7", "a"), ("9.5", "s")]
    assert found.entries[0].author == "Ann" and len(found.problems) == 3
