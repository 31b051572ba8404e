"""Which posts are copies hangs on the posts that there are, not on how they came."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from insights.models import Post, Tombstone
from insights.pipeline import prepare as preparing
from insights.pipeline.engine import Engine
from insights.pipeline.erase import bury
from insights.pipeline.lease import Lease
from insights.store import posts, tags
from tests.pipeline import village

BRIGADE = (
    "I am a customer of {name} since {year} and I demand that the lantern factory near the old "
    "harbour reopens at once, because our whole street hangs on its light"
)
OWN = "The tide table is wrong by {n} hours at the harbour since the last update"
OTHER = (
    "Whenever the moor map is opened without a network the walking route that was planned the "
    "evening before has vanished from the list and has to be drawn again by hand"
)


def post(number: int, words: str, *, author: str | None = "", **more: object) -> Post:
    """Make a post that is `number` minutes late."""
    given = {
        "source": "forum",
        "native_id": str(number),
        "text": words,
        "author": f"person {number}" if author == "" else author,
        "created_at": village.FIRST_DAY + timedelta(minutes=number),
    }
    return Post(**{**given, **more})  # type: ignore[arg-type]


def brigade(number: int, **more: object) -> Post:
    return post(number, BRIGADE.format(name=f"N{number}", year=1990 + number), **more)


def take(engine: Engine, given: Sequence[Post] = (), gone: Sequence[str] = ()) -> None:
    with engine.database.write() as tx:
        for source in {p.source for p in given}:
            mine = [p for p in given if p.source == source]
            posts.save(tx, source, mine, village.FIRST_DAY)
        bury(tx, "forum", [Tombstone(name) for name in gone], village.FIRST_DAY)
    with Lease(engine.database) as lease:
        preparing.prepare(engine, lease)


def said(engine: Engine) -> dict[str, dict[str, float]]:
    """Return the noise of the posts that have any."""
    with engine.database.read() as tx:
        said = {post.native_id: dict(first["noise"]) for post, (first, *_) in posts.exported(tx)}
    return {native_id: noise for native_id, noise in said.items() if noise}


def originals(engine: Engine) -> dict[str, str]:
    with engine.database.read() as tx:
        return {row["post_id"]: row["original"] for row in tags.listed(tx, None, 100)}


def test_posts_that_differ_by_a_name_and_a_number_are_near_duplicates(engine: Engine) -> None:
    """The first stays counted; the others say how alike they are, and to what."""
    take(engine, [brigade(1), post(2, OTHER), brigade(3), brigade(4)])
    found = said(engine)
    assert found.keys() == {"3", "4"}
    assert all(0.6 <= noise["near_duplicate"] < 1 for noise in found.values())
    assert originals(engine) == {"forum:3": "forum:1", "forum:4": "forum:1"}


def test_two_people_may_say_nearly_the_same_in_few_words(engine: Engine) -> None:
    take(engine, [post(1, OWN.format(n=2)), post(2, OWN.format(n=3))])
    assert said(engine) == {}


def test_one_person_who_says_it_again_in_other_numbers_is_tagged(engine: Engine) -> None:
    take(engine, [post(n, OWN.format(n=n), author="mo") for n in (1, 2)])
    assert said(engine).keys() == {"2"}


@pytest.mark.parametrize(
    ("second", "crossed"),
    [
        pytest.param({"source": "tracker"}, True, id="another-source"),
        pytest.param({"space": "help", "author": "mo"}, True, id="own-post-in-another-space"),
        pytest.param({"space": "help", "author": "jo"}, False, id="somebody-else-in-this-source"),
        pytest.param({"author": "mo"}, False, id="same-place"),
    ],
)
def test_a_cross_post_is_told_by_where_it_is(
    engine: Engine, second: dict[str, object], crossed: bool
) -> None:
    take(engine, [post(1, OTHER, author="mo"), post(2, OTHER, **second)])
    assert said(engine) == {"2": {"duplicate": 1.0} | ({"cross_post": 1.0} if crossed else {})}


def test_when_the_first_is_deleted_the_next_one_counts(engine: Engine) -> None:
    """Exact copies and near ones, and although nothing new is prepared."""
    take(engine, [brigade(1), brigade(2), brigade(3), post(4, OTHER), post(5, OTHER)])
    assert said(engine).keys() == {"2", "3", "5"}
    take(engine, gone=["1", "4"])
    assert said(engine).keys() == {"3"}
    assert originals(engine) == {"forum:3": "forum:2"}


def test_when_the_first_is_shown_again_it_is_the_original_again(engine: Engine) -> None:
    """Its copies counted while it was hidden; it does not matter that it came last."""
    given = [brigade(1), brigade(2), brigade(3), post(4, OTHER), post(5, OTHER)]
    take(engine, given)
    before = said(engine)
    take(engine, gone=["1", "4"])
    assert said(engine).keys() == {"3"}
    take(engine, [given[0], given[3]])
    assert said(engine).keys() == before.keys() == {"2", "3", "5"}
    assert originals(engine)["forum:5"] == "forum:4"


def test_when_the_first_is_edited_into_something_else_the_next_one_counts(engine: Engine) -> None:
    take(engine, [post(1, OTHER), post(2, OTHER), post(3, OTHER)])
    take(engine, [replace(post(1, "Something else it is now"), updated_at=village.NIGHT)])
    assert said(engine) == {"3": {"duplicate": 1.0}}


def test_an_older_post_that_comes_late_is_the_original(engine: Engine) -> None:
    take(engine, [post(5, OTHER), brigade(6)])
    take(engine, [post(1, OTHER), brigade(2)])
    assert said(engine).keys() == {"5", "6"}


@pytest.mark.parametrize("seed", range(4))
def test_however_posts_come_the_same_are_tagged(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any order, in batches of any size, prepared once or twice."""
    dice = random.Random(seed)
    given = [brigade(n) for n in range(5)] + [post(n, OTHER) for n in (9, 7, 8)]
    given += [post(n, OWN.format(n=n), author="mo") for n in (11, 12, 13)]
    given += [post(20, "It crashes!"), post(21, "It crashes!")]
    dice.shuffle(given)
    monkeypatch.setattr(preparing, "BATCH", dice.choice([1, 2, 3, 100]))
    while given:
        some = dice.randrange(1, 6)
        take(engine, given[:some])
        given = given[some:]
    expected = {"1", "2", "3", "4", "8", "9", "12", "13"}
    assert said(engine).keys() == expected
    with engine.database.write() as tx:
        tx.execute(text("UPDATE post SET prepared = 0"))
    take(engine)
    assert said(engine).keys() == expected


def test_a_brigade_of_hundreds_is_told(engine: Engine) -> None:
    """Every mark of it is looked up a bounded number of times."""
    take(engine, [brigade(n) for n in range(300)])
    assert len(said(engine)) == 299
