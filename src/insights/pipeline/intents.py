"""Classifies posts that are not in the store, and teaches classifiers new labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.errors import UsageError, unknown
from insights.pipeline.embed import intent_model
from insights.pipeline.engine import Engine
from insights.signals.intent import IntentModel, title_and_body
from insights.store import classifiers
from insights.text.clean import clean


@dataclass(frozen=True)
class Lesson:
    """What came of teaching: macro F1 in cross-validation, and whether the model was kept."""

    labels: tuple[str, ...]
    examples: int
    macro_f1: float
    kept: bool
    before: float


def classify(
    engine: Engine, records: Sequence[Mapping[str, Any]], name: str | None
) -> list[dict[str, float]]:
    """Score records with `title` and `text`, each intent 0..1, with the model called `name`."""
    if name is None:
        texts = [_joined(record) for record in records]
        return intent_model(engine).scores(engine.encoder.encode(texts), texts)
    texts, vectors = _apart(engine, records)
    return _trained(engine, name).scores(vectors, texts)


def train(engine: Engine, records: Sequence[Mapping[str, Any]], name: str) -> Lesson:
    """Learn the labels in `intent` of the records; keep the model if it is not worse."""
    from insights.signals.intent_training import cross_validate
    from insights.signals.intent_training import train as fit

    labels = [str(record.get("intent") or "") for record in records]
    if "" in labels:
        raise UsageError(f"record {labels.index('') + 1} has no intent; every post needs a label")
    if len(set(labels)) < 2:
        raise UsageError("the file names fewer than two labels; a classifier tells labels apart")
    texts, vectors = _apart(engine, records)
    figure = cross_validate(vectors, texts, labels)
    with engine.database.read() as tx:
        held = classifiers.get(tx, name)
    before = float(held[1].get("macro_f1", 0.0)) if held else 0.0
    kept = figure >= before
    if kept:
        model = fit(vectors, texts, labels)
        with engine.database.write() as tx:
            figures = {"macro_f1": figure, "examples": len(texts), "encoder": engine.encoder.name}
            classifiers.save(tx, name, model.to_bytes(), figures)
    return Lesson(tuple(sorted(set(labels))), len(texts), figure, kept, before)


def _trained(engine: Engine, name: str) -> IntentModel:
    with engine.database.read() as tx:
        held = classifiers.get(tx, name)
        if held is None:
            raise UsageError(unknown("model", name, classifiers.names(tx)))
    return IntentModel.from_bytes(held[0])


def _joined(record: Mapping[str, Any]) -> str:
    title, text = _parts(record)
    return f"{title}. {text}" if title and text else title or text


def _apart(
    engine: Engine, records: Sequence[Mapping[str, Any]]
) -> tuple[list[str], NDArray[np.float32]]:
    """Encode titles and bodies apart: labels of trackers hang on both in different ways."""
    parts = [_parts(record) for record in records]
    titles, bodies = [title for title, _ in parts], [body for _, body in parts]
    raw = [f"{record.get('title') or ''}\n{record.get('text') or ''}" for record in records]
    return raw, title_and_body(engine.encoder, titles, bodies)


def _parts(record: Mapping[str, Any]) -> tuple[str, str]:
    title = clean(str(record.get("title") or ""), "plain").text
    return title, clean(str(record.get("text") or ""), "auto").text
