"""Gives every passage its vector, once, and reads from it what the author wants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.embedding import encode_all
from insights.pipeline import facts
from insights.pipeline.corrections import override_intents
from insights.pipeline.engine import Engine
from insights.pipeline.intents import intent_model
from insights.pipeline.lease import Lease
from insights.signals.intent import IntentModel
from insights.store import passages

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
            break
        classifier = classifier or intent_model(engine)
        scores = classifier.scores(vectors, texts)
        with lease.write() as tx:
            passages.save_intents(tx, ids, scores)
        engine.progress("understand", len(ids), 0)
    # On every run, also one that found nothing to do: the last may have been killed before this.
    with lease.write() as tx:
        override_intents(tx)
