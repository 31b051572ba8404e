"""Each kind of signal stands in its section, ranked by its own people; a wave is ranked nowhere."""

from datetime import timedelta

import numpy as np
import pytest

from insights.digest import wording
from insights.digest.choice import choose
from insights.models import Signal, Topic
from insights.ranking import RankOptions, rank
from tests.digest import example
from tests.worlds import NIGHT, points, world

TOPIC = Topic(number=1, title="Tables", keywords=(), status="active", born_at=NIGHT, run_id="",
              size=1)  # fmt: skip


def signal(kind: str, *, posts=range(6), topic: str | None = "T1", **changed) -> Signal:
    usual = {
        "number": 9, "title": "", "status": "raised", "raised_at": NIGHT, "last_at": NIGHT,
        "run_id": "", "observed": 6, "expected": 1, "p": 0, "q": 0, "people": 6, "why": "",
        "latest": 6, "peak": 6, "peak_at": NIGHT,
    }  # fmt: skip
    ids = tuple(f"forum:{post}" for post in posts)
    return Signal(kind=kind, post_ids=ids, topic_id=topic, **(usual | changed))


def ranked(*signals: Signal, says: str = "request"):
    """Ten posts of a topic, two of them from weeks ago, and what stands out of them."""
    corpus = world(
        points(10), [*np.linspace(0.1, 6, 8), 20, 21], topics=[1] * 10, intents={says: [1.0] * 10}
    )
    found = rank(
        corpus, [TOPIC], signals, as_of=NIGHT, period_days=7, options=RankOptions()
    )  # fmt: skip
    return corpus, found


def sections(*signals: Signal, says: str = "request") -> dict[str, list[str]]:
    chosen = choose(*ranked(*signals, says=says))
    return {name: [i.id for i in insights] for name, insights in chosen.items() if insights}


@pytest.mark.parametrize(
    ("kind", "says", "placed"),
    [
        ("risk", "problem", {"decisions": ["risk-S9"], "problems": ["problem-T1"]}),
        ("returned", "problem", {"decisions": ["returned-S9"]}),
        ("momentum", "request", {"requests": ["momentum-S9"]}),
        ("unanswered", "question", {"questions": ["unanswered-S9"]}),
        ("coordinated", "problem", {"problems": ["problem-T1"]}),
    ],
)
def test_each_kind_stands_in_its_section_and_its_topic_is_not_told_twice(kind, says, placed):
    found = sections(signal(kind), says=says)
    found.pop("slow_burners", None)
    assert found == placed


def test_what_waits_comes_before_what_is_asked_most():
    found = sections(signal("unanswered", posts=range(3), topic=None), says="question")
    assert found["questions"] == ["unanswered-S9", "question-T1"]


def test_questions_that_wait_are_of_the_period_however_old_they_are():
    _, found = ranked(signal("unanswered", posts=range(10)))
    (waiting,) = [insight for insight in found if insight.kind == "unanswered"]
    assert (waiting.people, waiting.people_before) == (10, 2)


def test_a_risk_is_ranked_by_its_own_posts():
    _, found = ranked(signal("risk", posts=range(3)))
    (risk,) = [insight for insight in found if insight.kind == "risk"]
    assert risk.people == 3


@pytest.mark.parametrize("kind", ["risk", "returned", "momentum", "unanswered"])
def test_every_kind_has_a_next_step(kind):
    _, found = ranked(signal(kind))
    assert all(wording.next_step(insight) for insight in found if insight.kind == kind)


WHY = "23 accounts, 22 of them new, said nearly the same within 40 minutes"


@pytest.mark.parametrize(
    ("wave", "told"),
    [
        ({}, [f"A coordinated wave: {WHY} (S12); it counts nowhere as demand"]),
        ({"last_at": example.AS_OF - timedelta(days=9)}, []),
        ({"people": 2}, []),
    ],
    ids=["of the period", "of the week before", "below the floor"],
)
def test_a_wave_is_told_among_what_could_not_be_seen(wave, told):
    usual = {"number": 12, "why": WHY, "people": 23, "last_at": example.AS_OF}
    digest = example.full().model_copy(update={"sources": (), "min_people": 3})
    assert list(wording.not_seen(digest, [signal("coordinated", **(usual | wave))])) == told
