"""What telling templates from people promises: forms are left out, what people say is not."""

from __future__ import annotations

from insights.text.boilerplate import Filled, recurring, without

FORM = """### What happened?

{said}

### Which ferry?

{more}

- [{box}] I have looked at the timetable
"""
WORDS = ("lantern", "harbour", "keeper", "tide", "rope", "anchor", "gull", "mast", "cabin", "deck")


def forms(count: int, *, authors: int = 50, space: str = "quay") -> list[Filled]:
    return [
        Filled(
            space,
            f"a{number % authors}",
            FORM.format(
                said=f"The {WORDS[number % 10]} was late, number {number}",
                more=f"Boat {number}",
                box="x" if number % 2 else " ",
            ),
            "markdown",
        )
        for number in range(count)
    ]


def chat(count: int, line: str = "We waited for an hour") -> list[Filled]:
    return [
        Filled("quay", f"c{number}", f"{line}\n{number} boats\nand {number * 7} gulls", "plain")
        for number in range(count)
    ]


CLEANED = "What happened?\n\nThe tide was late\n\nWhich ferry?\n\nI have looked at the timetable"


def test_the_lines_of_a_form_are_left_out_and_the_answers_stay():
    """Ticked or not, with marks or without, a line of the form is the same line."""
    assert without(CLEANED, recurring(forms(40))) == "The tide was late"


def test_a_form_that_few_use_among_many_is_known_by_its_headings():
    lines = recurring([*forms(20), *chat(200, "The sea was calm")])
    assert without(CLEANED, lines) == "The tide was late"


def test_what_people_say_alike_is_no_template():
    """A sentence that one post in seven holds word for word is not in the form of a heading."""
    lines = recurring([*chat(30), *forms(200)])
    said = "We waited for an hour\nand then some"
    assert without(said, lines) == said


def test_a_text_that_is_pasted_often_is_no_template():
    """A campaign of many accounts with one text makes no template of it."""
    pasted = [Filled("quay", f"p{n}", "# Save the pier\n# Sign here\n# Now", "markdown")
              for n in range(300)]  # fmt: skip
    assert recurring(pasted) == set()


def test_the_habit_of_one_author_is_no_template():
    assert recurring(forms(60, authors=2)) == set()


def test_few_posts_make_no_template():
    assert recurring(forms(9)) == set()


def test_each_space_has_its_own_templates():
    """A form that fills one space is found beside another that is far larger."""
    lines = recurring([*forms(12, space="small"), *chat(500)])
    assert without(CLEANED, lines) == "The tide was late"


def test_nothing_changes_where_no_template_is_known():
    assert without(CLEANED, set()) == CLEANED
    assert without("What happened?", recurring(forms(40))) == "What happened?"


def test_forms_of_html_are_known_too():
    written = "<h3>What happened?</h3><p>Late, {n}</p><h3>Which ferry?</h3><p>Boat {n}</p>"
    lines = recurring(Filled(None, f"a{n}", written.format(n=n), "html") for n in range(30))
    assert without("What happened?\nIt sank\nWhich ferry?\nNone", lines) == "It sank\n\nNone"
