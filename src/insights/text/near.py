"""Finds texts that say nearly the same, by MinHash (Broder 1997) and bands of it (LSH).

The likeness of two texts is the Jaccard index of their word pairs: what they share, of all that
either has. Two texts that are alike share a band with the chance 1 - (1 - likeness^ROWS)^BANDS:
0.997 at a likeness of 0.8, 0.86 at 0.6, under 0.01 at 0.1.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from insights.corpus import UNSPACED, count_words

ALIKE = 0.6
"""Likeness from which a text repeats another: of 20 words two may differ, of 40 words five."""
ROWS, BANDS = 3, 8
ENOUGH = 16
"""Words from which two people do not write nearly the same by chance."""
ENOUGH_BY_ONE = 8
"""Words from which one person who writes nearly the same says the same again."""
ENOUGH_EXACTLY = 5
"""Words from which two people do not write exactly the same by chance."""

_WORD = re.compile(rf"{UNSPACED.pattern}|\w+")
_READ = 20_000
_AT_ONCE = 20_000
_PRIME = np.uint64(2**31 - 1)


def words_of(normal: str) -> list[str]:
    """Cut a normal form into words; where a script has no spaces each sign is one."""
    return _WORD.findall(normal[:_READ])


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the Jaccard index of the word pairs of two texts, 0..1."""
    first, second = set(pairwise(one)), set(pairwise(other))
    together = len(first | second)
    return len(first & second) / together if together else 0.0


def may_repeat(normal: str, *, same_author: bool, exactly: bool) -> bool:
    """Say whether a text is long enough to be a copy rather than a coincidence.

    Several people do write "it crashes"; they do not write the same long sentence.
    """
    if exactly:
        return same_author or count_words(normal) >= ENOUGH_EXACTLY
    return count_words(normal) >= (ENOUGH_BY_ONE if same_author else ENOUGH)


def marks(normals: Sequence[str], authors: Sequence[str | None]) -> list[list[int]]:
    """Return for each normal form the marks that its copies share: integers of 64 bits, signed.

    A text has a mark for its exact words and, if it is long enough, one for each band. Marks of
    short texts hold their author, so that only the author's own copies share them.
    """
    near = [may_repeat(n, same_author=a is not None, exactly=False)
            for n, a in zip(normals, authors, strict=True)]  # fmt: skip
    bands = iter(_bands([words_of(n) for n, is_near in zip(normals, near, strict=True) if is_near]))
    found = []
    for normal, author, is_near in zip(normals, authors, near, strict=True):
        mine: list[int] = []
        if may_repeat(normal, same_author=author is not None, exactly=True):
            anybody = may_repeat(normal, same_author=False, exactly=True)
            mine.append(_mark("" if anybody else author, b"=" + _bytes(normal)))
        if is_near:
            anybody = may_repeat(normal, same_author=False, exactly=False)
            owner = "" if anybody else author
            mine += [_mark(owner, bytes([n]) + band) for n, band in enumerate(next(bands))]
        found.append(mine)
    return found


def _mark(owner: str | None, data: bytes) -> int:
    whole = f"{owner}\x1f".encode() + data
    return int.from_bytes(hashlib.blake2b(whole, digest_size=8).digest(), "big", signed=True)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _bands(texts: Sequence[Sequence[str]]) -> list[list[bytes]]:
    """Return the bands of each text, a bounded number of word pairs at a time."""
    found: list[list[bytes]] = []
    batch: list[list[int]] = []
    for words in texts:
        batch.append(_pairs(words))
        if sum(map(len, batch)) >= _AT_ONCE:
            found += _cut(_signatures(batch))
            batch = []
    return found + (_cut(_signatures(batch)) if batch else [])


def _pairs(words: Sequence[str]) -> list[int]:
    """Hash every pair of neighbours to 31 bits."""
    hashed = [zlib.crc32(_bytes(word)) for word in words]
    return list({(31 * one + other) % int(_PRIME) for one, other in pairwise(hashed)})


def _signatures(texts: Sequence[Sequence[int]]) -> NDArray[np.uint64]:
    """Take the least of each of many hashes over the pairs: shape (texts, ROWS x BANDS)."""
    pairs = np.fromiter(chain.from_iterable(texts), np.uint64)
    starts = np.cumsum([0, *map(len, texts[:-1])])
    rows = []
    for factor, shift in _FACTORS:
        rows.append(np.minimum.reduceat((pairs * factor + shift) % _PRIME, starts))
    return np.stack(rows, axis=1)


def _cut(signatures: NDArray[np.uint64]) -> list[list[bytes]]:
    shaped = signatures.astype("<u4").reshape(len(signatures), BANDS, ROWS)
    return [[band.tobytes() for band in text] for text in shaped]


_FACTORS = np.random.default_rng(1997).integers(
    1, int(_PRIME), size=(ROWS * BANDS, 2), dtype=np.uint64
)
