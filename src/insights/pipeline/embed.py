"""Gives every passage its vector, once, and reads from it what the author wants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.embedding import DEFAULT_MODEL, encode_all
from insights.pipeline import facts
from insights.pipeline.corrections import override_intents
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.signals.intent import IntentModel, shipped
from insights.store import classifiers, passages

BATCH = 5000


def embed(engine: Engine, lease: Lease) -> int:
    """Embed the texts that have no vector, then classify the passages that have no intents."""
    model = engine.encoder.name
    with engine.database.read() as tx:
        todo = passages.without_vector(tx, model)

    def save(hashes: list[str], vectors: NDArray[np.float32]) -> None:
        with lease.write() as tx:
            passages.save_vectors(tx, model, hashes, vectors)

    if todo:
        encode_all(engine.encoder, todo, save=save, progress=engine.progress)
    _understand(engine, model, lease)
    facts.learn(engine, lease)
    return len(todo)


def _understand(engine: Engine, model: str, lease: Lease) -> None:
    classifier: IntentModel | None = None
    while True:
        with engine.database.read() as tx:
            ids, texts, vectors = passages.without_intents(tx, model, BATCH)
        if not ids:
            return
        classifier = classifier or intent_model(engine)
        scores = classifier.scores(vectors, texts)
        with lease.write() as tx:
            passages.save_intents(tx, ids, scores)
            override_intents(tx)
        engine.progress("understand", len(ids), 0)


def intent_model(engine: Engine) -> IntentModel:
    """Return the intent classifier for this encoder: shipped for the default, else made once."""
    if engine.encoder.name.startswith(f"{DEFAULT_MODEL}@"):
        return shipped()
    name = f"intents for {engine.encoder.name}"
    with engine.database.read() as tx:
        held = classifiers.get(tx, name)
    if held is not None:
        return IntentModel.from_bytes(held[0])
    from insights.signals.intent_training import build

    made = build(engine.encoder)
    with engine.database.write() as tx:
        classifiers.save(tx, name, made.to_bytes(), {})
    return made
