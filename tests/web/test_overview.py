"""The page of topics groups them by area and names nobody below the floor."""

from selectolax.lexbor import LexborHTMLParser

from insights.web.overview import page


def row(number: int, people: int, area: str | None, **changed: object) -> dict[str, object]:
    """Return a topic as it is exported."""
    usual = {"id": f"T{number}", "number": number, "title": f"Matter {number}", "people": people}
    return {**usual, "posts": 2 * people, "parent_id": area, "status": "active", **changed}


AREAS = [
    {"id": "A1", "title": "Sync", "status": "active"},
    {"id": "A2", "title": "Export <b>", "status": "active"},
    {"id": "A3", "title": "Gone", "status": "retired"},
]


def test_topics_stand_under_their_area_the_largest_first() -> None:
    """Areas by posts, topics by people, and last those that belong to no area."""
    rows = [row(1, 4, "A1"), row(2, 9, "A2"), row(3, 6, "A1"), row(4, 20, "A3"), row(5, 5, "A2")]
    read = LexborHTMLParser(page(rows, AREAS, floor=3))
    assert [h.text() for h in read.css("h2")] == ["Export <b>", "Sync", "In no area"]
    assert [cell.text().split()[-1] for cell in read.css("td:first-child")] == [
        "T2", "T5", "T3", "T1", "T4",
    ]  # fmt: skip


def test_topics_below_the_floor_are_counted_and_not_named() -> None:
    """Nor are topics that ended or were dismissed."""
    rows = [row(1, 4, None), row(2, 2, None), row(3, 8, None, status="dismissed")]
    text = page(rows, (), floor=3)
    assert "Matter 1" in text
    assert "All topics" in text
    assert "1 more with fewer than 3 people each" in text
    assert "Matter 2" not in text
    assert "Matter 3" not in text


def test_no_topic_is_no_error() -> None:
    """An empty archive says what makes topics."""
    assert "There is no topic yet" in page((), (), floor=3)
