"""An issue says what the digest says of an item, and no word of people acts in any tracker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from markdown_it import MarkdownIt
from pydantic import ValidationError

from insights.digest import issue, reply
from insights.digest.content import Quote, Share
from insights.digest.linked import Issues, Linked, Maybe, changes, issues
from tests.digest import example

KEY = "insights-0123456789abcdef"
HOSTILE = (
    "@admin Fixes #12 GH-7 acme/app#3 <script>x</script> [a](http://evil.example) ![i](x) `c` "
    "https://evil.example {{macro}} [[Page]] r12 commit:abcdef12 !n! | a | *b* \u202egnp.exe"
)


def hostile(text: str = HOSTILE) -> issue.Item:
    at = example.AS_OF
    quote = Quote(role="typical", text=text, post_id="f:1", source="forum", at=at,
                  url="https://forum.example/t/1")  # fmt: skip
    share = (Share(name=text, people=9),)
    return example.item(text, why=text, quotes=(quote,), by_version=share, fails=share)


def written(markup: str, item: issue.Item) -> Any:
    digest = example.full()
    return issue.MARKUPS[markup](issue.blocks(item, digest), issue.footer(item, digest), KEY)


def test_an_issue_carries_the_evidence() -> None:
    """Counts, observed and expected, versions, quotes with their links, and the key, hidden."""
    body = written("markdown", example.decision(0))
    for part in (
        "43 people in 61 posts from 2026-07-06 to 2026-07-13; 8 people in the period before.",
        "Observed 43 where 9.1 were expected", "By version: 4.2 (39 people)", "### In their words",
        "([source](<https://forum.example.org/t/thread-0/4000>))", f"<!-- {KEY} -->",
    ):  # fmt: skip
        assert part in body, part


def test_in_markdown_foreign_words_stay_words() -> None:
    """The only links are those to the quoted posts; nothing is mentioned or closed."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = [t for b in parser.parse(written("markdown", hostile())) for t in b.children or [b]]
    links = [t.attrs["href"] for t in tokens if t.type == "link_open"]
    assert links == ["https://forum.example/t/1"]
    kinds = {t.type for t in tokens}
    assert not kinds & {
        "image",
        "code_inline",
        "em_open",
        "strong_open",
        "table_open",
        "html_inline",
    }
    text = "".join(t.content for t in tokens if t.type == "text")
    for acting in ("@admin", "#12", "GH-7", "https://evil", "{{", "[["):
        assert acting not in text, acting
    assert "\u202e" not in text


def test_in_textile_no_sign_of_foreign_words_is_left() -> None:
    body = written("textile", hostile())
    shown = body[body.index("bq. ") : body.index("Found by insights")]
    words = shown.partition("typical: ")[2].partition(' ("source"')[0]
    assert set(words) <= set("&#;") | {c for c in words if c.isalnum() or c == " "}
    assert " r12" not in words and body.endswith(f"{KEY}\n")


def test_for_jira_foreign_words_are_text_nodes() -> None:
    """A document of few node types; the only mark is a link that is ours."""
    body = written("adf", hostile())
    nodes: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        nodes.append(node)
        for child in node.get("content", ()):
            walk(child)

    walk(body)
    known = {"doc", "heading", "paragraph", "bulletList", "listItem", "blockquote", "text"}
    assert {node["type"] for node in nodes} == known
    assert all(node["text"] for node in nodes if node["type"] == "text")
    marks = [mark for node in nodes for mark in node.get("marks", ())]
    assert [mark["attrs"]["href"] for mark in marks] == ["https://forum.example/t/1"]
    assert KEY in json.dumps(body)


def test_a_title_is_one_line_in_which_nothing_acts() -> None:
    title = issue.title(hostile())
    assert len(title) < 260 and "\n" not in title
    assert "@admin" not in title and "#12" not in title


def one(state: str, **more: Any) -> Linked:
    usual = {"subject": "T1", "title": "It fails", "name": "#12", "url": "https://t.example/12"}
    return Linked(**usual | {"state": state} | more)


@pytest.mark.parametrize(
    ("linked", "told"),
    [
        (one("open"), "#12 open"),
        (one("gone"), "#12 is gone from its tracker"),
        (one("unknown"), "#12, of which no tracker tells the state"),
        (one("dropped", reason="Won't Fix"), "#12 closed as won't fix: not shipped"),
        (one("done", closed_at=example.AS_OF), "#12 closed today: shipped, watching"),
        (one("done", closed_at=example.AS_OF - example.WEEK, verdict="waiting"),
         "#12 closed 7 days ago, not released yet"),
        (one("done", closed_at=example.AS_OF - example.WEEK, verdict="quiet", said="confirmed"),
         "#12 closed 7 days ago: confirmed"),
    ],
    ids=lambda value: value.state if isinstance(value, Linked) else "",
)  # fmt: skip
def test_how_an_issue_stands_in_words(linked: Linked, told: str) -> None:
    said = issues([linked], None, example.AS_OF)
    assert (said.told, said.links[0].text, said.links[0].url) == (told, told, linked.url)


def test_a_proposal_says_how_sure_it_is_and_none_is_none_found() -> None:
    maybe = Maybe(name="#14", url="https://t.example/14", sure=0.82)
    said = issues([], maybe, example.AS_OF)
    assert said.told == "maybe #14 (0.82)" and "insights link --accept" in said.next_step
    assert issues([], None, example.AS_OF).told == "none found"
    assert Issues().told == "no tracker is read"


def test_only_what_was_found_since_is_a_change() -> None:
    """And a matter with two issues is one change."""
    new = one("done", verdict="quiet", said="confirmed quiet: …", since=example.AS_OF)
    back = one("done", subject="T2", verdict="still", said="still reported: …", since=example.AS_OF)
    old = one("done", subject="T3", verdict="quiet", since=example.AS_OF - example.WEEK)
    found = changes([new, new, back, old, one("open")], example.AS_OF - example.WEEK)
    assert [(c.kind, c.subject) for c in found] == [("resolved", "T1"), ("returned", "T2")]
    assert found[0].text == "It fails: #12 closed, confirmed quiet: …"


def test_the_reply_is_the_template_filled_in() -> None:
    options = reply.ReplyOptions(template="{community}: {done}, see {link}")
    assert (
        reply.write(options, release="4.2", link="L", community="C") == "C: fixed in 4.2, see L\n"
    )
    assert "this is fixed." in reply.write(
        reply.ReplyOptions(), release=None, link="", community="C"
    )
    with pytest.raises(ValidationError, match=r"\{name\} stands for nothing; there is \{done\}"):
        reply.ReplyOptions(template="Hello {name}")
