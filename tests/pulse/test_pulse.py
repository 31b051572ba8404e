"""How a community is doing: counted right, compared fairly, and told only where it may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from insights.digest import vital
from insights.digest.pulse import Figure, Pulse
from insights.pulse.answers import answers as answered_in
from insights.pulse.helpers import top_helpers
from insights.pulse.look import look, take
from insights.pulse.options import PulseOptions, Roles
from insights.pulse.talk import load
from insights.store import Database, people, pulls, sources
from tests.pulse.town import NIGHT, Said, answers, asks, settle, weeks

KEY = b"k" * 32
HUM = [Said("hum", 0.2 + n * 0.5) for n in range(80)]
"""Somebody who writes all the time, so that no day looks as if posts were missing."""


@pytest.fixture
def archive() -> Iterator[Database]:
    made = Database("sqlite:///:memory:")
    made.migrate()
    yield made
    made.close()


def measured(
    database: Database, *, ago: float = 0.0, floor: int = 1, days: float = 7.0, **roles: Any
) -> Pulse:
    with database.read() as tx:
        as_of = NIGHT - timedelta(days=ago)
        return take(tx, as_of, period_days=days, roles=Roles(**roles))(floor)


def figure(pulse: Pulse, key: str) -> Figure:
    return next(each for each in pulse.figures if each.key == key)


def threads(number: int, *, wait: float | None, start: float = 6.0, by: str = "h") -> list[Said]:
    """Questions of as many people, each answered after `wait` days, or never."""
    said: list[Said] = []
    for place in range(number):
        thread, ago = f"{start}-{wait}-{place}", start - place * 0.01
        said.append(asks(f"a{start}-{wait}-{place}", ago, thread))
        if wait is not None:
            said.append(answers(f"{by}{place}", ago - wait, thread))
    return said


def test_people_are_counted_once_and_machines_never(database: Database) -> None:
    """On both databases: linked accounts are one person, who has no account is one, bots none."""
    settle(database, [
        Said("ann", 1), Said("ann", 2), Said("ann2", 3), Said("bob", 4), Said(None, 5),
        Said(None, 5.5), Said("robot", 1, noise={"bot": 1.0}),
        Said("seller", 1, noise={"spam": 0.9}), Said("fan", 1, noise={"thanks": 1.0}),
        Said("bob", 40), Said("gone", 8),
    ])  # fmt: skip
    with database.write() as tx:
        people.link(tx, {"ann": "Ann", "ann2": "Ann"}, NIGHT)
    found = measured(database)
    assert figure(found, "people").value == 5  # Ann, Bob, two of no account, the fan
    assert figure(found, "new_people").value == 2  # Ann and the fan: Bob wrote before


def test_answers_are_of_others_and_seen_from_the_end_of_the_period(database: Database) -> None:
    """An own reply, a bot's reply and a later answer are none."""
    said = [*HUM, *threads(1, wait=0.1, start=20.0), *threads(10, wait=0.25)]
    said += [asks("x", 5, "own"), answers("x", 4.9, "own")]
    said += [asks("y", 5, "bot"), answers("robot", 4.9, "bot", noise={"bot": 1.0})]
    said += threads(10, wait=2.0, start=7.9)  # asked the week before, answered in this one
    settle(database, said)
    found = measured(database)
    assert figure(found, "answered").value == pytest.approx(10 / 12, abs=1e-3)
    assert figure(found, "answered").of == 12
    assert figure(found, "first_answer").value == pytest.approx(0.25)
    assert figure(found, "waiting").value == 2
    assert figure(measured(database, ago=7), "waiting").value == 0  # not yet for a whole day
    assert figure(measured(database, ago=6.5), "waiting").value == 10


def test_what_still_waits_counts_for_as_long_as_it_was_watched(archive: Database) -> None:
    """As Kaplan and Meier: of three that were watched for longer, half is answered at 2 days."""
    settle(archive, [
        asks("a", 6, "1"), answers("h", 5, "1"),  # 1 day
        asks("b", 5, "2"), answers("h", 3, "2"),  # 2 days
        asks("c", 1.5, "3"), asks("d", 4, "4"),  # watched for 1.5 and for 4 days
    ])  # fmt: skip
    with archive.read() as tx:
        talk = load(tx, NIGHT, 7.0, Roles())
    end = talk.days.max() + 3
    found = answered_in(talk, 0, end, talk.begun > 0)
    assert found.within(1.0) == pytest.approx(1 / 4)
    assert found.within(3.0) == pytest.approx(1 - 3 / 4 * 2 / 3)
    assert found.median() == pytest.approx(2.0)


def test_more_than_half_waiting_is_said_and_no_number_is_made_up(archive: Database) -> None:
    settle(archive, [*HUM, *threads(4, wait=0.5), *threads(8, wait=None)])
    median = figure(measured(archive), "first_answer")
    assert (median.value, median.missing) == (None, "more than half still wait")


def test_replies_to_an_old_thread_open_none(archive: Database) -> None:
    """Forums write no parent where one answers the thread; its opener may be years old."""
    settle(archive, [*threads(10, wait=0.5), asks("a", 400, "old"), asks("b", 2, "old")])
    assert figure(measured(archive), "answered").of == 10


def test_staff_is_known_by_its_source_or_by_the_settings(archive: Database) -> None:
    """Without either, how much peers solve is not known, rather than all."""
    settle(archive, [*HUM, *threads(10, wait=0.5), *threads(10, wait=0.4, by="team", start=5.0)])
    unknown = figure(measured(archive), "peers")
    assert unknown.value is None and "staff" in unknown.missing
    staff = frozenset(f"team{n}" for n in range(10))
    assert figure(measured(archive, staff=staff), "peers").value == 0.5


@pytest.mark.parametrize("about", [
    {"staff": "true"}, {"role": "staff"}, {"association": "MEMBER"},
], ids=["discourse", "file", "github"])  # fmt: skip
def test_sources_say_who_is_staff(database: Database, about: dict[str, str]) -> None:
    """All posts of such a person are staff's, also those that do not say so."""
    said = threads(12, wait=0.5, by="same")
    said = [
        Said("mod", s.ago, s.thread, s.reply) if s.who and s.who.startswith("same") else s
        for s in said
    ]
    settle(database, [*HUM, *said, Said("mod", 20, about=about)])
    assert figure(measured(database), "peers").value == 0.0


def test_settings_name_accounts_that_are_hashed() -> None:
    options = PulseOptions(staff=("forum:Mo",), unnamed=("chat:@jo:server.example",))
    roles = options.roles(KEY)
    assert [len(key) for key in (*roles.staff, *roles.unnamed)] == [32, 32]
    assert PulseOptions(staff=("forum:mo",)).roles(KEY).staff == roles.staff
    with pytest.raises(ValueError, match="pattern"):
        PulseOptions(staff=("mo",))


def test_reviews_have_no_answers_and_that_is_said(archive: Database) -> None:
    settle(archive, [Said(f"r{n}", 0.05 + n / 10, source="reviews") for n in range(60)])
    found = measured(archive)
    assert figure(found, "answered").missing == "nobody answers in these sources"
    assert any("reviews: nobody answers there" in line for line in found.left_out)
    assert figure(found, "people").value == 60


def test_a_source_that_could_not_be_read_is_no_fall(archive: Database) -> None:
    """It is left out now and then, on both sides, and named."""
    both = [*weeks(16, seed=1), *(
        Said(f"c{n}", w * 7 + 0.5 + n / 10, source="chat") for w in range(1, 16) for n in range(40)
    )]  # fmt: skip
    settle(archive, both)
    with archive.write() as tx:
        for ago, state in ((7, "ok"), (0, "failed")):
            at = NIGHT - timedelta(days=ago)
            sources.open_source(tx, "chat", "file")
            pulls.begin(tx, "chat", at, pulls.PULL, at)
            pulls.end(tx, "chat", at, pulls.PULL, at, state=state)
    found = measured(archive)
    crowd = figure(found, "people")
    assert crowd.moved is None
    assert crowd.before.now == crowd.value
    assert crowd.before.value is not None and abs(crowd.before.value - crowd.before.now) < 20
    assert found.left_out[0] == "chat: it could not be read; it is not read as a fall"


def test_a_source_that_fell_silent_is_no_fall_either(archive: Database) -> None:
    settle(archive, [*weeks(10), *(
        Said(f"c{n}", w * 7 + 0.5 + n / 8, source="chat") for w in range(1, 10) for n in range(40)
    )])  # fmt: skip
    found = measured(archive)
    assert figure(found, "people").moved is None
    assert "chat: " in found.left_out[0]


def test_a_new_source_is_compared_with_nothing(archive: Database) -> None:
    """What it adds is no rise: the others are compared without it."""
    chat = [
        Said(f"c{n}", w * 7 + 0.05 + n / 10, source="chat") for w in range(2) for n in range(60)
    ]
    settle(archive, [*weeks(16), *chat])
    crowd = figure(measured(archive), "people")
    assert crowd.quarter.without == ("chat",)
    assert crowd.quarter.now is not None and crowd.value == crowd.quarter.now + 60
    assert crowd.moved is None
    assert "without chat" in vital.against(crowd, crowd.quarter)


def test_a_short_history_is_said(archive: Database) -> None:
    """A week of posts has no week before, no quarter ago, and nobody is new."""
    settle(archive, weeks(1))
    found = measured(archive)
    crowd = figure(found, "people")
    assert crowd.before.missing == crowd.quarter.missing == "history begins 29 Jun 2026"
    assert "28 days" in figure(found, "new_people").missing
    assert vital.lead(found).startswith("There is too little history")


def test_an_empty_archive_says_that_nothing_is_known(archive: Database) -> None:
    found = measured(archive)
    assert {each.value for each in found.figures} == {None}
    assert len(vital.unknown(found)) == len(found.figures)


def test_what_moved_beyond_its_swing_is_first_with_what_to_do(archive: Database) -> None:
    settle(archive, weeks(16, people=150, busy={0: 0.4}))
    first = measured(archive).figures[0]
    assert (first.key, first.moved, first.against) == ("people", "down", "past")
    assert first.usual is not None and first.value is not None and first.value < first.usual[0]
    assert first.advice.startswith("See in By area")


@pytest.mark.parametrize("seed", range(8))
def test_a_steady_community_hardly_ever_moves(seed: int, archive: Database) -> None:
    """Of nine figures over eight towns in one week, at most one a town is told."""
    settle(archive, weeks(16, seed=seed + 100))
    assert sum(each.moved is not None for each in measured(archive).figures) <= 1


def test_the_quarter_is_thirteen_weeks_whatever_the_period(archive: Database) -> None:
    settle(archive, [Said(f"q{n}", 91.5 + n / 100) for n in range(30)] + list(weeks(20)))
    daily = figure(measured(archive, days=1.0), "people")
    assert daily.quarter.value is not None and daily.quarter.value >= 30


def test_fewer_people_than_the_floor_are_not_counted_out(archive: Database) -> None:
    """Nor those on the other side of a share."""
    settle(archive, [
        *HUM, *threads(12, wait=0.2), *threads(2, wait=None, start=5.0),
        Said("new", 1), Said("old", 60), *(Said(f"a6.0-0.2-{n}", 50) for n in range(12)),
    ])  # fmt: skip
    found = measured(archive, floor=3)
    for key in ("answered", "waiting"):
        one = figure(found, key)
        assert (one.value, one.few, one.of) == (None, True, None)
        assert "fewer than 3 people" in vital.now(one)
    assert figure(measured(archive, floor=1), "waiting").value == 2
    assert found.waiting == ()
    text = found.model_dump_json()
    assert '"value":2.0' not in text and '"value":0.857' not in text


def test_each_digest_of_a_night_has_its_own_floor(archive: Database) -> None:
    """Read once, and stricter for those who may see less, also after the archive was closed."""
    settle(archive, [*HUM, *threads(12, wait=0.2), *threads(4, wait=None, start=5.0)])
    with archive.read() as tx:
        under = take(tx, NIGHT, period_days=7.0, roles=Roles())
    assert figure(under(3), "waiting").value == 4
    assert [group.people for group in under(3).waiting] == [4]
    assert figure(under(5), "waiting").few and under(5).waiting == ()


def helped(who: str, number: int) -> list[Said]:
    said: list[Said] = []
    for place in range(number):
        thread = f"{who}-{place}"
        said += [asks(f"asker-{who}-{place}", 5, thread), answers(who, 4, thread)]
    return said


def named(database: Database, *, floor: int = 3, **roles: Any) -> Sequence[str]:
    with database.read() as tx:
        talk = load(tx, NIGHT, 7.0, Roles(**roles))
        found = top_helpers(talk, NIGHT, period_days=7.0, min_people=floor)
    return [helper.pseudonym for helper in found]


def test_helpers_are_pseudonyms_above_the_floor(archive: Database) -> None:
    """Each helped enough people that nobody can tell whom, and is one of enough."""
    keys = [letter * 32 for letter in "abcde"]
    said = [each for place, key in enumerate(keys) for each in helped(key, 6 - place)]
    settle(archive, said)
    assert named(archive) == ["a" * 10, "b" * 10, "c" * 10, "d" * 10]  # e helped two
    assert named(archive, unnamed=frozenset({keys[1]})) == ["a" * 10, "c" * 10, "d" * 10]
    assert named(archive, staff=frozenset(keys[:2])) == []  # two alone would be picked out
    assert named(archive, floor=5) == []


def test_one_look_gives_all_of_a_page(archive: Database) -> None:
    settle(archive, weeks(16))
    with archive.read() as tx:
        seen = look(tx, NIGHT, period_days=7.0, min_people=3, roles=Roles())
    assert seen.period == (NIGHT - timedelta(days=7), NIGHT)
    assert seen.pulse == measured(archive, floor=3)
