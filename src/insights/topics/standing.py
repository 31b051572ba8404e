"""What holds once people's corrections are laid over what discovery found: a pure function of both.

The meaning of each correction stands in `insights.topics.corrections`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Topic
from insights.topics.corrections import (
    Correction,
    Dismiss,
    Fixed,
    Merge,
    Move,
    Pin,
    Rename,
    Split,
    Track,
    number_of,
)
from insights.topics.electorate import Electorate
from insights.topics.geometry import centres
from insights.topics.neighbours import Matrix, nearest

Encode = Callable[[Sequence[str]], Matrix]
"""Turns example texts into unit vectors, shape (texts, d)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What discovery found: a number and a score 0..1 of each row, topics, remembered centres.

    Numbers are as in `Corpus.topics`. Centres are unit vectors by topic number; an ended topic's
    is the last it had. Topics that people made stand among `topics` as retired: discovery knows
    only that their numbers are taken.
    """

    numbers: NDArray[np.int64]
    scores: NDArray[np.float64]
    topics: tuple[Topic, ...]
    centres: Mapping[int, Matrix]


@dataclass(frozen=True, slots=True)
class Held:
    """What holds after corrections: a number and a score of each row, and the topics."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.float64]
    topics: tuple[Topic, ...]


def apply(
    corpus: Corpus,
    found: Found,
    said: Sequence[Correction],
    *,
    as_of: datetime,
    model: str,
    encode: Encode,
) -> Held:
    """Lay the corrections in force over what was found, in their order.

    `model` names the encoder of the corpus' vectors. Rows that no run has looked at stay so.
    """
    draft = _Draft(corpus, found, said, model, encode)
    for correction in said:
        draft.take(correction)
    return Held(draft.numbers, np.round(draft.scores, 4), draft.topics(as_of))


def resolve(topics: Mapping[str, Topic], topic_id: str | None) -> str | None:
    """Follow merges from a topic to the one that it is part of now."""
    seen: set[str] = set()
    while topic_id is not None and topic_id in topics and topic_id not in seen:
        seen.add(topic_id)
        topic_id = topics[topic_id].merged_into or topic_id
    return topic_id


class _Draft:
    """What holds so far, while corrections are taken one by one."""

    def __init__(
        self,
        corpus: Corpus,
        found: Found,
        said: Sequence[Correction],
        model: str,
        encode: Encode,
    ) -> None:
        self.corpus, self.found, self.model, self.encode = corpus, found, model, encode
        self.numbers, self.scores = found.numbers.copy(), found.scores.copy()
        self.seen = found.numbers > -2
        self.spoken_for = np.zeros(len(corpus), bool)
        self.known = {topic.number: topic for topic in found.topics}
        self.pinned = {number_of(c.topic) for c in said if isinstance(c, Pin)}
        self.made = {number_of(c.topic) for c in said if isinstance(c, Split | Track)}
        self.upheld = set(self.pinned)
        self.into: dict[int, int] = {}
        self.titles: dict[int, str] = {}
        self.until: dict[int, datetime] = {}

    def take(self, correction: Correction) -> None:
        """Lay one correction over what holds so far."""
        number = number_of(correction.topic)
        match correction:
            case Rename():
                self.titles[number] = correction.title
            case Merge():
                self.merge(number, number_of(correction.into))
            case Split():
                self.titles[number] = correction.title
                self.split(number, correction)
            case Move():
                self.speak_for(self.rows([correction.post]), self.now(number))
            case Dismiss():
                self.until[number] = correction.until
            case Pin():
                self.reclaim(number)
            case Track():
                self.titles[number] = correction.title
                self.track(number, correction)
            case Fixed():
                pass  # where posts belong is untouched; signals look at it

    def rows(self, posts: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows of posts that a run has looked at."""
        found = sorted({row for post_id in posts for row in self.rows_of.get(post_id, ())})
        return np.array(found, np.int64)

    @cached_property
    def rows_of(self) -> dict[str, list[int]]:
        """The rows of each post that a run has looked at."""
        found: dict[str, list[int]] = {}
        for row in np.flatnonzero(self.seen).tolist():
            found.setdefault(str(self.corpus.post_ids[row]), []).append(row)
        return found

    def now(self, number: int) -> int:
        """Follow merges, people's and discovery's, to the topic that a number stands for."""
        seen = {number}
        while True:
            further = self.into.get(number)
            if further is None and number not in self.upheld:
                further = self.merged_by_discovery(number)
            if further is None or further in seen:
                return number
            number = further
            seen.add(number)

    def merged_by_discovery(self, number: int) -> int | None:
        """Return the topic that discovery merged this one into, if it did."""
        topic = self.known.get(number)
        if topic is None or topic.status != "merged" or topic.merged_into is None:
            return None
        return number_of(topic.merged_into)

    def speak_for(self, rows: NDArray[np.int64], number: int) -> None:
        """Put rows where a person says that they belong."""
        self.numbers[rows], self.scores[rows], self.spoken_for[rows] = number, 1.0, True

    def merge(self, number: int, into: int) -> None:
        """Give everything of one topic to another; discovery may have merged them back to front."""
        self.reclaim(number)
        target = self.now(into)
        if target == number:
            self.upheld.add(into)
            target = into
        self.numbers[self.numbers == number] = target
        self.into[number] = target

    def split(self, number: int, split: Split) -> None:
        """Make a topic of the named posts, and of later ones that are nearer to them."""
        named = self.rows(split.posts)
        sources = [self.now(number_of(topic_id)) for topic_id in split.of]
        theirs = np.isin(self.numbers, sources)
        theirs[named] = False
        late = self.corpus.days >= split.since
        stayed = np.flatnonzero(theirs & ~late)
        asked = np.flatnonzero(theirs & late & ~self.spoken_for)
        self.speak_for(named, number)
        vectors = self.corpus.vectors
        self.draw(asked, number, vectors[named], vectors[stayed], floor=-1.0)

    def track(self, number: int, track: Track) -> None:
        """Make a topic of what is nearer to the positive examples than to the negative ones."""
        like, unlike = self.rows(track.like), self.rows(track.unlike)
        asked = self.seen & ~self.spoken_for
        asked[like] = asked[unlike] = False
        self.speak_for(like, number)
        if not asked.any():
            return
        members = (self.found.numbers >= 0) & self.corpus.counted
        known = track.model == self.model
        floor = track.floor if known else Electorate().floor(self.corpus.vectors, members)
        self.draw(
            np.flatnonzero(asked),
            number,
            self.examples(like, track.like_texts),
            self.examples(unlike, track.unlike_texts),
            floor=floor,
        )

    def examples(self, rows: NDArray[np.int64], texts: Sequence[str]) -> Matrix:
        """Return the vectors of example posts and texts."""
        vectors: Matrix = self.corpus.vectors[rows]
        return np.concatenate([vectors, self.encode(texts)]) if texts else vectors

    def draw(
        self,
        rows: NDArray[np.int64],
        number: int,
        like: Matrix,
        unlike: Matrix,
        *,
        floor: float,
    ) -> None:
        """Let rows join whose nearest example is a positive one and not below the floor.

        The score is the positive one's share of both cosines.
        """
        if not len(rows) or not len(like):
            return
        vectors = self.corpus.vectors[rows]
        near = nearest(vectors, like, 1)[1][:, 0]
        far = nearest(vectors, unlike, 1)[1][:, 0] if len(unlike) else np.full(len(rows), -1.0)
        joins = (near > far) & (near >= floor)
        near, far = np.clip(near, 1e-6, 1.0), np.clip(far, 0.0, 1.0)
        self.numbers[rows[joins]] = number
        self.scores[rows[joins]] = (near / (near + far))[joins]

    def reclaim(self, number: int) -> None:
        """Tell the members of a topic that discovery ended from those of their new homes."""
        topic, centre = self.known.get(number), self.found.centres.get(number)
        if topic is None or topic.status == "active" or centre is None:
            return
        home = self.merged_by_discovery(number)
        taken = np.flatnonzero((self.numbers >= 0) & ~self.spoken_for)
        if home is not None:
            taken = taken[self.numbers[taken] == self.now(home)]
        if not len(taken):
            return
        vectors, homes = self.corpus.vectors[taken], np.unique(self.numbers[taken])
        theirs = centres(vectors, self.numbers[taken], homes)
        there = theirs[np.searchsorted(homes, self.numbers[taken])]
        self.numbers[taken[vectors @ centre > (vectors * there).sum(axis=1)]] = number

    def topics(self, as_of: datetime) -> tuple[Topic, ...]:
        """Return every topic with the title and the status that it has now."""
        living = {int(number) for number in np.unique(self.numbers)} | self.pinned | self.made
        held = []
        for number, topic in self.known.items():
            status, into = topic.status, topic.merged_into
            if number in self.into:
                status, into = "merged", f"T{self.into[number]}"
            elif number in living:
                status, into = "active", None
            if status == "active" and number in self.until and as_of < self.until[number]:
                status = "dismissed"
            title = self.titles.get(number, topic.title)
            held.append(replace(topic, title=title, status=status, merged_into=into))
        return tuple(held)
