"""New accounts that say one thing within an hour are a wave, and a wave is no demand."""

from datetime import timedelta

import numpy as np
import pytest

from insights.models import Signal
from insights.signals import coordination, emergence
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions
from tests.worlds import DIMENSION, NIGHT, around, points, unit, world

ONE = points(2, seed=3)[0]


def community(
    accounts=23, *, known=1, hours=0.6, spread=0.02, new_share=0.1, per_day=40, seed=1,
    counted=True, same=False,
):  # fmt: skip
    """Weeks of a forum in which some accounts are new every day, and then a wave."""
    draw = np.random.default_rng(seed)
    usual = per_day * 60
    ago = draw.uniform(0.01, 60, usual)
    people = np.where(
        draw.uniform(size=usual) < new_share, 5000 + np.arange(usual), draw.integers(0, 300, usual)
    )
    wave = around(ONE, accounts, spread=spread, seed=seed)
    names = [*range(known), *range(90_000, 90_000 + accounts - known)]
    talk = unit(draw.standard_normal((usual, DIMENSION)).astype(np.float32))
    return world(
        np.concatenate([talk, wave]),
        [*ago, *(1.0 + draw.uniform(0, hours / 24, accounts))],
        people=[*people, *([90_000] * accounts if same else names)],
        counted=[*[True] * usual, *[counted] * accounts],
    )


def find(corpus, detectors=(coordination.detect,)):
    return ask(corpus, (), NIGHT, SignalOptions(radius=0.8), detectors)


@pytest.mark.parametrize("counted", [True, False], ids=["said anew", "copies"])
def test_a_wave_is_told_once_with_its_accounts(counted: bool) -> None:
    corpus = community(counted=counted)
    (finding,) = find(corpus)
    assert (finding.kind, finding.observed) == ("coordinated", 22)
    assert finding.why.startswith("23 accounts, 22 of them new, said nearly the same within 3")
    assert len(np.unique(corpus.people[finding.rows])) == 23


@pytest.mark.parametrize(
    "corpus",
    [
        pytest.param(community(0, known=0), id="no wave"),
        pytest.param(community(known=23), id="accounts that were there before"),
        pytest.param(community(new_share=0.9), id="where new accounts are the rule"),
        pytest.param(community(hours=24 * 0.9, accounts=15), id="over a day"),
        pytest.param(community(spread=0.2), id="the same matter in words of their own"),
        pytest.param(community(7, known=0), id="seven accounts"),
        pytest.param(community(same=True), id="one account"),
    ],
)
def test_what_is_no_wave_is_not_told(corpus) -> None:
    assert find(corpus) == []


def test_usual_days_have_no_wave() -> None:
    worlds = [community(0, known=0, seed=seed, new_share=0.3) for seed in range(20)]
    assert [find(corpus) for corpus in worlds] == [[]] * 20


def test_a_wave_is_not_told_as_an_emerging_issue() -> None:
    corpus = community()
    assert [f.kind for f in find(corpus, [emergence.detect])] == ["emerging"]
    both = find(corpus, [emergence.detect, coordination.detect])
    assert [finding.kind for finding in both] == ["coordinated"]


def test_what_a_known_wave_said_counts_no_more() -> None:
    corpus = community()
    (finding,) = find(corpus)
    signal = Signal(
        number=1, kind="coordinated", title="", status="raised", raised_at=NIGHT,
        last_at=NIGHT - timedelta(days=1), run_id="", observed=22, expected=1, p=0, q=0, people=23,
        why=finding.why, post_ids=tuple(corpus.post_ids[finding.rows]), latest=22, peak=22,
        peak_at=NIGHT,
    )  # fmt: skip
    later = coordination.discounted(corpus, [signal])
    assert set(np.flatnonzero(corpus.counted & ~later.counted)) == set(finding.rows)
    assert coordination.discounted(corpus, []) is corpus
    assert find(later, [emergence.detect]) == []


def test_an_empty_archive_has_no_wave() -> None:
    assert find(world(points(1)[:0], [])) == []
