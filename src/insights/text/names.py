"""Finds names of people in a text: of accounts that are known, or by a trained spaCy pipeline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from insights.errors import SettingsError
from insights.models import Span

Finder = Callable[[str], Iterator[Span]]
Known = Callable[[str], bool]
"""Says whether a name is that of a known account, without regard to case."""

_PIECE = 100_000
"""Characters that a pipeline reads at once: its memory grows with them."""
_PEOPLE = frozenset({"PERSON", "PER"})

_WORD = re.compile(r"(?<![\w@/.<#-])[^\W\d_][\w.’'-]{1,38}(?![\w@/])")
_NEXT = re.compile(r" ([^\W\d_][\w.’'-]{0,38})(?![\w@/])")
_ENDING = re.compile(r"(?:['’]s?|[.’'-]+)$")
_CALLED = re.compile(
    r"(?:\b(?:thanks?|thank you|thx|cheers|kudos to|hi|hello|hey|dear|cc|credits? to|danke|merci"
    r"|gracias|hallo|bonjour|hola|ciao)|^\s*[-–—]{1,2})[ ,]{1,2}$",
    re.I,
)
# Accounts are called by words, too: such a word is a name only where somebody is addressed.
_COMMON = frozenset(
    str.split("""will may mark april june august sunday monday tuesday wednesday thursday friday
    saturday january february march july september october november december spring summer autumn
    winter today morning night grace hope faith joy art rob bill jack pat sue ray dawn rose lily
    iris daisy violet ruby amber crystal jade pearl penny olive ginger pepper basil sage heather
    robin jay drew chase chance grant frank ernest rich max min page gene dean duke earl king
    queen prince major miles scout hunter fisher carpenter baker cook mason taylor smith potter
    turner miller porter carter stone wood woods field fields brook brooks river rivers lake hill
    hills forest north south east west young old black white brown green gray grey blue red gold
    silver orange apple google amazon windows linux android chrome safari firefox edge opera swift
    java python rust go perl docker kubernetes github gitlab slack discord reddit facebook twitter
    instagram youtube microsoft mac iphone ipad samsung sony nokia admin administrator moderator
    support team staff help info news sales service customer user users guest anonymous member
    owner developer dev tester test testing system bot bug bugs feature issue error problem
    question update upgrade version release app application web mobile desktop server client cloud
    data file folder image photo video music map maps mail email phone note notes task tasks event
    events group home menu button search settings account profile login password theme dark light
    mode open close save load start stop play pause next back new first last good bad best great
    nice cool love thanks please yes sure maybe never always someone somebody nobody everyone
    anyone everything nothing something people person man woman boy girl friend dad mom angel star
    sky sun moon earth world city paris london berlin rome sydney dallas austin houston phoenix
    jordan israel china india japan france germany spain italy mexico brazil canada america texas
    virginia georgia florence chelsea brooklyn tiger wolf bear lion eagle falcon hawk fox dragon
    ghost shadow storm thunder phantom ninja wizard magic alpha beta delta omega gamma sigma echo
    nova zero one two three english french german spanish italian chinese russian""")
)


def known_names(text: str, known: Known) -> Iterator[Span]:
    """Find accounts that `known` knows, by their full name and in no other form.

    A name of one plain word needs a capital, three letters, and must not be a common word unless
    it is addressed ("Thanks Will"). Account names with digits or underscores are found in any case.
    """
    at = 0
    while found := _WORD.search(text, at):
        at = found.end()
        for end in reversed(_ends(text, found)):
            name = text[found.start() : end]
            if _may_name(name) and known(name) and not _is_common(name, text, found.start()):
                yield Span(found.start(), end, "NAME")
                at = max(at, end)
                break


def _ends(text: str, found: re.Match[str]) -> list[int]:
    """Where a name that starts with this word may end: here, or after one or two more words."""
    ends = [found.end()]
    while len(ends) < 3 and text[found.start()].isupper():
        following = _NEXT.match(text, ends[-1])
        if following is None or not following[1][0].isupper():
            break
        ends.append(following.end())
    bare = []
    for end in ends:
        ending = _ENDING.search(text, found.start(), end)
        bare.append(ending.start() if ending else end)
    return bare


def _may_name(name: str) -> bool:
    if len(name) < 3:
        return False
    return name[0].isupper() or any(c.isdigit() or c == "_" for c in name)


def _is_common(name: str, text: str, start: int) -> bool:
    if not name.isalpha() or _CALLED.search(text[max(0, start - 20) : start].rpartition("\n")[2]):
        return False
    from insights.text.phrases import stop_words

    return name.casefold() in _COMMON or name.casefold() in stop_words("en")


def pipeline(model: str) -> Finder:
    """Return a finder of people by a trained spaCy pipeline: its name, or its folder.

    SettingsError, when it is not installed.
    """
    return partial(_people, _load(model))


@lru_cache(maxsize=2)
def _load(model: str) -> Any:
    import spacy

    try:
        return spacy.load(model)
    except (OSError, ImportError, ValueError) as error:
        raise SettingsError(
            f"the spaCy pipeline '{model}' cannot be loaded ({type(error).__name__}): install it "
            "beside insights, or name its folder in names_model"
        ) from None


def _people(nlp: Any, text: str) -> Iterator[Span]:
    for at in range(0, len(text), _PIECE):
        for entity in nlp(text[at : at + _PIECE]).ents:
            if entity.label_ in _PEOPLE and entity.text.strip():
                yield Span(at + entity.start_char, at + entity.end_char, "NAME")
