"""What accounts are weighs in scores, under their keyed hash, and goes when they are erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from insights.digest.claims import of
from insights.digest.moves import items
from insights.digest.query import Evidence
from insights.digest.segments import placed_in
from insights.errors import UsageError
from insights.pipeline import analyze, claims, nightly, people, segments
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.pipeline.people import Account
from insights.pipeline.segments import Stated
from insights.pulse.options import Roles
from insights.ranking import RankOptions
from insights.store import digests
from insights.store import segments as held
from tests.pipeline import village

MORNING = village.NIGHT + timedelta(hours=6)
PLANS = RankOptions(segments={"plan": {"enterprise": 3.0, "free": 1.0}, "revenue": {"0": 1.0}})


@pytest.fixture
def weighing(lived: Engine) -> Engine:
    return replace(lived, options=replace(lived.options, ranking=PLANS))


def stated(names: tuple[str, ...], **values: str) -> list[Stated]:
    return [Stated(f"who.csv:{n}", "forum", name, values) for n, name in enumerate(names, 2)]


def test_a_night_weighs_what_was_stated_and_shows_it_above_the_floor(weighing: Engine) -> None:
    """In the parts of a score and as a split; only weighed attributes are kept, and no name."""
    said = stated(village.PEOPLE[:12], plan="Enterprise", owner="Wrenna")
    assert segments.learn(weighing, [*said, *stated(village.PEOPLE[12:], plan="free")]) == 24
    with weighing.database.read() as tx:
        rows = list(tx.exec_driver_sql("SELECT author, name, value FROM segment"))
    assert {row.name for row in rows} == {"plan"}
    assert not {row.author for row in rows} & set(village.PEOPLE)
    night = nightly.run(weighing, as_of=MORNING, community="Moor", publishing=False).digest
    items = [*night.decisions, *night.problems, *night.requests]
    assert all("segment" in item.parts for item in items)
    shown = {share.name: share.people for item in items for share in item.by_segment}
    assert set(shown) <= {"plan: enterprise", "plan: free"}
    assert shown
    assert min(shown.values()) >= 3


def test_linked_accounts_are_one_person_and_the_heaviest_attribute_counts(
    weighing: Engine,
) -> None:
    """A person is not two plans, and is as heavy as the heaviest thing known of them."""
    one = [Account(f"who:{n}", "Ada", "forum", name) for n, name in enumerate(village.PEOPLE)]
    people.link(weighing, one)
    segments.learn(weighing, stated(village.PEOPLE[:1], plan="enterprise", revenue="12"))
    corpus = segments.laid_over(weighing, analyze.load(weighing).corpus, village.NIGHT)
    told = {labels for labels in corpus.segments.tolist() if labels}
    assert told == {("plan: enterprise", "revenue: 0")}
    heavy = corpus.weights == 3.0
    assert len(set(corpus.people[heavy].tolist())) == 1


def test_an_erased_account_leaves_no_plan_behind(weighing: Engine) -> None:
    """And an empty value forgets what was said before."""
    segments.learn(weighing, stated(village.PEOPLE[:3], plan="free"))
    erase(weighing, author=f"forum:{village.PEOPLE[0]}")
    with weighing.database.read() as tx:
        assert held.count(tx) == 2
    assert segments.learn(weighing, stated(village.PEOPLE[1:2], plan="")) == 1


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            [Stated("who.csv:2", "forun", "a", {"plan": "free"})],
            "who.csv:2: .*did you mean 'forum'",
        ),
        ([*stated(("a",), plan="free"), *stated(("a",), plan="pro")], "an earlier line does not"),
        (stated(("a",), plan="x" * 201), "who.csv:2 has a value of more than 200"),
    ],
    ids=["no such source", "two plans", "a book"],
)
def test_what_cannot_be_is_refused_by_its_line_and_nothing_is_kept(
    weighing: Engine, lines: list[Stated], why: str
) -> None:
    """All lines or none."""
    with pytest.raises(UsageError, match=why):
        segments.learn(weighing, [*stated(("b",), plan="free"), *lines])
    with weighing.database.read() as tx:
        assert held.count(tx) == 0


@pytest.mark.parametrize(
    ("value", "segment"),
    [("999", "0"), ("1,000", "1000"), ("12500.5", "10000"), ("-1", "less"), ("much", "other")],
)
def test_numbers_are_thresholds(value: str, segment: str) -> None:
    """The largest that a value reaches; what is no number is in none."""
    assert placed_in({"0": 1.0, "1000": 2.0, "10000": 3.0}, value) == segment


def test_a_split_by_segment_is_counted_again_from_what_is_known_of_accounts(
    weighing: Engine,
) -> None:
    """Before a digest goes out: one that the store does not confirm any more is not shown."""
    segments.learn(weighing, stated(village.PEOPLE, plan="enterprise"))
    night = nightly.run(weighing, as_of=MORNING, community="Moor", publishing=False).digest
    with weighing.database.write() as tx:
        about = Evidence.model_validate(digests.evidence(tx, night.id)[0])
        parted = [i for i in items(night) if i.by_segment]
        assert {f"items/{i.id}/by_segment/0" for i in parted} < {c.path for c in of(night, about)}
        assert claims.grounded(tx, night, about, Roles())[0] == night
    segments.learn(weighing, stated(village.PEOPLE[:5], plan="free"))
    with weighing.database.write() as tx:
        now = claims.grounded(tx, night, about, Roles())[0]
    fell = [i for i in parted if not next(n for n in items(now) if n.id == i.id).by_segment]
    assert fell
    for item in fell:
        assert f"{item.id} is shown without its segments" in " ".join(now.not_seen)
