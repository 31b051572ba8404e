"""Says what posts want, with the classifier of the nights or one that was taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.embedding import DEFAULT_MODEL
from insights.errors import SettingsError, UsageError, unknown
from insights.pipeline.engine import Engine
from insights.signals.intent import IntentModel, shipped, title_and_body
from insights.store import classifiers
from insights.store.rows import hash_text
from insights.text.clean import clean


class Posts:
    """Posts in the two forms that models read, encoded once."""

    def __init__(self, engine: Engine, records: Sequence[Mapping[str, Any]]) -> None:
        self.engine = engine
        self.parts = [_parts(record) for record in records]
        self.raw = [f"{of.get('title') or ''}\n{of.get('text') or ''}" for of in records]
        self.joined = [f"{t}. {b}" if t and b else t or b for t, b in self.parts]

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """One vector a post, as the nights have it."""
        return self.engine.encoder.encode(self.joined)

    @cached_property
    def apart(self) -> NDArray[np.float32]:
        """Titles and bodies apart: labels of trackers hang on both in different ways."""
        titles, bodies = [title for title, _ in self.parts], [body for _, body in self.parts]
        return title_and_body(self.engine.encoder, untaught(self.engine), titles, bodies)


def classify(
    engine: Engine, records: Sequence[Mapping[str, Any]], name: str | None
) -> list[dict[str, float]]:
    """Score records with `title` and `text`, each intent 0..1, with the model called `name`."""
    posts = Posts(engine, records)
    if name is None:
        return intent_model(engine).scores(posts.vectors, posts.joined)
    with engine.database.read() as tx:
        held = classifiers.get(tx, name)
        if held is None:
            raise UsageError(unknown("model", name, classifiers.names(tx)))
    return IntentModel.from_bytes(held[0]).scores(posts.apart, posts.raw)


def intent_model(engine: Engine) -> IntentModel:
    """Return the intent classifier of the nights: as people corrected it, else untaught."""
    with engine.database.read() as tx:
        held = classifiers.get(tx, corrected_name(engine))
    return IntentModel.from_bytes(held[0]) if held else untaught(engine)


def untaught(engine: Engine) -> IntentModel:
    """Return the classifier learned from seeds: shipped for the default encoder, else made once."""
    own = own_seeds(engine)
    if not own and engine.encoder.name.startswith(f"{DEFAULT_MODEL}@"):
        return shipped()
    name = _seeded_name(engine)
    with engine.database.read() as tx:
        held = classifiers.get(tx, name)
    if held is not None:
        return IntentModel.from_bytes(held[0])
    from insights.signals.intent_training import build

    made = build(engine.encoder, own)
    with engine.database.write() as tx:
        classifiers.save(tx, name, made.to_bytes(), {})
    return made


def own_seeds(engine: Engine) -> str:
    """Return the text of the user's own file of seeds, or nothing."""
    path = engine.options.intent_seeds
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"intent.seeds: {path} cannot be read ({error})") from None


def _seeded_name(engine: Engine) -> str:
    own = own_seeds(engine)
    return f"intents for {engine.encoder.name}" + (f" with {hash_text(own)[:16]}" if own else "")


def corrected_name(engine: Engine) -> str:
    """Name the classifier that people's corrections taught."""
    return f"{_seeded_name(engine)}, corrected"


def _parts(record: Mapping[str, Any]) -> tuple[str, str]:
    title = clean(str(record.get("title") or ""), "plain").text
    return title, clean(str(record.get("text") or ""), "auto").text
