"""Classifiers are taught from files and from corrections, and a worse one replaces nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from insights.errors import UsageError
from insights.models import Post
from insights.pipeline.engine import Engine, Options
from insights.pipeline.intents import classify, intent_model, untaught
from insights.pipeline.lessons import correct, train
from insights.signals.intent import IntentModel
from insights.store import Database, classifiers, corrections, posts
from tests.conftest import WordEncoder

AT = datetime(2026, 5, 4, tzinfo=UTC)
KINDS = {"bug": "it breaks when I press the", "wish": "please add a choice for the"}
THINGS = ("door", "lamp", "chair", "table", "window", "stove", "shelf", "carpet", "clock", "vase")


@pytest.fixture
def engine(database: Database, encoder: WordEncoder, intents: IntentModel) -> Engine:
    with database.write() as tx:
        classifiers.save(tx, f"intents for {encoder.name}", intents.to_bytes(), {})
    return Engine(database=database, encoder=encoder, key=b"k" * 32)


def labelled(more: str = "") -> list[dict[str, str]]:
    """Forty posts of two kinds."""
    return [
        {"id": f"{kind}{number}", "text": f"{words} {thing} {more} {number}", "intent": kind}
        for number, thing in enumerate(THINGS * 2)
        for kind, words in KINDS.items()
    ]


def test_a_taught_model_reads_new_posts(engine: Engine) -> None:
    """Its report is of posts that were left out."""
    lesson = train(engine, labelled(), "kind")
    assert lesson.kept
    assert lesson.before is None
    assert lesson.report.macro_f1 > 0.9
    assert lesson.report.figures["bug"].support == 20
    said = classify(engine, [{"text": "it breaks when I press the piano"}], "kind")[0]
    assert max(said, key=lambda name: said[name]) == "bug"


def test_a_worse_model_replaces_nothing(engine: Engine) -> None:
    """Both are judged by posts that the held one did not learn from."""
    train(engine, labelled(), "kind")
    with engine.database.read() as tx:
        held = classifiers.get(tx, "kind")
    shuffled = labelled(more="again")
    labels = [row["intent"] for row in shuffled]
    mixed = [{**r, "intent": labels[(n * 7 + n // 3) % 40]} for n, r in enumerate(shuffled[:30])]
    right = [{**row, "id": f"r{row['id']}", "text": f"{row['text']} so"} for row in shuffled]
    lesson = train(engine, [*mixed, *right], "kind")
    assert lesson.before is not None
    assert lesson.after < lesson.before
    assert not lesson.kept
    with engine.database.read() as tx:
        assert classifiers.get(tx, "kind") == held


def test_the_same_posts_replace_the_model(engine: Engine) -> None:
    """Where the held model knows all posts, its own cross-validation is what counts."""
    first = train(engine, labelled(), "kind")
    again = train(engine, labelled(), "kind")
    assert again.kept
    assert again.before == again.after == first.report.macro_f1


def test_other_labels_need_another_name(engine: Engine) -> None:
    """A model is not silently replaced by one that tells other things apart."""
    train(engine, labelled(), "kind")
    renamed = [{**row, "intent": f"{row['intent']}s"} for row in labelled()]
    with pytest.raises(UsageError, match="another name"):
        train(engine, renamed, "kind")


def test_several_labels_a_post(engine: Engine) -> None:
    """`intent` may be a list, and an empty one."""
    rows = [{**row, "intent": [row["intent"]] * (n % 5 > 0)} for n, row in enumerate(labelled())]
    lesson = train(engine, rows, "kinds")
    assert not lesson.report.confusion
    assert sum(figure.support for figure in lesson.report.figures.values()) == 32
    assert set(classify(engine, [{"text": "x"}], "kinds")[0]) == {"bug", "wish"}


@pytest.mark.parametrize("intent", [None, "", [""], [None]], ids=str)
def test_a_post_without_a_label_is_named(engine: Engine, intent: object) -> None:
    """The error names the post."""
    with pytest.raises(UsageError, match="'x7' has no intent"):
        train(engine, [*labelled(), {"id": "x7", "text": "x", "intent": intent}], "kind")


def stored(engine: Engine, texts: list[str]) -> list[str]:
    """Keep posts in the store and return their ids."""
    made = [
        Post(source="forum", native_id=str(number), created_at=AT, text=text)
        for number, text in enumerate(texts)
    ]
    with engine.database.write() as tx:
        posts.save(tx, "forum", made, AT)
    return [f"forum:{number}" for number in range(len(texts))]


def say(engine: Engine, post_id: str, **intents: bool) -> int:
    """Correct the intents of a post."""
    with engine.database.write() as tx:
        return corrections.add(
            tx, at=AT, by="ann", kind="intent", subject=post_id, body={"intent": intents}
        )


def test_corrections_teach_the_classifier_of_the_nights(engine: Engine) -> None:
    """The last word on a post counts, what was taken back does not."""
    ids = stored(
        engine, [f"{words} {thing}" for thing in THINGS for words in ("zing zang", "zong zung")]
    )
    for number, post_id in enumerate(ids):
        say(engine, post_id, praise=number % 2 == 0, problem=number % 2 == 1, request=False)
    slip = say(engine, ids[0], praise=False)
    with engine.database.write() as tx:
        corrections.undo(tx, slip, at=AT, by="ann")
    before = intent_model(engine)
    lesson = correct(engine)
    assert lesson.kept
    assert lesson.examples == len(ids)
    assert lesson.after > (lesson.before or 0)
    assert intent_model(engine).to_bytes() != before.to_bytes()
    said = classify(engine, [{"text": "zing zang sofa"}, {"text": "zong zung sofa"}], None)
    assert said[0]["praise"] > 0.5 > said[0]["problem"]
    assert said[1]["problem"] > 0.5 > said[1]["praise"]
    assert untaught(engine).to_bytes() == before.to_bytes()


def test_without_corrections_there_is_nothing_to_learn(engine: Engine) -> None:
    """The error says what to do instead."""
    with pytest.raises(UsageError, match="name a file"):
        correct(engine)


def test_own_seeds_make_a_model_of_their_own(engine: Engine, tmp_path: Path) -> None:
    """It is made once, and again when the file changes."""
    own = tmp_path / "seeds.toml"
    own.write_text('praise = ["chapeau bas", "chapeau"]')
    with_seeds = Engine(
        database=engine.database,
        encoder=engine.encoder,
        key=engine.key,
        options=Options(intent_seeds=own),
    )
    ask = [{"text": "chapeau"}]
    assert classify(with_seeds, ask, None)[0]["praise"] > classify(engine, ask, None)[0]["praise"]
    with engine.database.read() as tx:
        made = len(classifiers.names(tx))
    classify(with_seeds, ask, None)
    own.write_text('praise = ["chapeau bas"]')
    classify(with_seeds, ask, None)
    with engine.database.read() as tx:
        assert len(classifiers.names(tx)) == made + 1
