"""A fix is judged by the people before and since, at the same exposure; silence proves nothing."""

from datetime import timedelta

import numpy as np
import pytest

from insights.corpus import day_of
from insights.signals.aftermath import Verdict, judge
from insights.signals.options import SignalOptions
from insights.signals.regression import Fix
from tests.worlds import NIGHT, points, world

OPTIONS = SignalOptions()
FIXED_DAYS = 30.0


def read(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split(",") if part.startswith("version/"))


def lived(
    seed: int = 1, *, rate: float = 1.0, since: float = 0.0, texts: str = "", others: int = 15
):
    """A topic of `rate` people a day until the fix and `since` after it, among `others` a day."""
    dice = np.random.default_rng(seed)
    before = dice.uniform(FIXED_DAYS, 90, dice.poisson(rate * 60)).tolist()
    after = dice.uniform(0, FIXED_DAYS, dice.poisson(since * FIXED_DAYS)).tolist()
    rest = dice.uniform(0, 90, others * 90).tolist()
    mine = len(before) + len(after)
    return world(
        np.repeat(points(1), mine + len(rest), axis=0),
        [*before, *after, *rest],
        topics=[7] * mine + [-1] * len(rest),
        people=dice.integers(0, 400, mine + len(rest)),
        texts=[""] * len(before) + [texts] * len(after) + [""] * len(rest),
    )


def told(corpus, *, ago: float = 0.0, release: str | None = None) -> Verdict:
    """The verdict `ago` days before the night."""
    at = NIGHT - timedelta(days=ago)
    fix = Fix(NIGHT - timedelta(days=FIXED_DAYS), release)
    return judge(corpus.until(at), 7, fix, at, OPTIONS, read)


def test_nobody_speaks_of_it_any_more() -> None:
    """The sentence says how many were expected, and the chance of so few."""
    verdict = told(lived())
    assert (verdict.kind, verdict.people) == ("quiet", 0)
    assert 15 < verdict.expected < 40 and verdict.p < 1e-6
    said = f"confirmed quiet: 0 people in 27 days where {verdict.expected:.1f} were expected (p = "
    assert verdict.said.startswith(said)


def test_as_many_speak_of_it_as_before() -> None:
    verdict = told(lived(since=1.0))
    assert (verdict.kind, verdict.people > 12) == ("still", True)
    assert verdict.said.startswith(f"still reported: {verdict.people} people in 27 days where")


@pytest.mark.parametrize("days", [0.1, 2.0, 5.0])
def test_right_after_a_fix_it_is_too_early_and_the_day_is_named(days: float) -> None:
    """Waiting as long as it says is enough."""
    corpus = lived()
    early = told(corpus, ago=FIXED_DAYS - days)
    assert early.kind == "early" and early.wait_days is not None
    assert f"it can be told in {early.wait_days:.0f} days" in early.said
    assert told(corpus, ago=FIXED_DAYS - days - early.wait_days - 1).kind == "quiet"


def test_what_was_said_rarely_can_never_be_told() -> None:
    verdict = told(lived(rate=0.02))
    assert (verdict.kind, verdict.wait_days) == ("early", None)
    assert verdict.said.startswith("it was said too rarely before to tell")


def test_a_source_that_fell_silent_proves_nothing() -> None:
    """Nobody writes there since the fix: nothing is expected, and nothing told."""
    corpus = lived()
    silent = corpus.take(corpus.days < day_of(NIGHT) - FIXED_DAYS)
    assert told(silent).kind == "early"


def test_people_on_older_versions_have_not_got_the_fix() -> None:
    """They count nowhere, and their number is said; the fixed version's count."""
    old = told(lived(since=0.4, texts="version/4.1"), release="4.2")
    assert (old.kind, old.people) == ("quiet", 0)
    assert old.behind > 5 and f"{old.behind} on older versions are not counted" in old.said
    assert told(lived(since=0.4, texts="version/4.2"), release="4.2").kind == "still"


def test_the_version_of_a_post_counts_too() -> None:
    corpus = lived(since=0.4)
    corpus.versions[(corpus.topics == 7) & (corpus.days > day_of(NIGHT) - FIXED_DAYS)] = "4.1"
    verdict = told(corpus, release="4.2")
    assert (verdict.kind, verdict.people) == ("quiet", 0) and verdict.behind > 5


def test_one_loud_voice_is_one_person() -> None:
    corpus = lived(since=1.0)
    corpus.people[(corpus.topics == 7) & (corpus.days > day_of(NIGHT) - FIXED_DAYS)] = 5000
    assert (told(corpus).kind, told(corpus).people) == ("quiet", 1)


def test_where_nothing_changed_it_is_hardly_ever_called_quiet() -> None:
    """Looked at on ten nights each."""
    wrong = sum(
        any(told(lived(seed, since=1.0), ago=ago).kind == "quiet" for ago in range(0, 20, 2))
        for seed in range(40)
    )
    assert wrong <= 1


def test_where_it_rests_at_a_tenth_it_is_called_quiet() -> None:
    found = [told(lived(seed, since=0.1)).kind for seed in range(40)]
    assert found.count("quiet") >= 38 and found.count("still") <= 1
