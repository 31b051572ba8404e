"""What people say of topics holds at once and on later nights, and undone it leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from insights.errors import UsageError
from insights.pipeline import desk
from tests.topics import community
from tests.topics.community import FIRST, Community, OtherEncoder


@pytest.fixture(scope="module")
def lived(encoder, intents, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three themes of eight posts, after a night: login, export and theme."""
    folder = tmp_path_factory.mktemp("lived")
    made = Community(community.template(folder, encoder, intents), folder / "lived.db", encoder)
    for theme in range(3):
        made.write(theme, 8)
    made.night()
    made.database.checkpoint()
    made.database.close()
    return folder / "lived.db"


@pytest.fixture
def people(lived: Path, tmp_path: Path, encoder) -> Iterator[Community]:
    made = Community(lived, tmp_path / "people.db", encoder)
    made.clock = FIRST + timedelta(days=1)
    made.written = 24
    yield made
    made.close()


def about(people: Community, theme: int) -> str:
    """The topic of a theme's first post."""
    return people.assigned()[f"forum:{theme * 8 + 1}"]


def later(people: Community, theme: int | None = None, count: int = 3) -> None:
    """Another night, with more posts about a theme."""
    if theme is not None:
        people.write(theme, count)
    people.night()


def test_the_nights_of_this_community_tell_its_themes_apart(people: Community) -> None:
    assert len({about(people, theme) for theme in range(3)}) == 3
    assert sorted(row["posts"] for row in people.topics().values()) == [8, 8, 8]


def test_a_persons_title_stays_when_topics_are_made_anew(people: Community) -> None:
    topic = about(people, 0)
    people.correct(desk.rename(topic, "Nobody gets in"))
    assert people.topics()[topic]["title"] == "Nobody gets in"
    later(people, 0, 12)
    assert len(people.history()) > 4, "topics were not made anew"
    assert people.topics()[topic]["title"] == "Nobody gets in"


def test_a_merged_topics_later_posts_belong_to_the_other(people: Community) -> None:
    one, other = about(people, 0), about(people, 1)
    people.correct(desk.merge(one, other))
    assert about(people, 0) == other
    assert people.topics()[one]["status"] == "merged"
    assert people.topics()[one]["merged_into"] == other
    later(people, 0)
    assert people.assigned()["forum:25"] == other
    assert people.topics()[other]["posts"] == 19


def test_a_moved_post_stays_where_it_was_put_and_draws_nobody(people: Community) -> None:
    one, other = about(people, 0), about(people, 1)
    people.correct(desk.move("forum:3", other))
    assert (people.assigned()["forum:3"], people.scores()["forum:3"]) == (other, 1.0)
    later(people, 0, 12)
    assert people.assigned()["forum:3"] == other
    assert people.assigned()["forum:25"] == one


def test_posts_that_are_split_off_draw_later_ones_that_are_nearer(people: Community) -> None:
    one, other = about(people, 0), about(people, 1)
    people.correct(desk.merge(one, other))
    people.correct(desk.split(["forum:1", "forum:2"], "Only logins"))
    made = about(people, 0)
    assert made not in (one, other)
    assert people.topics()[made]["status"] == "active"
    later(people, 0)
    later(people, 1)
    assert people.assigned()["forum:25"] in (made, other)
    assert people.assigned()["forum:28"] == other
    assert people.assigned()["forum:3"] == other, "it was there, and was not named"


def test_a_dismissed_topic_keeps_its_posts_and_comes_back_when_its_time_is_over(
    people: Community,
) -> None:
    topic = about(people, 0)
    people.correct(desk.dismiss(topic, "small talk", people.clock + timedelta(days=1, hours=1)))
    assert people.topics()[topic]["status"] == "dismissed"
    later(people, 0)
    assert people.topics()[topic]["status"] == "dismissed"
    assert people.assigned()["forum:25"] == topic
    later(people)
    assert people.topics()[topic]["status"] == "dismissed"
    later(people)
    assert people.topics()[topic]["status"] == "active"


def test_a_pinned_topic_is_there_without_a_single_post(people: Community) -> None:
    topic, other = about(people, 0), about(people, 1)
    people.correct(desk.pin(topic))
    people.delete([f"forum:{n}" for n in range(1, 17)])
    later(people)
    assert people.topics()[topic]["status"] == "active"
    assert people.topics()[other]["status"] == "retired"


def test_a_topic_whose_posts_are_gone_comes_back_under_its_id(people: Community) -> None:
    topic = about(people, 0)
    title = people.topics()[topic]["title"]
    people.delete([f"forum:{n}" for n in range(1, 9)])
    later(people)
    assert people.topics()[topic]["status"] == "retired"
    assert people.history(topic)[-1]["event"] == "retired"
    later(people, 0, 6)
    assert people.assigned()["forum:25"] == topic
    assert people.topics()[topic]["status"] == "active"
    assert people.topics()[topic]["title"] == title
    assert people.history(topic)[-1]["event"] == "returned"


def test_a_tracked_topic_is_what_is_nearer_to_its_examples(people: Community) -> None:
    number = people.correct(
        desk.track("Locked out", ["forum:1", community.THEMES[0]], [community.THEMES[1]])
    )
    made = about(people, 0)
    assert people.topics()[made]["title"] == "Locked out"
    assert {people.assigned()[f"forum:{n}"] for n in range(1, 9)} == {made}
    assert about(people, 1) != made
    later(people, 0)
    assert people.assigned()["forum:25"] == made
    people.undo(number)
    assert made not in people.assigned().values()
    assert people.topics()[made]["status"] == "retired"


@pytest.mark.parametrize(
    "wish",
    [
        lambda p: desk.rename(about(p, 0), "Nobody gets in"),
        lambda p: desk.merge(about(p, 0), about(p, 1)),
        lambda p: desk.move("forum:3", about(p, 1)),
        lambda p: desk.dismiss(about(p, 0), "small talk", p.clock + timedelta(days=9)),
        lambda p: desk.pin(about(p, 0)),
    ],
    ids=["rename", "merge", "move", "dismiss", "pin"],
)
def test_undoing_leaves_no_trace_at_once_or_after_nights(
    people: Community, lived: Path, tmp_path: Path, encoder, wish
) -> None:
    before = people.snapshot()
    people.correct(wish(people))
    people.undo()
    assert people.snapshot() == before
    number = people.correct(wish(people))
    twin = Community(lived, tmp_path / "twin.db", encoder)
    twin.clock, twin.written = people.clock, people.written
    for made in (people, twin):
        later(made, 0, 12)
        later(made, 3, 9)
    people.undo(number)
    assert people.snapshot() == twin.snapshot()
    twin.close()


def test_what_was_said_is_told_among_what_happened_in_order(people: Community) -> None:
    one, other = about(people, 0), about(people, 1)
    people.correct(desk.merge(one, other))
    later(people, 3, 9)
    people.undo()
    told = [(e["event"], e["by"]) for e in people.history()]
    assert told == [
        *[("born", None)] * 3, ("merge", "ana"), ("born", None), ("undo", "ben"),
    ]  # fmt: skip
    assert [e["event"] for e in people.history(one)] == ["born", "merge", "undo"]
    assert people.history(other)[1]["others"] == [other]


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (lambda p: desk.rename("T99", "x"), "no topic is called 'T99'"),
        (lambda p: desk.rename(about(p, 2), "  "), "a title has 1 to"),
        (lambda p: desk.rename("T1", "x"), "T1 was merged into T2; name that one"),
        (lambda p: desk.merge("T3", "T3"), "cannot be merged into itself"),
        (lambda p: desk.merge("T3", "T1"), "T1 was merged into T2"),
        (lambda p: desk.merge("T1", "T3"), "T1 was merged into T2"),
        (lambda p: desk.move("forum:1", "T99"), "no topic is called 'T99'"),
        (lambda p: desk.move("forum:999", "T2"), "no post is called 'forum:999'"),
        (lambda p: desk.move("forum:24x", "T2"), "its id is source:native-id"),
        (lambda p: desk.split([], "x"), "at least one post"),
        (lambda p: desk.split([f"forum:{n}" for n in range(1, 25)], "x"), "nothing would stay"),
        (lambda p: desk.dismiss("T3", "  ", p.clock + timedelta(9)), "say why"),
        (lambda p: desk.dismiss("T3", "x", p.clock - timedelta(9)), "is past"),
        (lambda p: desk.track("x", [], []), "at least one example"),
        (lambda p: desk.track("x", ["forum:1"], ["forum:1"]), "cannot be both"),
        (lambda p: desk.track("x", ["  "], []), "is empty"),
        (lambda p: desk.pin("T2"), "is pinned already"),
    ],
)
def test_what_contradicts_is_refused_with_the_reason_and_changes_nothing(
    people: Community, wish, why: str
) -> None:
    people.correct(desk.merge("T1", "T2"))
    people.correct(desk.pin("T2"))
    before = people.snapshot(), people.history()
    with pytest.raises(UsageError, match=why):
        people.correct(wish(people))
    assert (people.snapshot(), people.history()) == before


def test_nothing_is_undone_twice_and_no_undo_is_undone(people: Community) -> None:
    with pytest.raises(UsageError, match="nothing to undo"):
        people.undo()
    first = people.correct(desk.pin("T1"))
    people.undo(first)
    with pytest.raises(UsageError, match="was undone already, by ben"):
        people.undo(first)
    with pytest.raises(UsageError, match="is an undo itself"):
        people.undo(first + 1)
    with pytest.raises(UsageError, match="there is no correction 99"):
        people.undo(99)


def test_what_made_a_topic_is_not_undone_while_others_name_it(people: Community) -> None:
    number = people.correct(desk.split(["forum:1"], "Alone"))
    made = about(people, 0)
    people.correct(desk.rename(made, "Still alone"))
    with pytest.raises(UsageError, match=f"correction {number + 1} is about {made}"):
        people.undo(number)
    people.undo()
    people.undo()
    assert people.topics()[made]["status"] == "retired"


def test_a_post_that_no_run_has_seen_cannot_be_moved_yet(people: Community) -> None:
    people.write(0, 1)
    with pytest.raises(UsageError, match="no run has looked at forum:25"):
        people.correct(desk.move("forum:25", "T1"))


def test_before_the_first_night_there_is_nothing_to_correct(
    encoder, intents, tmp_path: Path
) -> None:
    made = Community(community.template(tmp_path, encoder, intents), tmp_path / "x.db", encoder)
    with pytest.raises(UsageError, match="insights run"):
        made.correct(desk.track("x", ["some words"], []))
    made.close()


def test_another_encoder_changes_no_id_and_no_correction(people: Community, encoder) -> None:
    one, other = about(people, 0), about(people, 1)
    people.correct(desk.merge(one, other))
    people.correct(desk.track("Bright", ["forum:17", community.THEMES[2]], []))
    tracked = about(people, 2)
    before = people.assigned()
    people.engine = replace(people.engine, encoder=OtherEncoder(encoder))
    with pytest.raises(UsageError, match="was read with words-128"):
        people.correct(desk.pin(other))
    later(people, 1)
    after = people.assigned()
    assert all(after[post] == topic for post, topic in before.items() if topic != tracked)
    assert after["forum:25"] == other
    assert about(people, 2) == tracked
    people.correct(desk.pin(other))
    assert people.is_laid_over()


def test_an_archive_that_was_emptied_can_still_be_corrected(people: Community) -> None:
    topic = about(people, 0)
    people.delete([f"forum:{n}" for n in range(1, 25)])
    later(people)
    people.correct(desk.pin(topic))
    people.correct(desk.track("Words alone", ["password refused"], []))
    assert people.living() == [topic, "T4"]
    later(people, 0, 6)
    later(people)
    assert topic in people.assigned().values()
