"""What chats, trackers and feeds get of a digest: whole lines, and a count of what is left out."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import jsonschema
import pytest

from insights.digest.pulse import Compared, Figure, Pulse
from insights.digest.render import LARGEST_ISSUE, digest_schema, render
from insights.digest.slack import LARGEST
from tests.digest import example

SCHEMA = Path(__file__).parents[2] / "docs" / "digest.schema.json"
PAGES = "https://insights.example.org"
PAGE = f"{PAGES}/digests/2026-07-13.html"
LONG = "The spinner goes round and nothing that was written on the train arrives. " * 4


def paged(digest=None):
    return (digest or example.full()).model_copy(update={"pages": PAGES})


def heavy():
    """A digest in which every item has three long quotes and there are many of each kind."""
    digest = example.full()
    quotes = tuple(quote.model_copy(update={"text": LONG}) for quote in example.quotes(3))
    items = tuple(item.model_copy(update={"quotes": quotes}) for item in digest.decisions)
    titled = tuple(
        item.model_copy(update={"title": f"{item.title} {LONG[:90]}"}) for item in digest.problems
    )
    return paged(digest).model_copy(update={"decisions": items, "problems": titled * 9})


def texts(document: bytes) -> list[str]:
    blocks = json.loads(document)["blocks"]
    found = [b["text"]["text"] for b in blocks if "text" in b]
    return found + [e["text"] for b in blocks for e in b.get("elements", [])]


def test_slack_reads_like_a_digest():
    """Headline, the facts, the cards with their next step and curve, then what lasts."""
    told = "\n".join(texts(render(paged())["slack"]))
    places = [told.index(words) for words in (
        "43 people in two days", "512 people wrote", "*Needs a decision*",
        "*1. <https://insights.example.org/topics/0|Sync stops on Android after the 4.2 update>*",
        "43 people (+35 from 8) ▂▂▂▂▂▂▂█", "→ Ask two of these people",
        "*Changed since the last digest*", "*Lasting problems*", "*What could not be seen*",
    )]  # fmt: skip
    assert places == sorted(places)
    assert f"<{PAGE}#problems|+5 more>" in told
    assert f"<{PAGE}|The whole digest, with its method>" in told


def test_slack_says_why_a_good_week_is_empty():
    """Nothing is no empty heading."""
    told = "\n".join(texts(render(example.quiet())["slack"]))
    assert "That is a good digest." in told and "http" not in told.replace("https://forum", "")


def test_slack_names_what_moved_in_the_community_and_what_to_do():
    """Figures that only swing as usual are left to the page."""
    before = Compared(value=0.6, now=0.4, without=("<!channel> forum",))
    quiet = Compared(value=0.5, now=0.4)
    answers = Figure(
        key="answered", title="Answer rate", unit="share", value=0.4, before=before, quarter=quiet,
        usual=(0.5, 0.7), moved="down", against="past", advice="Answer the oldest first.",
    )  # fmt: skip
    steady = answers.model_copy(update={"title": "Active people", "moved": None})
    digest = example.small().model_copy(update={"pulse": Pulse(figures=(answers, steady))})
    (told,) = (text for text in texts(render(digest)["slack"]) if "Community health" in text)
    assert "Answer rate 40 %" in told and "→ Answer the oldest first." in told
    assert "Active people" not in told and "<" not in told


def test_slack_folds_whole_lines():
    """Where it is too much, quotes and rows are left out and counted; no sentence is cut."""
    document = render(heavy())["slack"]
    assert len(json.dumps(json.loads(document), ensure_ascii=False)) <= LARGEST
    told = texts(document)
    assert all(len(text) <= 3000 for text in told)
    (problems,) = (text for text in told if text.startswith("*Lasting problems*"))
    shown = problems.count("\n• ")
    assert 0 < shown < 10 and problems.endswith(f"… <{PAGE}#problems|+{90 - shown} more>")
    assert "…" not in "\n".join(told).replace("… <", "").replace("…\n", "")
    assert all(title.title in "\n".join(told) for title in heavy().decisions)


def test_an_issue_is_folded_below_the_limit():
    """Title, then Markdown; a digest too rich for GitHub comes with fewer quotes."""
    document = render(heavy())["issue"].decode()
    assert len(document) <= LARGEST_ISSUE
    title, body = document.split("\n\n", 1)
    assert title == example.full().headline and not body.startswith("#")
    assert document.endswith(f"[The whole digest](<{PAGE}>)\n")


def entries(digest) -> dict[str, ElementTree.Element]:
    feed = ElementTree.fromstring(render(digest)["atom"])
    atom = "{http://www.w3.org/2005/Atom}"
    return {entry.findtext(f"{atom}id"): entry for entry in feed.findall(f"{atom}entry")}


def test_a_feed_updates_the_entry_of_an_insight():
    """A later digest has another time and the same ids, so no insight comes twice."""
    today = paged()
    later = today.model_copy(update={"id": "2026-07-14", "as_of": example.AS_OF + timedelta(1)})
    assert entries(today).keys() == entries(later).keys()
    before, after = (feedparser.parse(render(digest)["atom"]) for digest in (today, later))
    assert before.feed.id == after.feed.id == "tag:insights.example.org,2026:Quillpad"
    assert before.entries[0].published == after.entries[0].published
    assert before.entries[0].updated < after.entries[0].updated


def test_a_feed_leads_to_the_pages_where_there_are_any():
    """Else it stands by itself: every entry has its content."""
    feed = feedparser.parse(render(paged())["atom"])
    assert feed.entries[0].link == f"{PAGES}/topics/0"
    assert feed.entries[-1].link.startswith(f"{PAGE}#i-")
    alone = feedparser.parse(render(example.full())["atom"])
    assert not alone.bozo and not alone.entries[-1].get("links")
    assert all(entry.content[0].value for entry in alone.entries)


@pytest.mark.parametrize("make", [example.full, example.quiet], ids=["full", "quiet"])
def test_the_json_is_what_its_schema_says(make):
    """The published schema describes what is published."""
    jsonschema.Draft202012Validator(digest_schema()).validate(json.loads(render(make())["json"]))


def test_the_published_schema_is_current():
    """It is a file, so that programs can be made against it without running anything."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == digest_schema(), (
        "write it anew: make schema"
    )
