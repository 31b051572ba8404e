"""Foreign text stays text in chats and feeds: whatever the strings, marks are only ours."""

from __future__ import annotations

import json
import re
from itertools import count
from xml.etree import ElementTree

import feedparser

from insights.digest.render import render
from tests.digest import example, hostile
from tests.digest.hostile import IN_CHATS

OUR_LINK = re.compile(r"<https?://[^|<>\s]+\|([^|<>\n]*)>")
INSIDE_A_WORD = re.compile(r"(?<=[^\W_])_(?=[^\W_])")


def slack_lines(document: bytes) -> list[str]:
    """Return the lines of a message, our links as their text alone."""
    message = json.loads(document)
    texts = [message["text"]]
    for block in message["blocks"]:
        parts = [block["text"]] if "text" in block else block.get("elements", [])
        for part in parts:
            assert part["type"] == "plain_text" or part["verbatim"]
            texts += [part["text"]] if part["type"] == "mrkdwn" else []
    return [OUR_LINK.sub(r"\1", line) for text in texts for line in text.split("\n")]


def marks(line: str) -> str:
    return re.sub(r"[^*_~`<>]", "", INSIDE_A_WORD.sub("", line))


def test_slack_has_only_marks_of_ours(attacks, calm):
    """No string makes a mark, a quote, a link, a mention or `<!channel>`."""
    ours = {marks(line) for line in slack_lines(calm["slack"])}
    for documents in attacks:
        for line in slack_lines(documents["slack"]):
            assert marks(line) in ours, line
            assert not IN_CHATS.search(line), line
            assert "<" not in line and ">" not in line.removeprefix("> ")
            assert not line.startswith("&gt;")
            assert not re.search(r"&(?!amp;|lt;|gt;)", line)


def test_slack_takes_what_it_gets(attacks):
    """However long the strings are: blocks, characters of each, and of all."""
    for documents in attacks:
        message = json.loads(documents["slack"])
        assert len(json.dumps(message, ensure_ascii=False)) <= 13_000
        assert len(message["blocks"]) <= 50
        for block in message["blocks"]:
            told = block.get("text", {}).get("text", "-")
            assert 0 < len(told) <= (150 if block["type"] == "header" else 3_000)
            assert len(block.get("elements", [])) <= 10


ATOM = "{http://www.w3.org/2005/Atom}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def shapes(document: bytes) -> list[tuple[str, ...]]:
    """Return the elements of each entry, and of the feed around them."""
    feed = ElementTree.fromstring(document)
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        feed.remove(entry)
    links = (f"{ATOM}link", f"{XHTML}a")
    return [tuple(e.tag for e in part.iter() if e.tag not in links) for part in (feed, *entries)]


def test_a_feed_has_the_elements_of_plain_words(attacks):
    """It is well-formed, and no string makes an element or an attribute."""
    counted = count()
    digest = hostile.told(example.small(), lambda: f"words {next(counted)}")
    plain = set(shapes(render(digest)["atom"]))
    for documents in attacks:
        assert set(shapes(documents["atom"])) <= plain
        for element in ElementTree.fromstring(documents["atom"]).iter():
            known = {"href", "rel", "type", "term", "label"}
            assert {name for name in element.attrib if not name.startswith("{")} <= known
            assert re.match(r"https?://[a-z0-9]", element.get("href", "https://a"))


def test_readers_of_feeds_understand_it(attacks):
    """Ids are one an entry and are addresses, whatever the words."""
    for documents in attacks:
        feed = feedparser.parse(documents["atom"])
        assert not feed.bozo and feed.version == "atom10"
        ids = [entry.id for entry in feed.entries]
        assert len(ids) == len(set(ids)) > 0
        assert all(re.fullmatch(r"tag:[a-z0-9.-]+,2026:[!-~]+", each) for each in ids)


def test_an_outline_acts_in_no_chat(attacks):
    """Nothing in it is a mark of Markdown, a tag, a mention, an address or more than one line."""
    for documents in attacks:
        outline = json.loads(documents["brief"])
        for line in [outline["title"], *outline["lines"], *outline["items"]]:
            assert not IN_CHATS.search(line), line
            assert not re.search(r"[*`~<>\[\]\\|\n]", INSIDE_A_WORD.sub("", line)), line
            assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", line), line
            assert not re.match(r"[#>+=-]|\d+[.)]\s", line), line
        assert outline["page"] is None or re.match(r"https?://[a-z0-9]", outline["page"])
