"""Areas that topics belong to: few, lasting, and with names made of their topics' words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Topic
from insights.topics import identity
from insights.topics.clusterer import centred, unit
from insights.topics.neighbours import Matrix

LEAST = 10
"""Topics that need no areas to be read."""
STRAYS = 0.2
"""Share of topics without an area up to which areas stay and strays go to the nearest."""
WORDS = 6
TITLE_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A lasting group of topics. Its number, and so its id, never means another group."""

    number: int
    title: str
    keywords: tuple[str, ...]
    status: Literal["active", "retired"]
    born_at: datetime
    run_id: str

    @property
    def id(self) -> str:
        """The id that people and exports see; a topic's `parent_id`."""
        return f"A{self.number}"


def group(corpus: Corpus, parents: Mapping[int, int], next_number: int) -> dict[int, int]:
    """Return the area number of every topic number that has passages; none for few topics.

    `parents` are the areas so far. Topics are merged by Ward's linkage (1963) on the means of
    their passages, until as many areas are left as the square root of the number of topics.
    Areas are made anew when more than `STRAYS` of the topics have none; then they keep the
    numbers of the areas whose passages they hold. Otherwise a stray goes to the nearest area.
    """
    rows = np.flatnonzero((corpus.topics >= 0) & corpus.counted)
    topics, of_row = np.unique(corpus.topics[rows], return_inverse=True)
    if len(topics) < LEAST:
        return {}
    means = _means(centred(corpus.vectors[rows], corpus.languages[rows]), of_row, len(topics))
    before = np.array([parents.get(number, -1) for number in topics.tolist()], np.int64)
    if (before < 0).mean() <= STRAYS:
        return dict(zip(topics.tolist(), _adopted(before, means).tolist(), strict=True))
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(means, method="ward")
    groups = fcluster(tree, round(len(topics) ** 0.5), criterion="maxclust").astype(np.int64) - 1
    pairs, _ = identity.match(before[of_row], groups[of_row])
    numbers = {}
    for place in range(int(groups.max()) + 1):
        numbers[place] = pairs.get(place, next_number)
        next_number += place not in pairs
    return {
        topic: numbers[place] for topic, place in zip(topics.tolist(), groups.tolist(), strict=True)
    }


def _means(vectors: Matrix, of_row: NDArray[np.int64], count: int) -> Matrix:
    means = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(means, of_row, vectors)
    return unit(means)


def _adopted(before: NDArray[np.int64], means: Matrix) -> NDArray[np.int64]:
    """Give topics without an area, below 0, that of the nearest topic that has one."""
    held, strays = np.flatnonzero(before >= 0), np.flatnonzero(before < 0)
    after = before.copy()
    after[strays] = before[held[(means[strays] @ means[held].T).argmax(axis=1)]]
    return after


def describe(
    areas: Sequence[Area],
    parents: Mapping[int, int],
    topics: Sequence[Topic],
    *,
    run_id: str,
    as_of: datetime,
) -> list[Area]:
    """Return the areas as they stand after `parents`: new, going on, or retired.

    Keywords are those of an area's topics, weighed by the topics' sizes and by how few other
    areas have them. An area that goes on keeps its title.
    """
    known = {area.number: area for area in areas}
    of_area: dict[int, dict[str, float]] = {number: {} for number in parents.values()}
    for topic in topics:
        if topic.number in parents:
            words = of_area[parents[topic.number]]
            for rank, word in enumerate(topic.keywords):
                words[word] = words.get(word, 0.0) + topic.size / (rank + 1)
    described = []
    for number in sorted(of_area):
        keywords = _telling(number, of_area)
        born = Area(
            number=number,
            title=", ".join(keywords[:TITLE_WORDS]) or f"area {number}",
            keywords=keywords,
            status="active",
            born_at=as_of,
            run_id=run_id,
        )
        area = known.get(number, born)
        described.append(replace(area, keywords=keywords, status="active"))
    gone = [area for area in areas if area.number not in of_area]
    return described + [replace(area, status="retired") for area in gone]


def _telling(number: int, of_area: Mapping[int, Mapping[str, float]]) -> tuple[str, ...]:
    def weight(word: str) -> float:
        spread = sum(word in words for words in of_area.values())
        return of_area[number][word] / spread

    return tuple(sorted(of_area[number], key=lambda word: (-weight(word), word))[:WORDS])
