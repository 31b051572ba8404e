"""The example digest of the docs is what the demo makes today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from flows.example import write
from insights.digest import sections, vital
from insights.digest.render import LARGEST_HTML, render
from insights.errors import UsageError
from tests.digest import example

DOCS = Path(__file__).parents[2] / "docs"
SOMETIMES = (vital.TITLE, sections.AREAS_TITLE)
HEADING = re.compile(r"^## (.+)$", re.M)
COUNT = re.compile(r" \d+$")


def structure(document: str) -> list[str]:
    """Return the headings of sections, without the counts of what is in them."""
    page = LexborHTMLParser(document)
    return [COUNT.sub("", " ".join(node.text().split())) for node in page.css("h2")]


def test_the_example_has_the_sections_that_a_digest_has_now() -> None:
    """If a section came or went, make it anew: python -m flows.demo, python -m flows.example"""
    now = {form: body.decode() for form, body in render(example.full()).items()}
    held = {form: (DOCS / f"example-digest.{form}").read_text("utf-8") for form in ("html", "md")}
    for read in (lambda doc: structure(doc["html"]), lambda doc: HEADING.findall(doc["md"])):
        assert [title for title in read(held) if title not in SOMETIMES] == [
            title for title in read(now) if title not in SOMETIMES
        ]
    assert len(held["html"].encode()) <= LARGEST_HTML


def test_the_example_shows_an_item_whole() -> None:
    """Something to decide, with its people, its statistics, quotes and a next step."""
    told = (DOCS / "example-digest.md").read_text("utf-8")
    first = told.partition("## Needs a decision")[2].partition("\n## ")[0]
    for part in ("people**", "observed", "expected", "Score", "> “", "Next step", "People a week"):
        assert part in first, part


def test_without_a_demo_it_says_how_to_make_one(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(UsageError, match=r"python -m flows\.demo"):
        write(tmp_path, tmp_path)
