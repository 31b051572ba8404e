"""Whatever nights bring and people say, an id keeps its meaning, and undoing leaves no trace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from insights.errors import UsageError
from insights.pipeline import desk
from insights.pipeline.desk import Wish
from tests.topics import community
from tests.topics.community import Community

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
THEME = st.integers(0, len(community.THEMES) - 1)
ANY = st.integers(0, 10_000)
ACTIONS = ("rename", "merge", "split", "move", "dismiss", "pin", "track")


def wish(people: Community, action: str, one: int, other: int) -> Wish:
    """Something that somebody may wish, sensible or not, about what there is or was."""
    topics, posts = list(people.topics()) or ["T1"], list(people.assigned()) or ["forum:1"]
    topic, second = topics[one % len(topics)], topics[other % len(topics)]
    post, another = posts[one % len(posts)], posts[other % len(posts)]
    wishes: dict[str, Wish] = {
        "rename": desk.rename(topic, f"A person's title {one}"),
        "merge": desk.merge(topic, second),
        "split": desk.split([post, another], "Split off"),
        "move": desk.move(post, second),
        "dismiss": desk.dismiss(topic, "no topic", people.clock.replace(year=2027)),
        "pin": desk.pin(topic),
        "track": desk.track("Tracked", [post], [another]),
    }
    return wishes[action]


class Ledger(RuleBasedStateMachine):
    """Nights, posts and corrections in any order; what must always hold is checked after each."""

    empty: Path
    encoder: Any

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.people = Community(self.empty, self.folder / "people.db", self.encoder)
        self.known: dict[str, tuple[Any, ...]] = {}
        self.nights = 0
        self.up_to_date = True

    @rule(theme=THEME, posts=st.integers(1, 12))
    def people_write(self, theme: int, posts: int) -> None:
        self.people.write(theme, posts)

    @precondition(lambda self: self.people.assigned())
    @rule(first=ANY, posts=st.integers(1, 10))
    def people_delete(self, first: int, posts: int) -> None:
        there = list(self.people.assigned())
        start = first % len(there)
        self.people.delete(there[start : start + posts])
        self.up_to_date = False  # an example may have gone; the next night looks again

    @rule()
    def a_night_passes(self) -> None:
        before = self.people.assigned()
        run_id = self.people.night()
        self.nights += 1
        self.up_to_date = True
        after, told = self.people.assigned(), self.people.history()
        named = {
            topic
            for entry in told
            if entry["run_id"] == run_id or entry["by"]
            for topic in (entry["topic_id"], *entry["others"])
        }
        for post, topic in before.items():
            if topic is not None and after.get(post, topic) != topic:
                assert {topic, after[post]} & named, f"{post} went from {topic} to {after[post]}"

    @precondition(lambda self: self.nights)
    @rule(action=st.sampled_from(ACTIONS), one=ANY, other=ANY)
    def people_correct(self, action: str, one: int, other: int) -> None:
        before = self.people.snapshot()
        try:
            self.people.correct(wish(self.people, action, one, other))
        except UsageError:
            assert self.people.snapshot() == before

    @precondition(lambda self: self.nights)
    @rule()
    def people_undo(self) -> None:
        before = self.people.snapshot()
        try:
            self.people.undo()
        except UsageError:
            assert self.people.snapshot() == before

    @invariant()
    def no_id_is_lost_or_given_again(self) -> None:
        topics = self.people.topics()
        now = {name: (row["number"], row["born_at"]) for name, row in topics.items()}
        assert self.known.items() <= now.items()
        assert all(name == f"T{number}" for name, (number, _) in now.items())
        self.known = now

    @invariant()
    def every_post_is_in_a_topic_that_lives(self) -> None:
        topics = self.people.topics()
        for post, topic in self.people.assigned().items():
            assert topic is None or topics[topic]["status"] in ("active", "dismissed"), post

    @invariant()
    def every_merged_topic_leads_to_one_that_is_not(self) -> None:
        topics = self.people.topics()
        for name, row in topics.items():
            seen = {name}
            while row["status"] == "merged":
                assert row["merged_into"] not in seen, f"{name} leads in a circle"
                seen.add(row["merged_into"])
                row = topics[row["merged_into"]]

    @invariant()
    def a_persons_last_title_is_the_title(self) -> None:
        in_force: dict[str, str] = {}
        entries = self.people.history()
        undone = {entry["detail"].get("undoes") for entry in entries if entry["by"]}
        for entry in entries:
            if "title" in entry["detail"] and entry["detail"]["correction"] not in undone:
                in_force[entry["topic_id"]] = entry["detail"]["title"]
        topics = self.people.topics()
        assert {name: topics[name]["title"] for name in in_force} == in_force

    @invariant()
    def what_is_stored_is_what_the_next_night_would_find(self) -> None:
        assert not self.up_to_date or self.people.is_laid_over()

    def teardown(self) -> None:
        self.people.close()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def empty(encoder, intents, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return community.template(tmp_path_factory.mktemp("empty"), encoder, intents)


def test_an_id_keeps_its_meaning_through_any_nights_and_corrections(empty: Path, encoder) -> None:
    """No id is lost or given again; members move only by what is on record."""
    Ledger.empty, Ledger.encoder = empty, encoder
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=8, stateful_step_count=14, deadline=None, suppress_health_check=SLOW
        ),
    )


STEP = st.one_of(
    st.tuples(st.just("write"), THEME, st.integers(1, 12)),
    st.tuples(st.just("delete"), ANY, st.integers(1, 8)),
    st.tuples(st.just("night"), ANY, ANY),
)
NUMBERS = count()


@pytest.fixture
def place(empty: Path, encoder, tmp_path: Path) -> Iterator[Any]:
    """Make communities that begin alike."""

    def begin() -> Community:
        made = Community(empty, tmp_path / f"{next(NUMBERS)}.db", encoder)
        for theme in range(3):
            made.write(theme, 7)
        made.night()
        return made

    return begin


def live(people: Community, steps: list[tuple[str, int, int]]) -> None:
    """Let things happen that no correction has a say in."""
    for what, one, other in steps:
        if what == "write":
            people.write(one, other)
        elif what == "delete":
            there = sorted(people.assigned())
            people.delete(there[one % len(there) :][:other] if there else [])
        else:
            people.night()


def in_order_of_birth(people: Community) -> tuple[Any, ...]:
    """What people see, with topics named in order of birth: those made by hand took numbers."""
    made = {e["topic_id"] for e in people.history() if e["by"] and e["event"] in ("split", "track")}
    born = {name: row for name, row in people.topics().items() if name not in made}
    names = {name: place for place, name in enumerate(born)}
    topics = [
        (row["title"], row["status"], names.get(row["merged_into"]), row["posts"], row["people"])
        for row in born.values()
    ]
    assigned = {post: names.get(topic) for post, topic in people.assigned().items()}
    return topics, assigned, people.scores()


@settings(max_examples=8, deadline=None, suppress_health_check=SLOW)
@given(
    action=st.sampled_from(ACTIONS), one=ANY, other=ANY, between=st.lists(STEP, max_size=6),
    after=st.lists(STEP, max_size=3),
)  # fmt: skip
def test_what_is_undone_is_as_if_it_had_never_been_said(
    place, action: str, one: int, other: int, between: list[Any], after: list[Any]
) -> None:
    """Of two communities in which the same happens, one says something and takes it back later."""
    people, twin = place(), place()
    try:
        number = people.correct(wish(people, action, one, other))
    except UsageError:
        number = None
    for made in (people, twin):
        live(made, between)
    if number is not None:
        people.undo(number)
    assert in_order_of_birth(people) == in_order_of_birth(twin)
    for made in (people, twin):
        live(made, after)
    assert in_order_of_birth(people) == in_order_of_birth(twin)
    for made in (people, twin):
        made.close()
