"""What several people say in the same words: the stretches that their phrases share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.digest.content import Share

SHOWN = 3
LONGEST = 5
"""Words of a shared stretch."""
_LONGER = 0.3
"""What each further word is worth, in shares of the people."""
_WORD = re.compile(r"[^\W_]+(?:[.'’+#_-]+[^\W_]+)*[+#]{0,2}")

Told = Sequence[tuple[int, str]]


def phrases(
    corpus: Corpus,
    rows: NDArray[np.int64],
    said: Mapping[int, Mapping[str, Any]],
    kind: str,
) -> list[tuple[int, str]]:
    """Return (person, words) of every span of a kind in these passages."""
    return [
        (int(corpus.people[row]), str(span["text"]))
        for row in rows.tolist()
        for span in said.get(int(corpus.passage_ids[row]), {}).get(kind, ())
    ]


def most_said(
    told: Told, stop_words: frozenset[str], *, floor: int, shown: int = SHOWN
) -> tuple[Share, ...]:
    """Return the stretches that most distinct people share, each as it is mostly written.

    Nothing is told that fewer than `floor` people say, nor what only one does. A single word counts
    where somebody says no more than it: "app" says nothing about what fails. A phrase counts for
    one stretch only: the first is chosen by people and length, the next from what is left. Told of
    each is how many say it in any of their phrases, so that it can be counted again by itself.
    """
    left = [(person, _stretches(phrase, stop_words)) for person, phrase in told]
    alone = {min(stretches, key=len) for _, stretches in left if _is_one_word(stretches)}
    found: list[Share] = []
    while len(found) < shown:
        people: dict[str, set[int]] = {}
        for person, stretches in left:
            for form in stretches:
                if " " in form or form in alone:
                    people.setdefault(form, set()).add(person)
        known = [
            (_worth(form, who), form) for form, who in people.items() if len(who) >= max(2, floor)
        ]
        if not known:
            break
        best = min(known, key=lambda entry: (-entry[0], entry[1]))[1]
        written = Counter(stretches[best] for _, stretches in left if best in stretches)
        name = min(written.items(), key=lambda entry: (-entry[1], entry[0]))[0]
        who = {person for person, phrase in told if spoken(phrase, name)}
        found.append(Share(name=name, people=len(who)))
        left = [entry for entry in left if best not in entry[1]]
    return tuple(sorted(found, key=lambda share: (-share.people, share.name)))


def spoken(phrase: str, words: str) -> bool:
    """Say whether these words stand in a phrase, in their order and in any case.

    >>> spoken("Show two  windows, please", "two Windows"), spoken("two small ones", "two ones")
    (True, False)
    """
    return f" {_form(words)} " in f" {_form(phrase)} "


@lru_cache(maxsize=4096)
def _form(text: str) -> str:
    return " ".join(_WORD.findall(text)).casefold().replace("’", "'")


def _is_one_word(stretches: Mapping[str, str]) -> bool:
    """Say whether one word, stop words aside, is all that a phrase says."""
    return sum(" " not in form for form in stretches) == 1


def _worth(form: str, people: set[int]) -> float:
    return len(people) * (1 + _LONGER * form.count(" "))


def _stretches(phrase: str, stop_words: frozenset[str]) -> dict[str, str]:
    """Return every run of up to LONGEST words, in lower case, with how it is written.

    A run neither ends nor, but at the beginning of the phrase, starts with a word that says
    nothing.
    """
    words = list(_WORD.finditer(phrase))
    found: dict[str, str] = {}
    for first, last in _runs(len(words)):
        run = words[first : last + 1]
        forms = [word[0].casefold().replace("’", "'") for word in run]
        if forms[-1] in stop_words or (first and forms[0] in stop_words):
            continue
        found.setdefault(" ".join(forms), " ".join(phrase[run[0].start() : run[-1].end()].split()))
    return found


def _runs(words: int) -> Iterator[tuple[int, int]]:
    for first in range(words):
        for last in range(first, min(words, first + LONGEST)):
            yield first, last
