"""The section of community health is short, honest about what it lacks, and harmless."""

from __future__ import annotations

import re

import pytest

from insights.digest import vital
from insights.digest.claims import Evidence, of
from insights.digest.content import Digest, Judged
from insights.digest.pulse import Compared, Figure, Pulse, Waiting
from insights.digest.recount import Archive, differing, recount
from insights.digest.render import render
from tests.digest import example
from tests.digest.hostile import OWN

NONE = Compared(value=None, now=None, missing="history begins 2 Mar 2026")


def figure(key: str = "people", **changed: object) -> Figure:
    about = {
        "key": key, "title": "Active people", "unit": "people", "value": 261.0, "of": 261,
        "before": Compared(value=337.0, now=261.0), "quarter": NONE, "advice": "Ask them.",
    }  # fmt: skip
    return Figure.model_validate(about | changed)


def digest(*figures: Figure, **more: object) -> Digest:
    pulse = Pulse(figures=figures, **more)
    return example.small().model_copy(update={"pulse": pulse})


@pytest.mark.parametrize(("changed", "now", "before"), [
    ({}, "261", "337 (−23 %)"),
    ({"unit": "share", "value": 0.36, "before": Compared(value=0.4, now=0.36)}, "36 %",
     "40 % (−4 points)"),
    ({"unit": "days", "value": 0.02, "before": Compared(value=0.3, now=0.02)}, "29 minutes",
     "7 hours (−93 %)"),
    ({"unit": "days", "value": 4.0, "before": Compared(value=1.0, now=4.0)}, "4.0 days",
     "24 hours (4× as long)"),
    ({"unit": "mood", "value": -0.19, "before": Compared(value=-0.26, now=-0.19)}, "−0.19",
     "−0.26 (+0.07)"),
    ({"before": Compared(value=10.0, now=12.0, without=("chat",))}, "261",
     "10 (+2, without chat)"),
    ({"value": None, "few": True, "missing": "fewer than 3 people"}, "fewer than 3 people",
     "337 (−23 %)"),
])  # fmt: skip
def test_figures_are_written_with_how_they_moved(
    changed: dict[str, object], now: str, before: str
) -> None:
    """In like units; where sources are left out on both sides, that is said."""
    one = figure(**changed)
    assert (vital.now(one), vital.against(one, one.before)) == (now, before)


def test_every_format_tells_what_moved_and_what_to_do() -> None:
    moved = figure(moved="down", against="past", usual=(280.0, 350.0))
    made = render(digest(moved, figure("mood", title="Mood", unit="mood", value=0.1)))
    for form in ("html", "md", "txt"):
        text = made[form].decode()
        assert "1 of 1 figure moved" in text and "▼ down" in text and "Ask them." in text
    assert "Quarter ago" not in made["html"].decode()
    assert "Nothing is known of a quarter ago: history begins 2 Mar 2026" in made["html"].decode()


def test_a_digest_of_an_archive_without_figures_has_no_section() -> None:
    made = render(example.small())
    assert all(vital.TITLE not in made[form].decode() for form in ("html", "md"))


def test_foreign_words_stay_words() -> None:
    """Titles of topics are people's words; names of sources are an operator's."""
    for words in OWN:
        waiting = Waiting(topic_id="T1", title=words, people=4, oldest_days=2.0)
        one = figure(before=Compared(value=1.0, now=2.0, without=(words,)), missing=words)
        made = render(digest(one, waiting=(waiting,), left_out=(words,)))
        tags = set(re.findall(r"<([a-z]+)", made["html"].decode()))
        assert {"script", "img", "svg", "iframe", "form"}.isdisjoint(tags)
        assert "\x1b" not in made["txt"].decode()


def test_precision_names_the_kinds_and_how_many_were_judged() -> None:
    judged = Judged(
        kind="emerging", judged=14, useful=11, not_useful=1, wrong=2,
        useful_between=(0.5241, 0.9243), wrong_between=(0.04, 0.4),
    )  # fmt: skip
    (said,) = vital.precision((judged,))
    assert (
        "Of 14 judged emerging issues 11 were useful (95 % interval 52 to 92 %), 2 wrong." in said
    )
    assert vital.precision(()) == ()


def test_those_who_wait_are_counted_by_topic_though_a_figure_is_called_so_too() -> None:
    """Every number of the section comes out of the same section again."""
    waits = [
        Waiting(topic_id="T3", title="Sync", people=5, oldest_days=2.0),
        Waiting(topic_id=None, title="Smaller topics", people=4, oldest_days=7.5),
    ]
    told = digest(figure("waiting", value=9.0), waiting=tuple(waits))
    stated = [claim for claim in of(told, Evidence()) if claim.path.startswith("pulse/")]
    archive = Archive(as_of=told.as_of, min_people=3, pulse=told.pulse)
    assert differing(stated, recount(stated, archive)) == []
    assert {"pulse/waiting/value", "pulse/waiting/1/people"} <= {claim.path for claim in stated}
