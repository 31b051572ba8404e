"""One issue is one signal, from the night it is raised to the night it is closed."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from insights.models import Signal
from insights.signals.episodes import follow
from insights.signals.finding import Finding
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, around, points, world

A, B = points(2, seed=11)
CORPUS = world(
    np.concatenate([around(A, 10, 0.05), around(B, 10, 0.05)]),
    [*np.linspace(0, 1, 10), *np.linspace(1.1, 2, 10)],
    topics=[4] * 10 + [-1] * 10,
)
ABOUT_A = np.flatnonzero(CORPUS.vectors @ A > 0.8)
ABOUT_B = np.flatnonzero(CORPUS.vectors @ B > 0.8)


def finding(rows, kind="emerging", topic=None, observed=5) -> Finding:
    return Finding(
        kind=kind, rows=rows, observed=observed, expected=0.1, p=1e-9, q=1e-8, why="", topic=topic
    )


def night(findings, signals=(), days=0) -> list[Signal]:
    return follow(
        findings,
        signals,
        CORPUS,
        as_of=NIGHT + timedelta(days=days),
        run_id=f"run-{days}",
        options=SignalOptions(quiet_days=5),
        name=lambda found: f"about {len(found.rows)} posts",
    )


def test_a_finding_raises_a_signal_with_its_people_posts_and_topic() -> None:
    (signal,) = night([finding(ABOUT_A)])
    assert (signal.id, signal.status, signal.people) == ("S1", "raised", 10)
    assert signal.raised_at == signal.last_at == NIGHT
    assert signal.topic_id == "T4"
    assert set(signal.post_ids) == set(CORPUS.post_ids[ABOUT_A])


def test_the_same_matter_on_the_next_night_is_the_same_signal() -> None:
    (raised,) = night([finding(ABOUT_A[:5])])
    (held,) = night([finding(ABOUT_A[5:])], [raised], days=1)
    assert (held.id, held.status, held.people) == ("S1", "peaked", 10)
    assert (held.raised_at, held.last_at) == (NIGHT, NIGHT + timedelta(days=1))
    assert (held.observed, held.q) == (raised.observed, raised.q)


def test_another_matter_is_another_signal() -> None:
    raised = night([finding(ABOUT_A), finding(ABOUT_B)])
    assert [signal.id for signal in raised] == ["S1", "S2"]
    assert raised[1].topic_id is None


def test_another_kind_of_finding_about_the_same_posts_is_another_signal() -> None:
    (raised,) = night([finding(ABOUT_A)])
    (other,) = night([finding(ABOUT_A, kind="rising", topic=4)], [raised])
    assert (other.id, other.kind) == ("S2", "rising")


def test_a_signal_grows_peaks_cools_and_is_closed() -> None:
    (signal,) = night([finding(ABOUT_A, observed=5)])
    life = [signal.status]
    for day, observed in enumerate([9, 12, 8, 4], start=1):
        (signal,) = night([finding(ABOUT_A, observed=observed)], [signal], days=day)
        life.append(signal.status)
    assert life == ["raised", "growing", "growing", "peaked", "cooling"]
    assert (signal.peak, signal.peak_at, signal.latest) == (12, NIGHT + timedelta(days=2), 4)
    assert night([], [signal], days=9) == []
    (closed,) = night([], [signal], days=10)
    assert closed == replace(signal, status="closed")


def test_a_matter_that_nobody_mentions_tonight_cools() -> None:
    (raised,) = night([finding(ABOUT_A)])
    (cooling,) = night([], [raised], days=1)
    assert cooling == replace(raised, status="cooling")


def test_a_closed_matter_that_is_back_soon_is_the_same_signal_returned() -> None:
    (raised,) = night([finding(ABOUT_A)])
    closed = replace(raised, status="closed")
    (again,) = night([finding(ABOUT_A, observed=7)], [closed], days=20)
    assert (again.id, again.status, again.raised_at) == ("S1", "returned", NIGHT)
    assert (again.observed, again.peak, again.last_at) == (7, 7, NIGHT + timedelta(days=20))


def test_a_matter_that_is_back_after_months_is_news() -> None:
    (raised,) = night([finding(ABOUT_A)])
    (again,) = night([finding(ABOUT_A)], [replace(raised, status="closed")], days=80)
    assert (again.id, again.status) == ("S2", "raised")


def test_two_spots_of_one_matter_on_one_night_are_one_signal() -> None:
    (signal,) = night([finding(ABOUT_A, observed=9), finding(ABOUT_A[:4], observed=5)])
    assert (signal.id, signal.status, signal.latest, signal.peak) == ("S1", "raised", 9, 9)


def test_a_night_that_is_run_twice_ends_the_same() -> None:
    (raised,) = night([finding(ABOUT_A[:5])])
    once = night([finding(ABOUT_A)], [raised], days=1)
    assert night([finding(ABOUT_A)], once, days=1) == once


def test_a_signal_whose_posts_were_erased_matches_nothing() -> None:
    (raised,) = night([finding(ABOUT_A)])
    gone = replace(raised, post_ids=("forum:gone",))
    changed = night([finding(ABOUT_A)], [gone], days=1)
    assert [(s.id, s.status) for s in changed] == [("S1", "cooling"), ("S2", "raised")]
