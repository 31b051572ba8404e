"""What does a passage do: report a problem, ask for a change, ask a question, praise, or none?"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from insights.errors import InsightsError
from insights.signals.cues import VERSION, WIDTH, cue_features
from insights.signals.terms import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.protocols import Encoder


_BATCH = 1000
_SAID = 0.2  # what a log-odds counts beside the numbers of a vector of length 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class IntentModel:
    """A model over sentence vectors, cues and terms. Scoring needs numpy and nothing else.

    `exclusive` models give scores that add up to 1; others score each name by itself, 0.5 being
    the decision. `weights` has shape (names, dimension + cues + terms), `offsets` (names,). With
    `examples_kept`, shape (kept, dimension + cues), `weights` has shape (names, kept) and
    weighs how like a post is to each of them.
    """

    names: tuple[str, ...]
    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]
    exclusive: bool
    cue_weight: float
    terms: Terms
    examples: int = 0
    examples_kept: NDArray[np.float16] | None = None

    @property
    def dimension(self) -> int:
        """How long the vectors are that it was learned from."""
        if self.examples_kept is not None:
            return int(self.examples_kept.shape[1]) - WIDTH
        return int(self.weights.shape[1]) - WIDTH - len(self.terms.names)

    def scores(self, vectors: NDArray[np.float32], texts: Sequence[str]) -> list[dict[str, float]]:
        """Score each post 0..1 for each name. `vectors` has shape (posts, `dimension`)."""
        import numpy as np

        logits = np.clip(self.logits(vectors, texts), -30, 30)
        if self.exclusive:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            chances = powers / powers.sum(axis=1, keepdims=True)
        else:
            chances = 1 / (1 + np.exp(-logits))
        rounded = chances.astype(np.float64).round(4)
        return [dict(zip(self.names, row, strict=True)) for row in rounded.tolist()]

    def logits(self, vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the log-odds of each name, shape (posts, names)."""
        import numpy as np

        if not len(texts):
            return np.zeros((0, len(self.names)), dtype=np.float32)
        if vectors.shape != (len(texts), self.dimension):
            msg = (
                f"the intent model wants {len(texts)} vectors of {self.dimension} numbers, not an "
                f"array of {vectors.shape}: it was trained with another encoder; train it again"
            )
            raise InsightsError(msg)
        parts = []
        for start in range(0, len(texts), _BATCH):
            part = slice(start, start + _BATCH)
            data = features(vectors[part], texts[part], self.cue_weight, self.terms)
            if self.examples_kept is not None:
                data = likeness(data, self.examples_kept)
            parts.append(data @ self.weights.T + self.offsets)
        return np.vstack(parts, dtype=np.float32)

    def to_bytes(self) -> bytes:
        """Write the model as an .npz archive without pickles: the same bytes for the same model."""
        import numpy as np

        about = {
            "names": self.names,
            "exclusive": self.exclusive,
            "cue_weight": self.cue_weight,
            "cues": VERSION,
            "examples": self.examples,
            "terms": self.terms.names,
        }
        buffer = io.BytesIO()
        text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
        arrays: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "offsets": self.offsets,
            "rarity": self.terms.rarity,
        }
        if self.examples_kept is not None:
            arrays["kept"] = self.examples_kept
        np.savez(buffer, allow_pickle=False, about=text, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> IntentModel:
        """Read what `to_bytes` wrote."""
        import numpy as np

        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            if about["cues"] != VERSION:
                msg = "this intent model was trained by another version; train it again"
                raise InsightsError(msg)
            return cls(
                names=tuple(about["names"]),
                weights=arrays["weights"],
                offsets=arrays["offsets"],
                exclusive=about["exclusive"],
                cue_weight=about["cue_weight"],
                terms=Terms(tuple(about["terms"]), arrays["rarity"]),
                examples=about["examples"],
                examples_kept=arrays.get("kept"),
            )


def features(
    vectors: NDArray[np.float32], texts: Sequence[str], cue_weight: float, terms: Terms
) -> NDArray[np.float32]:
    """Put vectors, weighted cues and terms side by side."""
    import numpy as np

    cues = cue_weight * cue_features(texts if cue_weight else [""] * len(texts))
    return np.hstack([vectors, cues, terms.features(texts)], dtype=np.float32)


def likeness(data: NDArray[np.float32], kept: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return exp(-squared distance) of each row to each kept row, shape (rows, kept)."""
    import numpy as np

    others = kept.astype(np.float32)
    squares = (data**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * data @ others.T
    alike: NDArray[np.float32] = np.exp(-np.maximum(squares, 0), dtype=np.float32)
    return alike


def title_and_body(
    encoder: Encoder, intents: IntentModel, titles: Sequence[str], bodies: Sequence[str]
) -> NDArray[np.float32]:
    """Encode title and body apart, for models that are taught labels of one's own.

    Beside the two vectors stands what the untaught model `intents` says of each part: whoever
    labels posts, it nearly always has to do with what people want. A missing part is a row of
    zeros. Shape (posts, 2 x (dimension + intents)).
    """
    import numpy as np

    sides = []
    for texts in (titles, bodies):
        vectors = encoder.encode(list(texts))
        missing = np.array([not text.strip() for text in texts], dtype=bool)
        vectors = np.where(missing[:, None], np.float32(0), vectors)
        sides += [vectors, _SAID * np.clip(intents.logits(vectors, texts), -6, 6)]
    return np.hstack(sides, dtype=np.float32)


@lru_cache(maxsize=1)
def shipped() -> IntentModel:
    """Load the model that comes with the package, learned from `intent_seeds.toml`.

    It knows `insights.models.INTENTS` and wants vectors of the default encoder.
    """
    return IntentModel.from_bytes(files("insights.signals").joinpath("intent.npz").read_bytes())
