"""Reads the turns of phrase of a language from its table, and finds them in tokens."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Any

from insights.text.phrases import pipeline

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

Words = tuple[str, ...]
_LIST = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What one language knows: phrases by group behind a matcher, word lists by `part.name`.

    `hint` is found in every text in which a phrase can stand, and is cheap to look for.
    """

    language: str
    matcher: PhraseMatcher
    lists: dict[str, frozenset[Words]]
    singles: dict[str, frozenset[str]]
    hint: re.Pattern[str]

    def words(self, name: str) -> frozenset[str]:
        """Return the single words of the list `name`."""
        return self.singles.get(name, frozenset())

    def found(self, doc: Doc) -> list[tuple[str, int, int]]:
        """Return (group, first token, token after the last) of every phrase, the longest first."""
        strings = doc.vocab.strings
        hits = [(strings[key], start, end) for key, start, end in self.matcher(doc)]
        return sorted(hits, key=lambda hit: (hit[1], -hit[2], hit[0]))

    def starts(self, name: str, norms: Sequence[str], at: int) -> int:
        """Return how many tokens at `at` are an entry of the list `name`; the longest counts."""
        entries = self.lists.get(name, frozenset())
        for size in range(min(5, len(norms) - at), 0, -1):
            if tuple(norms[at : at + size]) in entries:
                return size
        return 0


@lru_cache(maxsize=16)
def table(language: str) -> Table | None:
    """Load the table of a language; None where there is none."""
    path = files("insights.text").joinpath("turns", f"{language}.toml")
    if not re.fullmatch(r"[a-z]{2,3}", language) or not path.is_file():
        return None
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    nlp = pipeline(language)
    matcher = PhraseMatcher(nlp.vocab, attr="NORM")

    @cache
    def word(text: str) -> Words:
        return tuple(token.text for token in nlp.make_doc(text))

    def cut(phrase: str) -> list[str]:
        return [part for text in phrase.split() for part in word(text)]

    lists: dict[str, frozenset[Words]] = {}
    firsts: set[str] = set()
    for group, written in _groups(raw):
        phrases = sorted({p for line in written for p in expand(line, raw["lists"])})
        docs = [Doc(nlp.vocab, words=words) for p in phrases if (words := cut(p))]
        if isinstance(_at(raw, group), str) or group.endswith("skip"):
            lists[group] = frozenset(tuple(token.norm_ for token in doc) for doc in docs)
        else:
            matcher.add(group, docs)
            if group.startswith("conditions."):  # only what can stand alone is looked for
                phrases = list(raw["conditions"]["timed"].split("|"))
            firsts.update(map(_telling, phrases))
    singles = {name: frozenset(w[0] for w in held if len(w) == 1) for name, held in lists.items()}
    hint = re.compile("|".join(re.escape(word) for word in sorted(firsts)), re.I)
    return Table(language, matcher, lists, singles, hint)


def expand(line: str, lists: dict[str, str]) -> Iterator[str]:
    """Write out every phrase that a line of a table stands for.

    >>> sorted(expand("please? add|bring_back <it>", {"it": "this"}))
    ['add this', 'bring back this', 'please add this', 'please bring back this']
    """
    slots = []
    for slot in line.split():
        optional = slot.endswith("?") and len(slot) > 1
        words = _LIST.sub(lambda name: lists[name[1]], slot.rstrip("?") if optional else slot)
        slots.append([word.replace("_", " ") for word in words.split("|")] + [""] * optional)
    for chosen in product(*slots):
        yield " ".join(" ".join(word for word in chosen if word).split())


def _groups(raw: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for part, entries in raw.items():
        if part != "lists":
            for name, written in entries.items():
                yield f"{part}.{name}", written.split("|") if isinstance(written, str) else written


def _at(raw: dict[str, Any], group: str) -> Any:
    part, _, name = group.partition(".")
    return raw[part][name]


def _telling(phrase: str) -> str:
    """Return the longest word of a phrase: the rarest, as a rule."""
    return max(phrase.split(), key=len)
