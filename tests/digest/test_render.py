"""What a reader finds in a digest: the sections, the items, the reasons, in every format."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import pairwise

import pytest
from selectolax.lexbor import LexborHTMLParser

from insights.digest import palette
from insights.digest.content import Digest
from insights.digest.render import LARGEST_HTML, digest_schema, render
from tests.digest import example, hostile

HEADINGS = [
    "Needs a decision", "Changed since the last digest", "By area", "Lasting problems",
    "Feature requests", "Slow burners", "Praise", "Unanswered questions", "Watch list",
    "What could not be seen",
]  # fmt: skip


@pytest.fixture(scope="module")
def full() -> dict[str, bytes]:
    return render(example.full())


@pytest.fixture(scope="module")
def page(full) -> LexborHTMLParser:
    return LexborHTMLParser(full["html"].decode())


@pytest.fixture(scope="module")
def quiet() -> dict[str, bytes]:
    return render(example.quiet())


def texts(page, selector):
    return [" ".join(node.text().split()) for node in page.css(selector)]


@pytest.mark.parametrize("make", [example.full, example.quiet], ids=["full", "quiet"])
@pytest.mark.parametrize("form", ["html", "md", "txt"])
def test_the_sections_come_in_order_even_when_empty(make, form):
    """A reader always finds the same nine rooms in the same order, and areas where there are."""
    digest = make()
    document = render(digest)[form].decode()
    headings = [h for h in HEADINGS if h != "By area" or (digest.areas and form != "txt")]
    if form == "html":
        found = [re.sub(r" \d+$", "", title) for title in texts(LexborHTMLParser(document), "h2")]
        assert found == [*headings, "Method"]
    else:
        mark = {"md": "\n## {}\n", "txt": "\n{} "}[form]
        titles = headings if form == "md" else [title.upper() for title in headings]
        places = [document.find(mark.format(title)) for title in titles]
        assert -1 not in places
        assert all(one < other for one, other in pairwise(places))


def test_equal_digests_give_equal_bytes():
    """Neither a second run nor the order in which names were put in changes a byte."""
    once = example.full()
    turned = once.model_copy(
        update={
            "versions": dict(reversed(once.versions.items())),
            "problems": tuple(
                item.model_copy(update={"parts": dict(reversed(item.parts.items()))})
                for item in once.problems
            ),
        }
    )
    assert once == turned
    assert render(once) == render(example.full()) == render(turned)


def test_every_item_is_there_with_anchor_people_and_score(page):
    """Five decisions and all the rest, each with an id to link to."""
    assert len(page.css("h3")) == 5 + 10 + 10 + 3 + 3 + 3
    assert len(page.css("td[id^='i-']")) == 34
    first = page.css_first("td[id^='i-']").text().replace("\xa0", " ")
    for said in ("Sync stops on Android", "43", "+35 from 8", "observed 43, expected 9.1",
                 "Score 82.4", "Reach 0.81", "forum (38)", "4.2 (39)", "teams (21)", "app#812",
                 "Next step", "first seen 2 days ago", "● new"):  # fmt: skip
        assert said in first


@pytest.mark.parametrize("form", ["html", "md", "txt"])
def test_an_item_says_where_it_stands_out(full, form):
    """In every format, and as data."""
    shown = full[form].decode().replace("\\", "")
    assert "Where: version 4.2.0 (34 of 43 people, 6×)" in " ".join(shown.split())
    where = json.loads(full["json"])["decisions"][0]["where"]
    assert where == [{"kind": "version", "name": "4.2.0", "of": 43, "people": 34, "times": 6.2}]


def test_a_quote_shows_its_date_source_and_link(page):
    """Three quotes a decision: typical, newest, dissenting."""
    card = page.css_first("td[id^='i-']")
    quotes = card.css("p:has(> q)")
    assert [quote.text().split("”")[0].count("12 Jul") for quote in quotes] == [1, 0, 0]
    assert "Typical, 12 Jul 2026, forum: forum:4000" in quotes[0].text()
    assert quotes[0].css_first("a").attributes["href"] == (
        "https://forum.example.org/t/thread-0/4000"
    )
    assert len(quotes) == 3


def test_numbers_open_their_posts_and_each_item_can_be_judged():
    """Where readers reach the pages; elsewhere nothing leads nowhere."""
    site = "https://insights.example.org"
    digest = example.small().model_copy(update={"pages": site})
    page = LexborHTMLParser(render(digest)["html"].decode())
    links = {a.attributes["href"] for a in page.css("a")}
    first = digest.decisions[0].id
    wanted = {
        f"{site}/digests/2026-07-13.html",
        f"{site}/digests/2026-07-13/claims/items/{first}/people",
        f"{site}/feedback/2026-07-13/{first}",
    }
    assert wanted <= links
    assert (
        f"(<{site}/digests/2026-07-13/claims/items/{first}/people>)"
        in render(digest)["md"].decode()
    )
    assert len(render(example.full().model_copy(update={"pages": site}))["html"]) <= LARGEST_HTML
    assert "claims" not in render(example.small())["html"].decode()


def test_a_failed_source_is_unavailable_and_never_zero(full):
    """Nobody reads a broken source as silence."""
    for form in ("html", "md", "txt"):
        document = full[form].decode()
        assert "unavailable" in document
        assert not re.search(r"reviews\b[^\n]{0,200}[ >|]0[ <|]", document)


def test_the_header_says_what_the_pulls_of_each_source_came_to():
    """What they brought, cost and missed, in every format that is read as a page."""
    forum, github, reviews = example.full().sources
    day = timedelta(days=1)
    forum = forum.model_copy(
        update={"new": 880, "changed": 12, "deleted": 5, "requests": 1204, "waited_s": 61.4,
                "pulls": 7, "failed": 2, "last_success_at": example.AS_OF}
    )  # fmt: skip
    reviews = reviews.model_copy(
        update={"state": "waiting", "resume_at": example.AS_OF + day, "unchecked": "it is down",
                "last_success_at": example.AS_OF - 4 * day}
    )  # fmt: skip
    digest = example.full().model_copy(update={"sources": (forum, github, reviews)})
    documents = render(digest)
    for form in ("html", "md", "txt", "json", "issue"):
        document = documents[form]
        told = " ".join(re.sub(r"<[^>]+>|\\", " ", document.decode()).split())
        if form == "json":
            assert json.loads(document)["sources"][0]["waited_s"] == 61.4
            continue
        for said in ("880 new, 12 changed, 5 deleted; 1,204 requests, 61 s waited",
                     "2 of 7 pulls failed", "2 items could not be read"):  # fmt: skip
            assert said in told, form
        if form != "txt":  # one line a source in trouble: the other formats say all of it
            assert "last read 9 Jul 2026, 04:00 UTC" in told
            assert "can be asked again 14 Jul 2026, 04:00 UTC" in told
            assert "older posts could not be asked for again" in told


def test_a_digest_fits_in_a_mail(full):
    """The full digest is below where mail programs clip, and says that it was folded."""
    assert len(full["html"]) <= LARGEST_HTML == 80_000
    assert b"Folded to fit" in full["html"]


@pytest.mark.parametrize("letter", ["x", "“", "界", "<", '"'], ids=repr)
def test_no_digest_outgrows_a_mail(letter):
    """Endless words in every field fold further, down to what is spare but whole."""
    endless = hostile.told(example.full(), lambda: (letter * 9 + " ") * 200)
    document = render(endless)["html"]
    assert len(document) <= LARGEST_HTML
    page = LexborHTMLParser(document)
    assert len(page.css("h2")) == 11
    assert len(page.css("table[style*='border-left:4px'] h3")) == 5


def test_what_people_say_in_the_same_words_outlives_splits_and_quotes():
    """A large digest still tells what is asked for, what fails and when."""
    digest = example.full()
    said = {"fails": example.ASKED, "conditions": example.ASKED, "asks_for": example.ASKED}
    many = tuple(item.model_copy(update=said) for item in digest.problems)
    document = render(digest.model_copy(update={"problems": many, "requests": many}))["html"]
    assert len(document) <= LARGEST_HTML
    assert b"Folded to fit" in document
    assert document.decode().count("Fails: two windows (9), second screen (4).") == 20


def test_people_and_posts_are_rolled_up_by_area(full, quiet):
    """Each area with its people now and before; nothing where there are no areas."""
    for form in ("html", "md", "txt"):
        document = full[form].decode()
        assert "Sync, offline, conflict" in document
        assert "+44 %" in document
        assert "few before" in document
        assert "By area" not in quiet[form].decode()
    assert json.loads(full["json"])["areas"][0]["people_before"] == 131


def test_a_small_digest_is_not_folded():
    """With room, nothing is left out."""
    small = example.quiet(problems=example.full().problems[:3])
    document = render(small)["html"]
    assert b"Folded to fit" not in document
    assert len(LexborHTMLParser(document).css("q")) == 9


def test_nothing_is_fetched_and_nothing_runs(full):
    """One file: no script, image, font, import or form."""
    page = LexborHTMLParser(full["html"].decode())
    assert not page.css("script, img, link, iframe, object, form, svg, base, video")
    assert b"url(" not in full["html"]
    assert b"@import" not in full["html"]


def test_structure_for_those_who_listen(page):
    """One h1, tables told apart, pictures described, a language."""
    assert len(page.css("h1")) == 1
    assert page.css_first("html").attributes["lang"] == "en"
    for table in page.css("table"):
        assert table.attributes.get("role") in ("presentation", "img") or table.css("th[scope]")
    for spark in page.css("table[role=img]"):
        assert (spark.attributes["aria-label"] or "").startswith("People a week: ")


def test_a_sparkline_is_a_cell_a_bar(page):
    """Eight weeks, eight bars, the greatest the tallest."""
    bars = page.css_first("table[role=img]").css("td")
    heights = [int(re.search(r"border-bottom:(\d+)px", b.attributes["style"])[1]) for b in bars]
    assert len(heights) == 8
    assert heights[-1] == max(heights) == 30


def test_the_style_sheet_is_far_below_what_mail_drops(page):
    """Gmail drops a style element of 16 kB."""
    assert len(page.css_first("style").text()) < 4_000


@pytest.mark.parametrize(("ink", "fill"), palette.READABLE, ids="-on-".join)
def test_contrast_is_enough_in_light_and_dark(ink, fill):
    """4.5:1 for every text on every ground it stands on."""
    one, other = palette.COLOURS[ink], palette.COLOURS[fill]
    assert palette.contrast(one.light, other.light) >= 4.5
    assert palette.contrast(one.dark, other.dark) >= 4.5


def test_contrast_is_computed_as_wcag_does():
    """Black on white is 21, and #767676 the lightest grey that passes."""
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


def test_every_colour_in_the_page_has_a_dark_one(full):
    """A dark rule finds its elements by their light colour, so each is there once."""
    light = [colour.light for colour in palette.COLOURS.values()]
    assert len(light) == len(set(light))
    body = full["html"].decode().split("</style>")[1]
    assert set(re.findall(r"#[0-9a-f]{6}(?=[;\"])", body)) <= set(light)


def test_status_never_by_colour_alone():
    """Each tone has a sign, and the two tables of words are covered."""
    assert all(sign for sign, _ in palette.TONES.values())
    assert {"new", "growing", "steady", "cooling", "quiet", "returned"} <= set(palette.TONES)


def test_a_quiet_week_is_a_good_digest(quiet):
    """Empty sections say why."""
    for form in ("html", "md", "txt"):
        document = " ".join(quiet[form].decode().split())
        assert "Nothing significant" in document
        assert "That is a good digest." in document
        assert "No lasting problem reached 3 people" in document


def test_an_empty_section_says_what_could_not_be_read():
    """Silence of a source is not good news."""
    blind = example.quiet(sources=example.full().sources)
    assert "As far as could be seen: reviews could not be." in render(blind)["md"].decode()
    dark = example.quiet(sources=example.full().sources[2:], posts=0)
    document = render(dark)["txt"].decode()
    assert "No source could be read, so nothing can be said here." in document
    assert "That is a good digest" not in document
    assert "- reviews is failed: it answered" in document
    bare = example.quiet(sources=(), posts=0)
    assert b"No source is configured" in render(bare)["html"]


def test_more_than_is_shown_is_counted():
    """What a section leaves out is said, and is in the JSON."""
    many = example.quiet(problems=tuple(example.item(f"Number {n}", place=n) for n in range(14)))
    documents = render(many)
    assert b"4 more in the JSON format" in documents["html"]
    assert "… 4 more in the JSON format" in documents["md"].decode()
    assert "… 11 more" in documents["txt"].decode()
    assert len(json.loads(documents["json"])["problems"]) == 14


def test_text_is_short_and_narrow(full, quiet):
    """Forty to eighty lines of eighty columns."""
    for documents, least in ((full, 40), (quiet, 30)):
        lines = documents["txt"].decode().splitlines()
        assert least <= len(lines) <= 80
        assert max(map(len, lines)) <= 80
    assert "▂▂▂▂▂▂▂█" in full["txt"].decode()


def test_json_is_the_digest_and_fits_its_schema(full):
    """It reads back equal, its keys are sorted, and the schema names them all."""
    document = full["json"].decode()
    assert Digest.model_validate_json(document) == example.full()
    assert document.endswith("}\n")
    keys = list(json.loads(document))
    assert keys == sorted(keys)
    assert set(keys) == set(digest_schema()["properties"])


def test_numbers_that_are_not_numbers_do_no_harm():
    """NaN and infinity are unknown, and the JSON stays JSON."""
    odd = example.item("Odd", observed=float("nan"), expected=float("inf"), parts={"reach": 7.0})
    documents = render(example.quiet(decisions=(odd,), coverage=float("nan")))
    assert b"observed unknown, expected unknown" in documents["html"]
    json.loads(documents["json"], parse_constant=pytest.fail)


def test_a_first_week_is_no_all_clear():
    """Where there is too little history to tell, nothing is called good."""
    young = example.quiet(warming=("warming up: forum has 2 days of history",))
    for form, document in render(young).items():
        text = " ".join(document.decode().split())
        assert "That is a good digest" not in text, form
    assert "too little history yet" in render(young)["md"].decode()
