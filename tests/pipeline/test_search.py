"""What search promises: nearest posts first, and the very letters where a query is code."""

from __future__ import annotations

from datetime import timedelta

import pytest

from insights.models import Post
from insights.pipeline.engine import Engine
from insights.pipeline.search import Hit, search
from insights.store import posts
from tests.pipeline import village

TEXTS = (
    "The tide table is wrong by an hour",
    "It stops when I print\n\n```\n"
    "TideError: no 100% of table_of_tides\n  at quay.print(quay.py:7)\n```",
    "Please let me print the table of tides",
)


@pytest.fixture
def shelf(engine: Engine) -> Engine:
    given = [
        Post(source="forum", native_id=str(number), text=words, author=f"a{number}",
             created_at=village.FIRST_DAY + timedelta(minutes=number))
        for number, words in enumerate(TEXTS)
    ]  # fmt: skip
    with engine.database.write() as tx:
        posts.save(tx, "forum", given, village.FIRST_DAY)
    return engine


def first(engine: Engine, query: str) -> Hit:
    (hits,) = search(engine, [query], limit=3)
    assert len({hit.post_id for hit in hits}) == len(hits) <= 3
    return hits[0]


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("table_of_tides", "TideError: no 100% of table_of_tides"),
        ("TideError: no 100%", "TideError: no 100% of table"),
        ("quay.print", "at quay.print(quay.py:7)"),
    ],
    ids=["a name", "an error with a wildcard in it", "a call"],
)
def test_code_is_found_by_its_letters(shelf: Engine, query: str, line: str) -> None:
    """Code is set apart from what is embedded, and found where it was written."""
    hit = first(shelf, query)
    assert (hit.post_id, hit.score) == ("forum:1", 1.0)
    assert hit.text.startswith(line)


def test_a_name_that_nobody_wrote_is_found_in_no_post_by_its_letters(shelf: Engine) -> None:
    assert first(shelf, "table%of_tides").score < 1.0


def test_words_are_found_by_meaning(shelf: Engine) -> None:
    assert first(shelf, "let me print tides").post_id == "forum:2"
