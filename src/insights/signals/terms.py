"""Which words and word pairs of the labelled posts are in a text, and how telling are they?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"\w\w+")
_READ = 8000


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """A vocabulary of words and word pairs, and the rarity (idf) of each."""

    names: tuple[str, ...]
    rarity: NDArray[np.float32]

    @classmethod
    def none(cls) -> Terms:
        """Make the empty vocabulary, for models that read vectors and cues only."""
        import numpy as np

        return cls((), np.zeros(0, dtype=np.float32))

    @classmethod
    def of(cls, texts: Sequence[str], *, at_most: int = 20_000) -> Terms:
        """Take the terms that at least two texts hold, the commonest first."""
        import numpy as np

        seen = Counter(term for text in texts for term in set(_terms(text)))
        kept = sorted((t for t in seen if seen[t] >= 2), key=lambda t: (-seen[t], t))[:at_most]
        counts = np.array([seen[term] for term in kept], dtype=np.float64)
        rarity = np.log((1 + len(texts)) / (1 + counts)) + 1
        return cls(tuple(kept), rarity.astype(np.float32))

    def features(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Weigh the terms of each text (1 + log count, times rarity), rows of length 1."""
        import numpy as np

        found = np.zeros((len(texts), len(self.names)), dtype=np.float32)
        if not self.names:
            return found
        column = {name: at for at, name in enumerate(self.names)}
        for row, text in enumerate(texts):
            for term, count in Counter(_terms(text)).items():
                at = column.get(term)
                if at is not None:
                    found[row, at] = (1 + np.log(count)) * self.rarity[at]
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        np.divide(found, lengths, out=found, where=lengths > 0)
        return found


def _terms(text: str) -> list[str]:
    words = _WORD.findall(text[:_READ].lower())
    return words + [f"{first} {second}" for first, second in pairwise(words)]
