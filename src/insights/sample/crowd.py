"""Draws the passages of a crowd as vectors: people, days and matters, without any words.

What makes a community hard to watch is in it: days of the week, days that are busier than chance
makes them, topics that have their days, matters within topics, and few people who write much and
have their favourites.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import INTENTS

DIMENSION = 384
WEEK = np.array([1.1, 1.15, 1.1, 1.1, 1.05, 0.75, 0.75])
BUSY, MOODY = 8.0, 4.0
"""Shapes of the gamma factors of a day, and of a topic's day: their variances are 1 / shape."""
PROLIFIC = 1.2
"""Deviation of the logarithm of how much a person writes."""
FAITHFUL = 0.5
"""Share of a person's posts that are about the person's own topic."""
SHARES = {"all": 0.05, "topic": 0.25, "matter": 0.2, "own": 0.5}
"""Shares of a vector that it has in common with all, with its topic, and with its matter."""
ALIKE = 0.65
"""Cosine between passages of a burst: people who report one thing say it alike."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A community of `a_day` passages on an average day, over `days` days from day 0 on."""

    a_day: float
    days: int
    topics: int = 12
    matters: int = 8
    seed: int = 1

    def draw(self) -> Corpus:
        """Return its passages, in order of time; the numbers of topics are in `topics`."""
        dice = np.random.default_rng(self.seed)
        moods = dice.gamma(MOODY, 1 / MOODY, (self.days, self.topics))
        moods *= np.sort(dice.dirichlet(np.full(self.topics, 3.0)))[::-1]
        busy = self.a_day * WEEK[np.arange(self.days) % 7] * dice.gamma(BUSY, 1 / BUSY, self.days)
        counts = dice.poisson(busy)
        day = np.repeat(np.arange(self.days), counts)
        population = max(20, int(30 * self.a_day))
        writes = dice.lognormal(0.0, PROLIFIC, population)
        people = dice.choice(population, len(day), p=writes / writes.sum())
        topics = _drawn(moods[day] / moods[day].sum(axis=1, keepdims=True), dice)
        own = dice.integers(0, self.topics, population)
        faithful = dice.random(len(day)) < FAITHFUL * (moods[day, own[people]] * self.topics > 0.5)
        topics = np.where(faithful, own[people], topics)
        which = np.minimum(dice.geometric(0.35, len(day)) - 1, self.matters - 1)
        at = day.astype(np.float64) + dice.random(len(day))
        return columns(at, people, topics, self._vectors(topics, which, SHARES["own"], dice))

    def burst(
        self, people: int, days: float, since: float, seed: int, *, alike: float = ALIKE
    ) -> Corpus:
        """Return what as many people say of a matter that nobody spoke of, from day `since` on.

        It belongs to one of the topics. The people are new: they have written nothing else.
        """
        dice = np.random.default_rng([self.seed, seed])
        topic = np.full(people, dice.integers(0, self.topics))
        at = np.sort(since + days * dice.random(people))
        who = 10_000_000 + 1000 * seed + np.arange(people)
        matter = np.full(people, self.matters + seed)
        return columns(at, who, topic, self._vectors(topic, matter, 1 - alike, dice))

    def _vectors(
        self,
        topics: NDArray[np.int64],
        matters: NDArray[np.int64],
        own: float,
        dice: np.random.Generator,
    ) -> Vectors:
        scale = (1 - own) / (1 - SHARES["own"])
        made: Vectors = np.float32(np.sqrt(own)) * _units(dice, len(topics))
        made += np.sqrt(SHARES["all"] * scale) * self._direction(0, 0)
        for topic in np.unique(topics).tolist():
            mine = topics == topic
            made[mine] += np.sqrt(SHARES["topic"] * scale) * self._direction(1, topic)
            for matter in np.unique(matters[mine]).tolist():
                both = mine & (matters == matter)
                direction = self._direction(2, topic * 100_000 + matter)
                made[both] += np.sqrt(SHARES["matter"] * scale) * direction
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made

    def _direction(self, level: int, number: int) -> Vectors:
        direction: Vectors = _units(np.random.default_rng([self.seed, level, number]), 1)[0]
        return direction


def columns(
    at: NDArray[np.float64],
    people: NDArray[np.int64],
    topics: NDArray[np.int64],
    vectors: Vectors,
) -> Corpus:
    """Return passages of one source as a corpus, in order of time."""
    order = np.argsort(at, kind="stable")
    n = len(at)
    nothing = np.full(n, None, object)
    return Corpus(
        passage_ids=np.arange(n),
        post_ids=np.array([f"crowd:{person}-{row}" for row, person in enumerate(people)], object),
        positions=np.zeros(n, np.int64),
        texts=np.full(n, "", object),
        sayings=np.arange(n),
        words=np.full(n, 20),
        languages=nothing,
        days=at[order],
        people=people[order],
        sources=np.full(n, "crowd", object),
        versions=nothing,
        ratings=np.full(n, np.nan),
        threads=nothing,
        replies=np.zeros(n, bool),
        counted=np.ones(n, bool),
        intents=np.zeros((n, len(INTENTS)), np.float32),
        severities=np.full(n, np.nan, np.float32),
        topics=topics[order],
        vectors=vectors[order],
    )


def together(one: Corpus, other: Corpus) -> Corpus:
    """Return the passages of both, in order of time."""
    days = np.concatenate([one.days, other.days])
    order = np.argsort(days, kind="stable")
    parts = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])[order]
        for name in Corpus.__dataclass_fields__
    }
    return Corpus(**parts)


def _drawn(chances: NDArray[np.float64], dice: np.random.Generator) -> NDArray[np.int64]:
    """Draw a column of each row of `chances`, whose rows sum to 1."""
    thrown = dice.random((len(chances), 1))
    drawn: NDArray[np.int64] = (chances.cumsum(axis=1) < thrown).sum(axis=1)
    numbers: NDArray[np.int64] = np.minimum(drawn, chances.shape[1] - 1)
    return numbers


def _units(dice: np.random.Generator, count: int) -> Vectors:
    made = dice.standard_normal((count, DIMENSION), np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made
