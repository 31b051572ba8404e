"""Areas that topics belong to: few, lasting, and with names made of their topics' words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Topic
from insights.topics import identity
from insights.topics.geometry import centred, centres
from insights.topics.neighbours import Matrix

LEAST = 10
"""Topics that need no areas to be read."""
STRAYS = 0.2
"""Share of topics without an area up to which areas stay and strays go to the nearest."""
WORDS = 6
TITLE_WORDS = 3
ALIKE = 5
"""Letters that two words of a title may not begin with alike: forms of one word."""
_WORD = re.compile(r"\w+(?:[-+#'_.&]\w+)*[+#]{0,2}")


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
    before = np.array([parents.get(number, -1) for number in topics.tolist()], np.int64)
    if (before >= 0).all():
        return dict(zip(topics.tolist(), before.tolist(), strict=True))
    means = centres(
        centred(corpus.vectors[rows], corpus.languages[rows]), of_row, np.arange(len(topics))
    )
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
    stop_words: frozenset[str] = frozenset(),
) -> list[Area]:
    """Return the areas as they stand after `parents`: new, going on, or retired.

    Keywords are those that more of an area's topics have, by size, than of all; the title joins
    the first that share no word. It has no words of a single post, so that none of it has to be
    erased with one. An area that goes on keeps its title.
    """
    known = {area.number: area for area in areas}
    inside = [topic for topic in topics if topic.number in parents]
    held = _held(inside, stop_words)
    described = []
    for number in sorted(set(parents.values())):
        keywords = _telling([parents[topic.number] == number for topic in inside], inside, held)
        born = Area(
            number=number,
            title=_title(keywords) or f"Area {number}",
            keywords=keywords,
            status="active",
            born_at=as_of,
            run_id=run_id,
        )
        area = known.get(number, born)
        described.append(replace(area, keywords=keywords, status="active"))
    gone = [area for area in areas if area.number not in parents.values()]
    return described + [replace(area, status="retired") for area in gone]


def _held(topics: Sequence[Topic], stop_words: frozenset[str]) -> list[dict[str, float]]:
    """Return the words of each topic with what they weigh in it, 0..1.

    Its keywords, the first most, and fully those words of its title that are a keyword of any
    topic or stand in several titles.
    """
    titles = [_words(topic.title, stop_words) for topic in topics]
    keywords = {word for topic in topics for word in topic.keywords}
    often = Counter(word for title in titles for word in title)
    fit = keywords | {word for word, count in often.items() if count > 1 and len(word) > 2}
    held = []
    for topic, title in zip(topics, titles, strict=True):
        words = {word: (rank + 1) ** -0.5 for rank, word in enumerate(topic.keywords)}
        held.append(words | dict.fromkeys(title & fit, 1.0))
    return held


def _words(title: str, stop_words: frozenset[str]) -> set[str]:
    """Return the words of a title that say something: neither "can" nor "can't" does."""
    found = _WORD.findall(title.casefold().replace("’", "'"))
    return {word for word in found if not {word, word.partition("'")[0]} & stop_words}


def _telling(
    mine: Sequence[bool], topics: Sequence[Topic], held: Sequence[Mapping[str, float]]
) -> tuple[str, ...]:
    """Return the words that tell some topics from all, the most telling first.

    A word tells as much as the share of topics that have it, squared, times the logarithm of how
    much larger this is than among all. A topic counts by the root of its size: what one large
    topic says does not name them all.
    """
    weights = [max(1, topic.size) ** 0.5 for topic in topics]
    here: dict[str, float] = {}
    everywhere: dict[str, float] = {}
    for weight, words, is_mine in zip(weights, held, mine, strict=True):
        for word, share in words.items():
            everywhere[word] = everywhere.get(word, 0.0) + weight * share
            here[word] = here.get(word, 0.0) + weight * share * is_mine
    own = sum(weight for weight, is_mine in zip(weights, mine, strict=True) if is_mine)
    telling = {
        word: (size / own) ** 2 * float(np.log(size / own / (everywhere[word] / sum(weights))))
        for word, size in here.items()
        if size > 0
    }
    return tuple(sorted(telling, key=lambda word: (-telling[word], word))[:WORDS])


def _title(keywords: Sequence[str]) -> str:
    """Join the first keywords of which no word begins like one before.

    >>> _title(["refund", "refunded", "refund atm", "virtual card", "atm"])
    'Refund, virtual card, atm'
    """
    chosen: list[str] = []
    begun: set[str] = set()
    for word in keywords:
        begins = {part[:ALIKE] for part in word.split()}
        if len(chosen) < TITLE_WORDS and not begins & begun:
            chosen.append(word)
            begun |= begins
    title = ", ".join(chosen)
    return title[:1].upper() + title[1:]
