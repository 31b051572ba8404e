"""Turns hand-written sentences with choices in them into the many ways people put a thing.

`[a|b|c]` is a choice, `{device}` a word of the list of that name; both may stand in each other.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from insights.sample.dice import Dice

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Theme:
    """What people talk about: its sentences, how often it comes up, and where."""

    name: str
    kind: str
    rate: float
    sources: tuple[tuple[str, float], ...]
    space: str
    titles: tuple[str, ...]
    says: tuple[str, ...]
    adds: tuple[str, ...]
    asks: tuple[str, ...]
    answers: tuple[str, ...]


@cache
def table(name: str) -> dict[str, Any]:
    """Read `data/name.toml`."""
    return tomllib.loads((files(__package__) / "data" / f"{name}.toml").read_text("utf-8"))


@cache
def themes(name: str) -> dict[str, Theme]:
    """Read the themes of `data/name.toml`, in the order of the file."""
    return {key: _theme(key, values) for key, values in table(name).items()}


def _theme(name: str, values: dict[str, Any]) -> Theme:
    lists = {key: tuple(values.get(key, ())) for key in ("titles", "says", "adds", "asks")}
    return Theme(
        name=name,
        kind=values.get("kind", "talk"),
        rate=float(values.get("rate", 0)),
        sources=tuple((key, float(weight)) for key, weight in values.get("sources", {}).items()),
        space=values.get("space", "General"),
        answers=tuple(values.get("answers", ())),
        **lists,
    )


def vary(sentence: str, dice: Dice) -> str:
    """Return one of the ways to say this sentence."""
    words = table("words")
    while found := (_CHOICE.search(sentence) or _SLOT.search(sentence)):
        inner = found.group(1)
        choices = inner.split("|") if "|" in inner else words[inner]
        sentence = sentence[: found.start()] + dice.pick(choices) + sentence[found.end() :]
    return sentence
