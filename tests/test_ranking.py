"""Rank is by distinct people: nobody moves it by writing much, or under many names at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insights.corpus import Corpus
from insights.digest import shares
from insights.models import Insight, Topic
from insights.ranking import RankOptions, rank
from insights.signals import coordination
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions
from tests.worlds import DIMENSION, NIGHT, around, points, unit, world

TOPICS = tuple(
    Topic(number=n, title=f"Matter {n}", keywords=(), status="active", born_at=NIGHT, run_id="",
          size=1)
    for n in range(1, 7)
)  # fmt: skip
SIZES = {1: 40, 2: 30, 3: 22, 4: 16, 5: 11, 6: 7}
PLANS = RankOptions(segments={"plan": {"enterprise": 3.0, "free": 1.0}})


def community(*, loud: int = 0, puppets: int = 0) -> Corpus:
    """Six topics of one week over two months of talk; somebody pushes the smallest of them."""
    draw = np.random.default_rng(4)
    talk = 40 * 60
    days = draw.uniform(0.01, 60, talk).tolist()
    people = draw.integers(10_000, 10_300, talk).tolist()
    topics, problem = [-1] * talk, [0.0] * talk
    for number, size in SIZES.items():
        days += draw.uniform(0.1, 6.9, size).tolist()
        people += [100 * number + n for n in range(size)]
        topics, problem = topics + [number] * size, problem + [0.7] * size
    pushed = loud + puppets
    days += (1.0 + draw.uniform(0, 0.02, pushed)).tolist()
    people += [666] * loud + list(range(20_000, 20_000 + puppets))
    topics, problem = topics + [6] * pushed, problem + [1.0] * pushed
    vectors = unit(draw.standard_normal((len(days) - pushed, DIMENSION)).astype(np.float32))
    same = around(points(1)[0], pushed, spread=0.02) if pushed else vectors[:0]
    return world(
        np.concatenate([vectors, same]), days, people=people, topics=topics,
        intents={"problem": problem},
    )  # fmt: skip


def ranked(corpus: Corpus, options: RankOptions = RankOptions()) -> list[Insight]:  # noqa: B008 - frozen
    return rank(corpus, TOPICS, [], as_of=NIGHT, period_days=7, options=options)


def places(corpus: Corpus) -> dict[str, int]:
    return {insight.subject: place for place, insight in enumerate(ranked(corpus))}


def test_one_author_with_500_posts_moves_nothing_by_more_than_a_place() -> None:
    """Neither what is loud nor what stands around it, and kind and severity are heard once."""
    usual, pushed = places(community()), places(community(loud=500))
    assert max(abs(usual[topic] - pushed[topic]) for topic in usual) <= 1
    (quiet,) = [i for i in ranked(community()) if i.subject == "T6"]
    (loud,) = [i for i in ranked(community(loud=500)) if i.subject == "T6"]
    assert (loud.people, loud.kind) == (quiet.people + 1, quiet.kind)
    assert abs(loud.parts["severity"] - quiet.parts["severity"]) < 0.05


def test_500_posts_of_praise_do_not_turn_a_problem_into_praise() -> None:
    """What a topic is, its people say, each once."""
    corpus = community(loud=500)
    mine = corpus.people == 666
    intents = corpus.intents.copy()
    intents[mine] = [0.0, 0.0, 0.0, 1.0, 0.0]
    kinds = {i.subject: i.kind for i in ranked(replace(corpus, intents=intents))}
    assert kinds["T6"] == "problem"


def test_fifty_sock_puppets_move_nothing_by_more_than_a_place() -> None:
    """Their wave is told, and counts nowhere as demand."""
    corpus = community(puppets=50)
    (wave,) = ask(corpus, (), NIGHT, SignalOptions(radius=0.8), [coordination.detect])
    corpus = replace(corpus, counted=corpus.counted & ~np.isin(np.arange(len(corpus)), wave.rows))
    usual, pushed = places(community()), places(corpus)
    assert max(abs(usual[topic] - pushed[topic]) for topic in usual) <= 1


def test_without_segments_a_score_has_no_part_for_them() -> None:
    """What nobody set weighs nothing, and the shares of the other parts add up to all."""
    assert "segment" not in ranked(community())[0].parts
    assert sum(RankOptions().shares().values()) == pytest.approx(1.0)
    assert sum(PLANS.shares().values()) == pytest.approx(1.0)


def test_what_weighty_people_say_rises() -> None:
    """The part is their mean against the heaviest; five usual people stand beside the few."""
    corpus = community()
    mine = corpus.topics == 6
    weighty = replace(corpus, weights=np.where(mine, 3.0, 1.0))
    parts = {i.subject: i.parts["segment"] for i in ranked(weighty, PLANS)}
    assert parts["T6"] == pytest.approx((7 * 3 + 5) / 12 / 3, abs=0.001)
    assert parts["T1"] == pytest.approx(1 / 3, abs=0.001)
    usual = {i.subject: i.score for i in ranked(corpus, PLANS)}
    assert {i.subject: i.score for i in ranked(weighty, PLANS)}["T6"] > usual["T6"]


def test_a_score_is_the_sum_of_its_parts() -> None:
    """Whoever reads the parts and the weights can compute the score again."""
    for insight in ranked(community(), PLANS):
        again = 100 * sum(PLANS.shares()[name] * value for name, value in insight.parts.items())
        assert insight.score == pytest.approx(again, abs=0.1)


@pytest.mark.parametrize(
    ("plans", "told"),
    [
        (["free"] * 6 + ["pro"] * 4, {"plan: free": 6, "plan: pro": 4}),
        (["free"] * 6 + ["pro"] * 2, {}),
        (["free"] * 6 + [None] * 2, {}),
        (["free"] * 6 + ["pro"] * 2 + [None] * 2, {"plan: free": 6}),
        (["free"] * 6 + [None] * 3, {"plan: free": 6}),
    ],
    ids=["both", "two left over", "two of whom nothing is known", "four left over", "three"],
)
def test_no_segment_below_the_floor_can_be_told(plans, told) -> None:
    """Neither by its count nor by subtracting those that are shown from all."""
    corpus = world(points(len(plans)), [1.0] * len(plans))
    labels = np.full(len(plans), None, object)
    for row, plan in enumerate(plans):
        labels[row] = (f"plan: {plan}",) if plan else None
    corpus = replace(corpus, segments=labels, weights=np.ones(len(plans)))
    found = shares.by_segment(corpus, np.arange(len(corpus)), 3)
    assert {share.name: share.people for share in found} == told
