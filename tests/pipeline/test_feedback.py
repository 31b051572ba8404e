"""What readers say of a digest reaches the next one, the tuning and, when asked, oblivion."""

from __future__ import annotations

from datetime import timedelta

import pytest

from insights import feedback
from insights.digest.render import render
from insights.models import Signal
from insights.pipeline import nightly, report, verdicts
from insights.pipeline.corrections import undo
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.pipeline.rehearse import Telling
from insights.pipeline.tune import Choice, proposed, tune
from insights.store import corrections, digests
from tests.pipeline import village

MORNING = village.NIGHT + timedelta(hours=6)
SINCE = village.NIGHT - timedelta(days=6)


def emerging(engine: Engine) -> tuple[str, str]:
    """Return the digest and the item that tell of the outbreak."""
    with engine.database.read() as tx:
        content = digests.before(tx, MORNING)
    assert content
    (item,) = [item for item in content["decisions"] if item["kind"] == "emerging"]
    return content["id"], item["id"]


def test_the_next_digest_says_how_many_were_useful(lived: Engine) -> None:
    """With how many were judged and an interval, in its method section and as data."""
    digest, item = emerging(lived)
    feedback.tell(lived.database, digest, item, "useful", by="mo")
    made = nightly.run(lived, as_of=MORNING, community="Moor", publishing=False).digest
    (counted,) = made.judged
    assert (counted.kind, counted.judged, counted.useful, counted.wrong) == ("emerging", 1, 1, 0)
    line = made.method[-1]
    assert "Of 1 judged emerging issues 1 was useful (95 % interval 21 to 100 %), 0 wrong." in line
    assert b"judged emerging issues" in render(made)["html"]


def test_an_issue_is_judged_once_and_what_was_said_last_holds(lived: Engine) -> None:
    """In whichever digest it stood; what is taken back was never said."""
    digest, item = emerging(lived)
    for verdict in ("wrong", "useful"):
        number = feedback.tell(lived.database, digest, item, verdict, by=verdict).number
    with lived.database.read() as tx:
        assert feedback.judged(corrections.in_force(tx, "feedback"))[0].useful == 1
    assert undo(lived, number, by="mo") == f"{digest}/{item}"
    with lived.database.read() as tx:
        (counted,) = feedback.judged(corrections.in_force(tx, "feedback"))
    assert (counted.judged, counted.wrong) == (1, 1)


@pytest.mark.parametrize(("hits", "of", "low", "high"), [
    (0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (11, 14, 0.5241, 0.9243),
])  # fmt: skip
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    """Values of Newcombe, Two-sided confidence intervals for the single proportion, 1998."""
    assert feedback.interval(hits, of) == pytest.approx((low, high), abs=2e-4)


def test_a_reason_that_quotes_an_erased_post_goes_with_it(lived: Engine) -> None:
    """A reason that says something else stays."""
    digest, item = emerging(lived)
    with lived.database.read() as tx:
        content = digests.get(tx, digest)
    assert content
    (told,) = [each for each in content["decisions"] if each["id"] == item]
    quote = told["quotes"][0]
    feedback.tell(lived.database, digest, item, "wrong", by="a", reason=f"see “{quote['text']}”")
    feedback.tell(lived.database, digest, item, "wrong", by="b", reason="we had a test that day")
    erase(lived, post=quote["post_id"])
    with lived.database.read() as tx:
        reasons = [entry["body"]["reason"] for entry in corrections.history(tx, "feedback")]
    assert reasons == [corrections.ERASED, "we had a test that day"]


@pytest.mark.parametrize(("verdict", "counted"), [
    ("useful", "confirmed"), ("wrong", "refuted"), ("not-useful", "not_useful"),
])  # fmt: skip
def test_the_report_counts_what_was_said_of_an_alarm(
    lived: Engine, verdict: str, counted: str
) -> None:
    """The rehearsed alarm is found to be the one that stood in the digest."""
    digest, item = emerging(lived)
    feedback.tell(lived.database, digest, item, verdict, by="mo")
    found = report.report(lived, since=SINCE, until=village.NIGHT)["judged"]
    assert (found["judged"], found[counted]) == (1, 1)


def test_tuning_counts_the_useful_and_the_wrong(lived: Engine) -> None:
    """What was useful is not lost, however few alarms are wanted; what was wrong is."""
    digest, item = emerging(lived)
    feedback.tell(lived.database, digest, item, "useful", by="mo")
    kept = tune(lived, wanted=0.001, since=SINCE, until=village.NIGHT)
    assert kept.useful == 1 and kept.proposed is not None
    assert kept.proposed.useful == 1 and kept.proposed.total > 0.001
    feedback.tell(lived.database, digest, item, "wrong", by="mo")
    told = tune(lived, wanted=1000.0, since=SINCE, until=village.NIGHT)
    assert told.now.wrong == 1 and told.now.false == told.now.by_chance + told.now.wrong_a_month
    assert told.proposed is not None and told.proposed.wrong == 0


def choice(total: float, *, useful: int = 0, wrong: int = 0) -> Choice:
    return Choice(
        chance=total / 100, trend_chance=0.1, emerging=total, trends=0, others=0, by_chance=0,
        useful=useful, wrong=wrong, wrong_a_month=float(wrong),
    )  # fmt: skip


@pytest.mark.parametrize(("choices", "place"), [
    pytest.param([choice(1), choice(2), choice(9)], 1, id="loosest-that-fits"),
    pytest.param([choice(1), choice(2, wrong=1)], 0, id="adds-only-what-is-wrong"),
    pytest.param([choice(1), choice(3, wrong=1)], 1, id="adds-more-than-what-is-wrong"),
    pytest.param([choice(1), choice(9, useful=1)], 1, id="useful-though-too-many"),
    pytest.param([choice(1, useful=1), choice(2), choice(9)], 0, id="useful-is-not-lost"),
    pytest.param([choice(9), choice(10)], None, id="nothing-fits"),
])  # fmt: skip
def test_a_proposal_keeps_the_useful(choices: list[Choice], place: int | None) -> None:
    assert proposed(choices, 4.0) == (None if place is None else choices[place])


def test_another_issue_is_not_judged(lived: Engine) -> None:
    """Of another kind, of other posts, or of another month."""
    at = village.NIGHT
    mine = {"kind": "emerging", "raised_at": at, "topic_id": None, "post_ids": ["a", "b", "c"]}
    verdict = verdicts.Verdict("wrong", mine)

    def alarm(kind: str, posts: tuple[str, ...], days: float) -> Telling:
        when = at + timedelta(days=days)
        return Telling(when, Signal(
            number=1, kind=kind, title="", status="raised", raised_at=when, last_at=when,
            run_id="", observed=9, expected=1, p=0, q=0, people=9, why="", post_ids=posts,
            latest=9, peak=9, peak_at=when,
        ))  # fmt: skip

    assert verdict.is_about(alarm("emerging", ("a", "b", "x"), 1))
    assert not verdict.is_about(alarm("rising", ("a", "b", "c"), 1))
    assert not verdict.is_about(alarm("emerging", ("a", "x", "y"), 1))
    assert not verdict.is_about(alarm("emerging", ("a", "b", "c"), 30))
