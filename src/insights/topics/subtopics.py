"""What a large topic consists of: the groups that its passages fall into, made when asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.topics import label
from insights.topics.clusterer import NeighbourLeiden
from insights.topics.geometry import centred
from insights.topics.label import Said, Style

LEAST = 60
"""Distinct passages that a topic needs: of fewer, halves of the evidence agree by chance."""
SMALLEST = 10
"""Distinct passages of a subtopic."""
AGREED = 0.5
"""Agreement of the halves below which a topic is one whole. A cloud without groups, of as many
passages and as wide in every direction as a topic, reaches 0.1 to 0.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtopic:
    """A group inside a topic: its title, its keywords, and its rows in the corpus.

    `place` counts from 1, the largest first. It is no identity: tomorrow it may be another group.
    """

    parent_id: str
    place: int
    title: str
    keywords: tuple[str, ...]
    rows: NDArray[np.int64]


def subtopics(corpus: Corpus, number: int, style: Style, *, min_people: int) -> list[Subtopic]:
    """Return what a topic consists of, by size; nothing where it is small or one whole.

    The topic's passages are taken around their own mean, by language, and grouped as topics are
    (`NeighbourLeiden`), only that the halves have to agree more. Equal texts count once in
    grouping, and stay together. Groups of fewer than `min_people` people are left out. The same
    archive gives the same answer.
    """
    rows = np.flatnonzero((corpus.topics == number) & corpus.counted)
    _, first, same = np.unique(corpus.sayings[rows], return_index=True, return_inverse=True)
    if len(first) < LEAST:
        return []
    order = np.argsort(first)
    shaping = rows[first[order]]
    around = centred(corpus.vectors[shaping], corpus.languages[shaping])
    groups = NeighbourLeiden(min_size=SMALLEST, agreement=AGREED).fit(around).labels_
    if groups.max() < 1:
        return []
    of_row = groups[np.argsort(order)[same]]
    parts = [rows[of_row == group] for group in range(int(groups.max()) + 1)]
    shown = [p for p in parts if len(np.unique(corpus.people[p])) >= min_people]
    return [
        _described(corpus, part, np.setdiff1d(rows, part), f"T{number}", place, style)
        for place, part in enumerate(sorted(shown, key=len, reverse=True), start=1)
    ]


def _described(
    corpus: Corpus,
    rows: NDArray[np.int64],
    siblings: NDArray[np.int64],
    parent_id: str,
    place: int,
    style: Style,
) -> Subtopic:
    said = Said.at(corpus, rows, style)
    words = label.telling_words(said, Said.at(corpus, siblings, style))
    title = label.title(said, corpus.vectors[rows], words, style, corpus.standing(rows))
    return Subtopic(parent_id=parent_id, place=place, title=title, keywords=words, rows=rows)
