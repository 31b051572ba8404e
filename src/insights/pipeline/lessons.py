"""Teaches classifiers: labels of one's own from a file, or the nights' from corrections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insights.errors import InsightsError, UsageError
from insights.models import INTENTS
from insights.pipeline.engine import Engine
from insights.pipeline.intents import Posts, corrected_name, intent_model, own_seeds, untaught
from insights.signals.intent import IntentModel
from insights.signals.intent_report import Label, Report, Scores, held_out, report
from insights.store import classifiers, corrections
from insights.store import posts as stored
from insights.store.rows import hash_text

Learn = Callable[[Sequence[int]], IntentModel]
"""Learns from the posts of some rows."""
Ask = Callable[[IntentModel, Sequence[int]], Sequence[Scores]]
"""Scores the posts of some rows."""

AT_MOST = 20_000
ENOUGH = 20  # posts that a held model did not learn from, for it to be judged by them


@dataclass(frozen=True)
class Lesson:
    """What came of teaching.

    `report` is of posts left out in cross-validation. `after` and `before` are macro F1 of the new
    model and the one that was there, on the same posts where that can be; `before` is None where
    there was none.
    """

    report: Report
    examples: int
    kept: bool
    after: float
    before: float | None


def train(engine: Engine, records: Sequence[Mapping[str, Any]], name: str) -> Lesson:
    """Learn the labels in `intent` of the records; keep the model if it is not worse."""
    from insights.signals.intent_training import teach

    labels = _labels(records)
    _refuse_other_labels(engine, name, _named(labels))
    posts = Posts(engine, records)

    def learn(rows: Sequence[int]) -> IntentModel:
        chosen = [labels[row] for row in rows]
        return teach(posts.apart[rows], [posts.raw[row] for row in rows], chosen)  # type: ignore[arg-type]

    def ask(model: IntentModel, rows: Sequence[int]) -> Sequence[Scores]:
        return model.scores(posts.apart[rows], [posts.raw[row] for row in rows])

    return _teach(engine, name, labels, posts.raw, learn, ask)


def correct(engine: Engine) -> Lesson:
    """Learn from people's corrections what the nights use; keep the model if it is not worse.

    A correction names some intents of a post; for the others the model's word stands.
    """
    from insights.signals.intent_training import mend, seeds

    records, said = _corrected(engine)
    if not records:
        raise UsageError("nobody has corrected an intent yet; name a file of labelled posts")
    posts = Posts(engine, records)
    labels: list[frozenset[str]] = []
    for scores, wanted in zip(intent_model(engine).scores(posts.vectors, posts.joined), said):  # noqa: B905
        held = {name: score >= 0.5 for name, score in scores.items()} | wanted
        labels.append(frozenset(name for name in INTENTS if held.get(name)))
    seed_texts, seed_labels = seeds(own_seeds(engine))
    seeded = engine.encoder.encode(seed_texts), seed_texts, seed_labels

    def learn(rows: Sequence[int]) -> IntentModel:
        texts = [posts.joined[row] for row in rows]
        return mend(seeded, posts.vectors[rows], texts, [labels[row] for row in rows])

    def ask(model: IntentModel, rows: Sequence[int]) -> Sequence[Scores]:
        return model.scores(posts.vectors[rows], [posts.joined[row] for row in rows])

    return _teach(engine, corrected_name(engine), labels, posts.joined, learn, ask)


def _teach(
    engine: Engine,
    name: str,
    labels: Sequence[Label],
    texts: Sequence[str],
    learn: Learn,
    ask: Ask,
) -> Lesson:
    said = held_out(labels, lambda some, rest: ask(learn(some), rest))
    names = _named(labels)
    found = report(labels, said, names)
    after, before = found.macro_f1, None
    rival = _rival(engine, name)
    if rival is not None:
        after, before = _compare(rival, labels, texts, said, ask)
    kept = before is None or after >= before
    if kept:
        _keep(engine, name, learn(range(len(labels))), found, texts)
    return Lesson(found, len(labels), kept, after, before)


def _compare(
    rival: tuple[IntentModel, dict[str, Any]],
    labels: Sequence[Label],
    texts: Sequence[str],
    said: Sequence[Scores],
    ask: Ask,
) -> tuple[float, float]:
    """Return macro F1 of the new and the held model, on posts that neither learned from.

    Where nearly all posts were learned from by the held one, by its own cross-validation.
    """
    model, figures = rival
    names = [label for label in _named(labels) if label in model.names]
    known = set(figures.get("learned", ()))
    new = [row for row, text in enumerate(texts) if _mark(text) not in known]
    if len(new) < ENOUGH and known:
        return report(labels, said, names).macro_f1, float(figures["macro_f1"])
    some = [labels[row] for row in new]
    after = report(some, [said[row] for row in new], names).macro_f1
    return after, report(some, ask(model, new), names).macro_f1


def _keep(
    engine: Engine, name: str, model: IntentModel, found: Report, texts: Sequence[str]
) -> None:
    figures = {"macro_f1": found.macro_f1, "examples": len(texts), "encoder": engine.encoder.name}
    learned = {"learned": [_mark(text) for text in texts]}
    with engine.database.write() as tx:
        classifiers.save(tx, name, model.to_bytes(), figures | learned)


def _rival(engine: Engine, name: str) -> tuple[IntentModel, dict[str, Any]] | None:
    """Return the model of this name and its figures, if it reads the vectors we have now."""
    with engine.database.read() as tx:
        held = classifiers.get(tx, name)
    if held is None and name == corrected_name(engine):
        return untaught(engine), {}
    if held is None or held[1].get("encoder") != engine.encoder.name:
        return None
    try:
        return IntentModel.from_bytes(held[0]), held[1]
    except InsightsError:  # of another version
        return None


def _refuse_other_labels(engine: Engine, name: str, now: Sequence[str]) -> None:
    rival = _rival(engine, name)
    if rival is None or set(rival[0].names) <= set(now):
        return
    raise UsageError(
        f"the model '{name}' tells {', '.join(rival[0].names)} apart, these posts "
        f"{', '.join(now)}; give the new one another name"
    )


def _mark(text: str) -> str:
    return hash_text(text)[:16]


def _named(labels: Sequence[Label]) -> list[str]:
    found = {name for label in labels for name in ([label] if isinstance(label, str) else label)}
    return sorted(found)


def _labels(records: Sequence[Mapping[str, Any]]) -> list[Label]:
    """Read the labels: a name each, or sets of names where any post has a list."""
    if len(records) > AT_MOST:
        raise UsageError(f"a classifier learns from at most {AT_MOST:,} posts; choose some of them")
    several = any(isinstance(record.get("intent"), list) for record in records)
    labels: list[Label] = []
    for record in records:
        intent = record.get("intent")
        names = [str(name or "") for name in (intent if isinstance(intent, list) else [intent])]
        if "" in names:
            raise UsageError(f"post '{record.get('id')}' has no intent; every post needs a label")
        labels.append(frozenset(names) if several else names[0])
    if len(_named(labels)) < 2:
        raise UsageError("the file names fewer than two labels; a classifier tells labels apart")
    return labels


def _corrected(engine: Engine) -> tuple[list[dict[str, str]], list[dict[str, bool]]]:
    """Return the posts whose intents people corrected, and what they said, the last word last."""
    with engine.database.read() as tx:
        said: dict[str, dict[str, bool]] = {}
        for entry in corrections.in_force(tx, "intent"):
            said.setdefault(entry["subject"], {}).update(entry["body"].get("intent") or {})
        found = stored.by_id(tx, said)
    ids = [post_id for post_id in said if post_id in found]
    records = [{"title": found[i].title or "", "text": found[i].text} for i in ids]
    return records, [said[post_id] for post_id in ids]
