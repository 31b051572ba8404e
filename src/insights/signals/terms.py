"""Which words, word pairs and lines does a text hold, and how telling are they of a label?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_WORD = re.compile(r"\w\w+")
_NO_WORD = re.compile(r"[^\w\s]+")
_DIGITS = re.compile(r"\d+")
_READ = 8000
_LINE = 60


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """A vocabulary of words, word pairs and lines, and the rarity (idf) of each."""

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
        if self.names:
            for row, (columns, values) in enumerate(self._weighed(texts)):
                found[row, columns] = values
        return found

    def sparse(self, texts: Sequence[str]) -> csr_array:
        """Return `features` as a sparse array, for learning from many texts."""
        import numpy as np
        from scipy.sparse import csr_array

        rows = list(self._weighed(texts))
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.array([column for found, _ in rows for column in found], dtype=np.int32)
        values = np.array([value for _, found in rows for value in found], dtype=np.float32)
        return csr_array((values, columns, ends), shape=(len(texts), len(self.names)))

    def _weighed(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[float]]]:
        column = {name: at for at, name in enumerate(self.names)}
        for text in texts:
            counts = {column[t]: n for t, n in Counter(_terms(text)).items() if t in column}
            values = [(1 + math.log(n)) * float(self.rarity[at]) for at, n in counts.items()]
            length = math.sqrt(sum(value * value for value in values))
            yield list(counts), [value / length for value in values]


def _terms(text: str) -> list[str]:
    """List words and word pairs, those of the first line (the title) once more, and lines.

    A line that recurs is the heading of a template; with the line below it, it is an answer.
    """
    text = text[:_READ].lower()
    title = [f"title: {term}" for term in _words(text.partition("\n")[0])]
    lines = [line for line in map(_line, text.splitlines()) if line]
    answers = [f"{first} > {second}" for first, second in pairwise(lines) if len(second) < _LINE]
    return [*_words(text), *title, *(f"line: {line}" for line in lines), *answers]


def _words(text: str) -> list[str]:
    words = _WORD.findall(text)
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def _line(line: str) -> str:
    return _DIGITS.sub("0", _NO_WORD.sub(" ", line)).strip()[:_LINE]
