"""Who writes: a few people all the time, many people once."""

from __future__ import annotations

from dataclasses import dataclass

from insights.sample.dice import Dice
from insights.sample.words import table

REGULARS = 170
_PLATFORMS = (("ios", 26.0), ("android", 27.0), ("windows", 22.0), ("macos", 14.0), ("web", 11.0))
_PLANS = (("free", 55.0), ("plus", 32.0), ("team", 13.0))
_MANNERS = (("careful", 46.0), ("lower", 17.0), ("hasty", 17.0), ("emoji", 10.0), ("terse", 10.0))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one account name everywhere, a device, a plan and a manner of writing."""

    name: str
    platform: str
    plan: str
    manner: str
    staff: bool = False


class Population:
    """Draws authors; nobody drawn as a newcomer was there before."""

    def __init__(self) -> None:
        self._dice = Dice("people")
        self._parts = table("people")
        self._names: set[str] = set()
        self.staff = tuple(
            Person(name, "web", "team", "careful", staff=True) for name in self._parts["staff"]
        )
        self._regulars = [(self.newcomer(), 1.0 / (rank + 6)) for rank in range(REGULARS)]

    def newcomer(self, platforms: tuple[str, ...] = ()) -> Person:
        """Return somebody new, on one of these platforms if any are named."""
        dice = self._dice
        choices = [pair for pair in _PLATFORMS if not platforms or pair[0] in platforms]
        return Person(
            self._name(), dice.weighted(choices), dice.weighted(_PLANS), dice.weighted(_MANNERS)
        )

    def anyone(self, *, source: str, besides: frozenset[str] = frozenset()) -> Person:
        """Return an author for this source who is not one of `besides`."""
        if source == "reviews":
            return self.newcomer(("ios", "android"))
        share = {"forum": 0.5, "tracker": 0.45, "chat": 0.72}[source]
        for _ in range(8):
            if not self._dice.chance(share):
                break
            person = self._dice.weighted(self._regulars)
            if person.name not in besides:
                return person
        return self.newcomer()

    def _name(self) -> str:
        while True:
            name = self._draw()
            if name not in self._names:
                self._names.add(name)
                return name

    def _draw(self) -> str:
        dice, parts = self._dice, self._parts
        first, word = dice.pick(parts["first"]), dice.pick(parts["words"])
        letter = dice.pick("abcdefghjklmnprstvw")
        shape = dice.below(7)
        if shape == 0:
            return f"{first}_{letter}"
        if shape == 1:
            return f"{first}{10 + dice.below(90)}"
        if shape == 2:
            return f"{word}{dice.pick(parts['words'])}"
        if shape == 3:
            return f"{first}.{dice.pick(parts['last'])}"
        if shape == 4:
            return f"{word}_{first}"
        if shape == 5:
            return f"{letter}{dice.pick(parts['last'])}"
        return f"{first}-{word}"
