"""What people say of a post wins, lasts, can be taken back, and teaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from insights.errors import UsageError
from insights.pipeline import spam
from insights.pipeline.corrections import correct, undo
from insights.pipeline.embed import embed
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import prepare
from insights.store import corrections, posts
from tests.pipeline import village
from tests.pipeline.test_copies import OTHER, post, said, take
from tests.text.test_spam import examples

AD = "You have won a prize! Claim your free gift card now, click here http://win.example"
TALK = "mast anchor zorblex vandyle rope keel tide"


def test_a_post_that_is_none_is_counted_again(engine: Engine) -> None:
    """At once, after an edit, and after preparing everything again."""
    take(engine, [post(1, AD)])
    assert "spam" in said(engine)["1"]
    correct(engine, "forum:1", by="mo", noise={"spam": False})
    assert said(engine) == {}
    take(engine, [replace(post(1, AD + " Really!"), updated_at=village.NIGHT)])
    assert said(engine) == {}
    with engine.database.write() as tx:
        tx.execute(text("UPDATE post SET prepared = 0"))
    take(engine)
    assert said(engine) == {}


def test_a_post_that_is_one_is_tagged(engine: Engine) -> None:
    take(engine, [post(1, TALK)])
    correct(engine, "forum:1", by="mo", noise={"spam": True, "bot": True})
    assert said(engine) == {"1": {"spam": 1.0, "bot": 1.0}}


def test_a_copy_that_is_none_is_counted(engine: Engine) -> None:
    """Of whichever kind, and when its original is decided anew."""
    take(engine, [post(1, OTHER), post(2, OTHER), post(3, OTHER, source="tracker")])
    assert said(engine).keys() == {"2", "3"}
    correct(engine, "tracker:3", by="mo", noise={"duplicate": False})
    assert said(engine).keys() == {"2"}
    take(engine, gone=["1"])
    assert said(engine) == {}


def test_what_is_taken_back_holds_no_more(engine: Engine) -> None:
    """Then the detectors are asked again."""
    take(engine, [post(1, AD)])
    (number,) = correct(engine, "forum:1", by="mo", noise={"spam": False})
    assert undo(engine, number, by="jo") == "forum:1"
    assert "spam" in said(engine)["1"]
    with pytest.raises(UsageError, match="in force"):
        undo(engine, number, by="jo")


@pytest.mark.parametrize(
    ("post_id", "given", "reason"),
    [
        ("forum:77", {"noise": {"spam": True}}, "there is no post forum:77"),
        ("forum:1", {"noise": {"spma": True}}, "spma"),
        ("forum:1", {"intents": ["wish"]}, "wish"),
        ("forum:1", {}, "say what the post is"),
    ],
)
def test_what_makes_no_sense_is_refused(
    engine: Engine, post_id: str, given: dict[str, object], reason: str
) -> None:
    """With the reason, and nothing is noted."""
    take(engine, [post(1, OTHER)])
    with pytest.raises(UsageError, match=reason):
        correct(engine, post_id, by="mo", **given)  # type: ignore[arg-type]
    with engine.database.read() as tx:
        assert corrections.history(tx) == []


def intents(engine: Engine) -> dict[str, float]:
    with engine.database.read() as tx:
        ((_, more),) = posts.exported(tx)
    return dict(more[0]["intents"])


def understand(engine: Engine) -> None:
    with Lease(engine.database) as lease:
        prepare(engine, lease)
        embed(engine, lease)


def test_corrected_intents_win_over_the_classifier(engine: Engine) -> None:
    """At once and when the post is read again; taken back, the classifier is right."""
    take(engine, [post(1, OTHER)])
    understand(engine)
    read = intents(engine)
    (number,) = correct(engine, "forum:1", by="mo", intents=["praise"])
    wanted = {name: float(name == "praise") for name in read}
    assert intents(engine) == wanted != read
    changed = replace(post(1, OTHER + " Again."), updated_at=village.NIGHT)
    take(engine, [changed])
    understand(engine)
    assert intents(engine) == wanted
    undo(engine, number, by="mo")
    understand(engine)
    assert intents(engine) != wanted


def test_a_correction_about_an_erased_post_holds_nothing_of_it(engine: Engine) -> None:
    """It names the post, applies to nothing, and does not come up when others are taken back."""
    take(engine, [post(1, TALK), post(2, OTHER)])
    correct(engine, "forum:1", by="mo", noise={"spam": True})
    assert erase(engine, post="forum:1") == 1
    assert [row for row in village.texts(engine.database) if "zorblex" in row] == []
    take(engine, [post(3, "A word of somebody else entirely")])
    assert said(engine) == {}


def labelled() -> list[dict[str, object]]:
    texts, truth = examples(4)
    return [
        {"id": n, "text": w, "spam": t} for n, (w, t) in enumerate(zip(texts, truth, strict=True))
    ]


def test_a_taught_model_tags_what_was_prepared_before(engine: Engine) -> None:
    """Without embedding anything again."""
    take(engine, [post(1, TALK), post(2, OTHER)])
    understand(engine)
    assert said(engine) == {}
    with engine.database.read() as tx:
        before = tx.execute(text("SELECT id, intents FROM passage ORDER BY id")).all()
    lesson = spam.train(engine, labelled())
    assert lesson.kept
    assert lesson.now.f1 > 0.9
    assert said(engine).keys() == {"1"}
    with engine.database.read() as tx:
        assert tx.execute(text("SELECT id, intents FROM passage ORDER BY id")).all() == before


def test_a_worse_model_replaces_nothing(engine: Engine) -> None:
    """Labels that are turned round for a part of the posts cannot be learned."""
    assert spam.train(engine, labelled()).kept
    muddled = [{**r, "spam": bool(r["spam"]) ^ (n % 4 == 0)} for n, r in enumerate(labelled())]
    lesson = spam.train(engine, muddled)
    assert not lesson.kept
    assert lesson.before.f1 > lesson.now.f1
    take(engine, [post(1, TALK)])
    assert said(engine).keys() == {"1"}


def test_corrections_teach(engine: Engine) -> None:
    """Another post of the same kind is found, and what was known stays known."""
    offers = [f"Frumious kettles for every boat, ask the zorblex man {n}" for n in range(6)]
    take(engine, [post(n, words) for n, words in enumerate([*offers, AD, OTHER])])
    assert said(engine).keys() == {"6"}
    for n in range(4):
        correct(engine, f"forum:{n}", by="mo", noise={"spam": True})
    lesson = spam.train(engine, None)
    assert lesson.kept
    assert lesson.corrected == 4
    assert said(engine).keys() == {*"012345", "6"}


def test_there_must_be_something_to_learn_from(engine: Engine) -> None:
    with pytest.raises(UsageError, match="nobody has said"):
        spam.train(engine, None)
    with pytest.raises(UsageError, match="at least 10"):
        spam.train(engine, labelled()[:9])
    with pytest.raises(UsageError, match="record 1 "):
        spam.train(engine, [{"id": 1, "text": "x", "spam": "yes"}])


def test_times_of_corrections_are_kept(engine: Engine) -> None:
    take(engine, [post(1, OTHER)])
    correct(engine, "forum:1", by="mo", noise={"bot": True})
    with engine.database.read() as tx:
        (entry,) = corrections.history(tx)
    assert entry["by"] == "mo"
    assert entry["at"] - village.FIRST_DAY > timedelta(0)
