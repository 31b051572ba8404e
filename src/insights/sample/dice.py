"""Chance that falls the same way on every machine and every Python."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A named stream of chance. Streams of different names do not disturb each other.

    Only `Random.random` is used, because it is the one method whose values Python promises to
    keep, and only plain arithmetic on it, because powers and logarithms differ between machines.
    """

    def __init__(self, name: str) -> None:
        self._random = Random(int.from_bytes(sha256(name.encode()).digest()[:8], "big"))

    def between(self, low: float, high: float) -> float:
        """Return a number of `[low, high)`."""
        return low + (high - low) * self._random.random()

    def below(self, limit: int) -> int:
        """Return a whole number of `0 .. limit - 1`."""
        return int(self._random.random() * limit)

    def chance(self, probability: float) -> bool:
        """Say yes with this probability."""
        return self._random.random() < probability

    def pick(self, things: Sequence[T]) -> T:
        """Return one of the things, each as likely as the other."""
        return things[self.below(len(things))]

    def weighted(self, things: Sequence[tuple[T, float]]) -> T:
        """Return one of the things by its weight."""
        total = 0.0
        for _, weight in things:  # the built-in sum of floats changed in Python 3.12
            total += weight
        left = self._random.random() * total
        for thing, weight in things:
            left -= weight
            if left < 0:
                return thing
        return things[-1][0]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Return the things in another order."""
        order = list(things)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def count(self, mean: float) -> int:
        """Return a count around `mean`, spread nearly like a Poisson count."""
        trials = 8 * (int(mean) + 2)
        return sum(self.chance(mean / trials) for _ in range(trials))


class Deck:
    """Deals every sentence once before any sentence comes again."""

    def __init__(self, name: str, sentences: Sequence[str]) -> None:
        self._dice = Dice(f"deck {name}")
        self._sentences = tuple(sentences)
        self._left: list[str] = []

    def deal(self) -> str:
        """Return the next sentence; an empty deck deals empty ones."""
        if not self._left:
            self._left = self._dice.shuffled(self._sentences)
        return self._left.pop() if self._left else ""
