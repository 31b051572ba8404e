"""What an author says is kept; what they quote, show or sign with is set apart."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.text.clean import LIMIT, clean

REVIEW = (
    "I've used this for 3 years (on two phones) & it's great!!! 5/5 - but since v2.1 it "
    "freezes...\n\nPlease fix: it takes >10 seconds, i.e. 2*3 = 6 times longer. #fail @ home :-)"
)


@pytest.mark.parametrize(
    "text",
    [
        REVIEW,
        "ok",
        ">:(",
        "a < b and b > c; x = 3",
        "C:\\> is the prompt",
        "これは良いアプリです。でも遅い！",
        "التطبيق ممتاز ولكن لا يعمل",
        "- fast\n- simple\n- free",
        "call() fails, see the second line",
        "if it works: great",
    ],
    ids=["long", "short", "smiley", "signs", "prompt", "japanese", "arabic", "list", "code", "if"],
)
def test_an_ordinary_review_comes_out_as_it_is(text):
    """Nothing is taken from text that has no markup."""
    assert clean(text).text == text


@pytest.mark.parametrize(
    ("markup", "text", "expected"),
    [
        ("html", "<p>One <b>two</b></p><p>three &amp; four</p>", "One two\n\nthree & four"),
        ("html", "<p>Yes.</p><blockquote><p>No?</p></blockquote><p>Well.</p>", "Yes.\n\nWell."),
        ("html", '<aside class="quote"><p>theirs</p></aside><p>mine</p>', "mine"),
        ("html", '<p>see <a href="https://x.example">the page</a></p>', "see the page"),
        ("html", "a<br>b<script>alert(1)</script><img src=x>", "a\nb"),
        ("html", "<ul><li>one<li>two</ul>", "one\n\ntwo"),
        ("html", "<p>mail <EMAIL> me</p>", "mail <EMAIL> me"),
        ("markdown", "# Title\n\nSome **bold** and `code`.", "Title\n\nSome bold and code."),
        (
            "markdown",
            "![shot](https://x.example/a.png)\nSee [docs](https://y.example).",
            "See docs.",
        ),
        ("markdown", "<!-- fill in -->\nIt broke.\n<!-- more -->", "It broke."),
        ("markdown", "snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("markdown", "text <EMAIL> and <b>bold</b>", "text <EMAIL> and bold"),
        ("bbcode", "[b]Hi[/b] [url=https://x.example]there[/url]", "Hi there"),
        ("bbcode", "[quote=jo]theirs[/quote]mine", "mine"),
        ("plain", "> theirs\n> still\nmine", "mine"),
        ("plain", "> my list\n> goes on", "my list\ngoes on"),
        ("plain", "Agreed.\n\nOn 3 May 2024 Jo <jo@x.example> wrote:\n> old\n> older", "Agreed."),
        ("plain", "Agreed.\nOn Mon, 3 May 2024 at 10:00, Jo\n<EMAIL> wrote:\nold words", "Agreed."),
        ("plain", "Hello.\n-- \nJo\nSome Company", "Hello."),
        ("plain", "It fails.\nSent from my phone", "It fails."),
        ("plain", "see https://x.example/a?b=c, then go (https://y.example).", "see , then go ."),
    ],
)
def test_markup_quotes_and_signatures_are_taken_off(markup, text, expected):
    """Each kind of wrapping goes; the words of the author stay."""
    assert clean(text, markup).text == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<p>One</p>", "html"),
        ("**One** and [two](https://x.example)", "markdown"),
        ("```\nx\n```", "markdown"),
        ("[b]One[/b]", "bbcode"),
        ("One [sic] two", "plain"),
        ("1 < 2", "plain"),
    ],
)
def test_auto_goes_by_evidence(text, kind):
    """Unmarked text is read as what it shows to be."""
    assert clean(text).markup == kind


TRACE = """Traceback (most recent call last):
  File "a.py", line 3, in <module>
    main()
ValueError: no"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"It fails:\n\n{TRACE}\n\nAny idea?", "It fails:\n\nAny idea?"),
        ("Look:\n```python\nprint(1)\n```\nOdd.", "Look:\n\nOdd."),
        ("Log:\n2024-05-03 10:00:01 ERROR db: gone\n2024-05-03 10:00:02 INFO up", "Log:"),
        ("It dies.\n  at a.b.C.run(C.java:12)\n  at a.b.D.go(D.java:4)", "It dies."),
        ("Do this:\n    x = 1;\n    y = f(x);\nThen that.", "Do this:\n\nThen that."),
        ("<p>See</p><pre>a = 1\nb = 2</pre>", "See"),
    ],
    ids=["python", "fence", "log", "java", "indented", "pre"],
)
def test_code_logs_and_traces_are_kept_apart(text, words):
    """They are returned as code, not lost."""
    cleaned = clean(text)
    assert cleaned.text == words
    assert cleaned.code


PATHOLOGICAL = {
    "a megabyte without a space": "a" * 1_000_000,
    "ten thousand nested quotes": ">" * 10_000 + " x",
    "ten thousand nested blockquotes": "<blockquote>" * 10_000 + "x",
    "unclosed tags": "<div><p>" * 50_000 + "x",
    "an image in base64": "![x](data:image/png;base64," + "A" * 1_000_000 + ") hello",
    "brackets": "[" * 500_000,
    "half links": "[a](" * 200_000,
    "stars": "*a " * 300_000,
    "spaces between words": " a" + " " * 240_000 + "b",
    "spaces in a heading": "# a" + " " * 240_000 + "b",
    "spaces in a list": "- " + " " * 240_000 + "b",
    "a wide table": "|" + " -" * 120_000 + "x",
    "spaces in code": "x = " + " " * 240_000 + "(\n" * 2,
    "backticks on lines": "`a\n" * 300_000,
    "fences": "```\n" * 200_000,
    "comments": "<!--" * 200_000,
    "attributions": "On 1 " * 200_000,
    "lone surrogates": "\ud800<p>" * 1000,
    "open bbcode": "[quote]" * 100_000,
}


@pytest.mark.parametrize("markup", ["auto", "html", "markdown", "bbcode", "plain"])
def test_time_is_bounded_whatever_is_written(markup):
    """No input makes cleaning slow or fail."""
    for name, text in PATHOLOGICAL.items():
        begun = time.process_time()
        cleaned = clean(text, markup)
        assert time.process_time() - begun < 2, name
        assert len(cleaned.text) <= 2 * LIMIT


PIECES = st.sampled_from(
    ["> ", "\n", "\n\n", "    ", "```", "<p>", "</p>", "<b", "&lt;", "**", "[x](", ")",
     "http://a.b/c", "On 1 Jo wrote:", "-- ", "at a.b(C:1)", "x = 1;", "From: a",
     "Sent: b", "<EMAIL>", "www.", "()",
     "[quote]", "[/quote]", "word", ".", "\t", "\u200b", "\r"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=25).map("".join))
def test_cleaning_twice_is_cleaning_once(text):
    """What is clean stays as it is, and nothing raises."""
    for markup in ("auto", "html", "markdown", "bbcode", "plain"):
        once = clean(text, markup).text
        assert clean(once, "plain").text == once
