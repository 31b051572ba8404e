"""Cuts a long text into passages that can each stand alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insights.corpus import count_words
from insights.text.phrases import sentences

LEAST = 8
"""Words that a passage needs to be understood by itself; less goes on with what follows."""
MOST = 60
"""Words of a passage at most; a text that has no more is left whole."""
MOST_PASSAGES = 40
"""A post of more is a document: what follows belongs to the last one."""

_CHARACTERS = 12 * MOST
_PIECE = re.compile(rf"\S(?:.{{0,{_CHARACTERS - 2}}}\S)?(?!\S)|\S{{1,{_CHARACTERS}}}", re.S)


def split(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each passage of a cleaned text, in order, without overlap.

    A text is cut between sentences, and where a paragraph ends even before a passage is full.
    Only what is one sentence of more than `MOST` words is cut between words, or in a word that
    is longer than a passage.
    """
    text = text.rstrip()
    if len(text) <= _CHARACTERS and count_words(text) <= MOST:
        return [(len(text) - len(text.lstrip()), len(text))] if text else []
    found: list[tuple[int, int]] = []
    words = 0
    for start, end, opens in _units(text):
        more = count_words(text[start:end])
        if found and (words < LEAST or (not opens and words + more <= MOST)):
            found[-1] = (found[-1][0], end)
            words += more
        elif len(found) == MOST_PASSAGES:
            found[-1] = (found[-1][0], len(text))
            return found
        else:
            found.append((start, end))
            words = more
    if words < LEAST and len(found) > 1:
        _, end = found.pop()
        found[-1] = (found[-1][0], end)
    return found


def _units(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, opens a paragraph) of sentences, cut where they are too long."""
    before = 0
    for start, end in sentences(text):
        opens = "\n\n" in text[before:start]
        before = end
        if end - start <= _CHARACTERS and count_words(text[start:end]) <= MOST:
            yield start, end, opens
            continue
        for piece in _PIECE.finditer(text, start, end):
            yield piece.start(), piece.end(), opens
            opens = False
