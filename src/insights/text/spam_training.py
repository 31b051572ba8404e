"""Learns to tell spam from what people mean.

    python -m insights.text.spam_training

builds `spam.json`, the model that is shipped, from `spam_seeds.toml` and, as examples of what is
no spam, from `intent_seeds.toml`.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from insights.text.spam import SpamModel, features

if TYPE_CHECKING:
    from numpy.typing import NDArray

Features = Mapping[str, float]

STRENGTH = 30.0
"""The inverse of the regularisation, chosen by cross-validation on the seeds."""
SHARE = 0.1
"""The share of spam that the shipped model expects: seeds are half spam, communities are not."""
FOLDS = 5
_SEED = 20
_CUE = 0.5
"""What a cue counts beside the words of a text, all of which have length 1."""
_NOTHING = 0.05
"""Weights below it are left out: they move no score by a hundredth."""


class Figures(NamedTuple):
    """How well spam is found, each 0..1, spam being what scores at least 0.5."""

    precision: float
    recall: float
    f1: float


def seeds() -> tuple[list[str], list[bool]]:
    """Read the seed sentences, and which are spam."""
    own = tomllib.loads(_read("insights.text", "spam_seeds.toml"))
    intents = tomllib.loads(_read("insights.signals", "intent_seeds.toml"))
    usual = [text for texts in intents.values() for text in texts]
    texts = [*own["spam"], *own["ham"], *dict.fromkeys(usual)]
    return texts, [n < len(own["spam"]) for n in range(len(texts))]


def _read(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


def learn(
    found: Sequence[Features],
    spam: Sequence[bool],
    *,
    share: float | None = None,
    base: SpamModel | None = None,
    least: int = 2,
) -> SpamModel:
    """Fit a logistic regression to features, which `insights.text.spam.features` makes.

    Words that fewer than `least` texts hold are left out: they teach nothing, and are more often
    somebody's name. `share` moves the offset from the examples' share of spam to another. What
    `base` knows is one feature more, so that what is learned is what it lacks.
    """
    from sklearn.linear_model import LogisticRegression

    names = _names(found, least)
    gold = np.asarray(spam, bool)
    data = _matrix(found, names, base)
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(data, gold)
    *learned, trust = model.coef_[0].tolist() if base else [*model.coef_[0].tolist(), 0.0]
    weights = {name: trust * weight for name, weight in base.weights.items()} if base else {}
    for name, weight in zip(names, learned, strict=True):
        weights[name] = weights.get(name, 0.0) + weight * (_CUE if name[0] == "=" else 1.0)
    offset = float(model.intercept_[0]) + (trust * base.offset if base else 0.0)
    if share is not None:
        offset += _log_odds(share) - _log_odds(float(gold.mean()))
    kept = {name: weight for name, weight in weights.items() if abs(weight) >= _NOTHING}
    return SpamModel(kept, offset, len(found))


def _log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def left_out(
    found: Sequence[Features],
    spam: Sequence[bool],
    also: Sequence[Features],
    known: Sequence[bool],
    base: SpamModel | None = None,
) -> NDArray[np.bool_]:
    """Say of each text whether a model that did not learn from it calls it spam.

    `also` and `known` are examples that every such model learns from; for `base` see `learn`.
    """
    from sklearn.model_selection import StratifiedKFold

    gold = np.asarray(spam, bool)
    said = np.zeros(len(gold), bool)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED)
    for train, test in folds.split(gold, gold):
        taught = [found[n] for n in train] + list(also)
        model = learn(taught, [*gold[train].tolist(), *known], base=base)
        said[test] = [model.logit_of(found[n]) >= 0 for n in test]
    return said


def figures(spam: Sequence[bool], said: Sequence[bool] | NDArray[np.bool_]) -> Figures:
    """Compare what was said with what is."""
    gold, told = np.asarray(spam, bool), np.asarray(said, bool)
    hits = int((gold & told).sum())
    precision = hits / max(1, int(told.sum()))
    recall = hits / max(1, int(gold.sum()))
    return Figures(precision, recall, 2 * hits / max(1, int(told.sum() + gold.sum())))


def _names(found: Sequence[Features], least: int) -> list[str]:
    seen = Counter(name for of in found for name in of)
    return sorted(name for name, count in seen.items() if count >= least)


def _matrix(found: Sequence[Features], names: Sequence[str], base: SpamModel | None) -> Any:
    from scipy.sparse import csr_matrix

    column = {name: at for at, name in enumerate(names)}
    cells = [
        (row, column[name], value * (_CUE if name[0] == "=" else 1.0))
        for row, of in enumerate(found)
        for name, value in of.items()
        if name in column
    ]
    if base:
        cells += [(row, len(names), base.logit_of(of)) for row, of in enumerate(found)]
    rows, columns, values = zip(*cells, strict=True)
    return csr_matrix((values, (rows, columns)), shape=(len(found), len(names) + bool(base)))


def build() -> SpamModel:
    """Learn the model that is shipped."""
    texts, spam = seeds()
    return learn([features(text) for text in texts], spam, share=SHARE, least=1)


if __name__ == "__main__":
    Path(__file__).with_name("spam.json").write_bytes(build().to_bytes())
