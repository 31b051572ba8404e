"""What was fixed and comes back is told; its echo is not, nor who has not updated."""

from datetime import timedelta

import numpy as np
import pytest

from insights.corpus import day_of
from insights.models import Release, Topic
from insights.signals.detectors import ask
from insights.signals.finding import Finding
from insights.signals.options import SignalOptions
from insights.signals.regression import Fix, detector, follows
from tests.worlds import NIGHT, points, world

OPTIONS = SignalOptions()
TOPIC = Topic(
    number=7, title="Export fails", keywords=(), status="active",
    born_at=NIGHT - timedelta(days=60), run_id="r", size=10,
)  # fmt: skip


def read(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split(",") if part)


def lived(again: list[float], *, fixed: float = 20.0, rate: float = 1.0, texts=None, seed=1):
    """A topic of `rate` people a day until it was fixed, and who spoke of it since, in days ago."""
    dice = np.random.default_rng(seed)
    before = dice.uniform(fixed, 60, int(rate * (60 - fixed))).tolist()
    others = dice.uniform(0.01, 60, 900).tolist()
    said = [*(texts or [""] * len(again)), *[""] * (len(before) + 900)]
    return world(
        np.repeat(points(1), len(said), axis=0),
        [*again, *before, *others],
        topics=[7] * (len(again) + len(before)) + [-1] * 900,
        texts=said,
    )


def told(corpus, *, days: float = 20.0, release: str | None = None, topics=(TOPIC,)):
    fix = Fix(NIGHT - timedelta(days=days), release)
    return ask(corpus, topics, NIGHT, OPTIONS, [detector({7: fix}, read)])


def test_a_fixed_topic_that_comes_back_is_told() -> None:
    (finding,) = told(lived([0.5, 1, 1.5, 2, 2.5, 3]), release="4.2.1")
    assert (finding.kind, finding.topic, finding.observed) == ("regression", 7, 6)
    assert finding.expected < 1
    assert finding.why.startswith(
        "6 people in 7 days speak of it, 20 days after it was fixed in 4.2.1, where its echo"
    )
    assert len(finding.rows) == 6


@pytest.mark.parametrize("again", [[], [1.0], [1.0, 2.0]], ids=len)
def test_one_or_two_are_no_regression(again) -> None:
    assert told(lived(again)) == []


def test_right_after_a_fix_its_echo_is_expected() -> None:
    """As many as before, but the fix is two days old."""
    assert told(lived([0.3, 0.8, 1.2, 1.7], fixed=2.0, rate=2.0), days=2.0) == []


def test_people_on_older_versions_have_not_got_the_fix() -> None:
    """Six on 4.1 and 4.2.0 are not counted; who names none, or the fixed one too, is."""
    again = [0.5, 1, 1.5, 2, 2.5, 3]
    old = ["version/4.1", "version/4.2.0", "version/v4.1.9"] * 2
    assert told(lived(again, texts=old), release="4.2.1") == []
    new = ["version/4.2.1", "version/4.3", "", "version/4.2.0,version/4.2.1", "", ""]
    (finding,) = told(lived(again, texts=new), release="4.2.1")
    assert finding.observed == 6


def test_the_version_of_a_post_counts_too() -> None:
    corpus = lived([0.5, 1, 1.5, 2, 2.5, 3])
    corpus.versions[-400:] = "4.1.0"
    assert told(corpus, release="4.2.1") == []


def test_one_loud_voice_is_one_person() -> None:
    corpus = lived([0.5, 1, 1.5, 2, 2.5, 3])
    corpus.people[corpus.days > day_of(NIGHT) - 7] = 5000
    assert told(corpus) == []


@pytest.mark.parametrize("status", ["dismissed", "merged", "retired"])
def test_only_living_topics_come_back(status) -> None:
    from dataclasses import replace

    corpus = lived([0.5, 1, 1.5, 2, 2.5, 3])
    assert told(corpus, topics=[replace(TOPIC, status=status)]) == []


def test_a_fix_of_tomorrow_is_not_known_yet() -> None:
    assert told(lived([0.5, 1, 1.5, 2, 2.5, 3]), days=-1.0) == []


def echoing(seed: int, *, back: int):
    """Twenty days after a fix: the rest that is taken for usual, and `back` people more."""
    dice = np.random.default_rng(seed)
    rest = dice.uniform(0.1, 20, dice.poisson(2.0)).tolist()
    return lived([*rest, *dice.uniform(0.1, 4, back).tolist()], seed=seed)


def test_in_worlds_where_it_stays_fixed_hardly_any_is_told() -> None:
    assert sum(bool(told(echoing(seed, back=0))) for seed in range(150)) <= 1


def test_in_worlds_where_it_is_back_it_is_told() -> None:
    assert sum(bool(told(echoing(seed, back=8))) for seed in range(60)) >= 57


# --- what follows a release


def emerging(first_days_ago: float, kind: str = "emerging"):
    corpus = world(np.repeat(points(1), 5, axis=0), np.linspace(0.1, first_days_ago, 5))
    finding = Finding(
        kind=kind, rows=np.arange(5), observed=5, expected=0.1, p=1e-9, q=1e-8, why=""
    )
    return corpus, finding


def out(version: str, days_ago: float) -> Release:
    return Release(source="app", version=version, released_at=NIGHT - timedelta(days=days_ago))


def test_a_problem_that_starts_after_a_release_says_so_with_the_lag() -> None:
    """Of two releases, the later one."""
    releases = [out("v4.1.0", 3.5), out("v4.2.0", 2.0), out("v5.0.0", 0.5)]
    assert follows(*emerging(1.5), releases) == "; it began 12 hours after release 4.2.0"
    assert follows(*emerging(1.5), releases[:1]) == "; it began 2 days after release 4.1.0"


@pytest.mark.parametrize(
    ("first", "releases", "kind"),
    [
        (1.5, [], "emerging"),
        (1.5, [out("4.2.0", 9.0)], "emerging"),
        (1.5, [out("4.2.0", 1.0)], "emerging"),
        (1.5, [out("4.2.0", 2.0)], "rising"),
    ],
    ids=["no release", "long before", "after it began", "no emerging one"],
)
def test_what_does_not_follow_a_release_says_nothing(first, releases, kind) -> None:
    assert follows(*emerging(first, kind), releases) == ""
