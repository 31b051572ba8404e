"""Which lines of a place's posts are its templates, and not what somebody says?"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Set
from typing import NamedTuple

from insights.models import Markup
from insights.text.clean import clean
from insights.text.noise import fingerprint

LINES = 3
"""Lines from which a post can be one that fills in a template."""
FORMED, SAID = 0.05, 0.2
"""Share of such posts from which a line is a template: one in the form of a heading, or any."""
POSTS, AUTHORS = 10, 5
"""Least number of different posts, and of people, that a line must recur in."""
READ, LONGEST = 20_000, 300
"""Characters that are read of a post, and of a line of a template at most."""

_BREAK = re.compile(r"\n|</?(?:p|br|div|li|tr|summary)\b[^<>]{0,200}>", re.I)
_BOX = re.compile(r"\[ ?[xX]? ?\]")
_FORM = re.compile(
    r"#{1,6}\s|<h[1-6]\b|[-*+] ?\[ \]|\||(?:\*\*|__|<b>|<strong>)[^*_<]+(?:\*\*|__|</b>|</strong>)"
    r"\s?:?$|<!--",
    re.I,
)
_GAPS = re.compile(r"\n{3,}")


class Filled(NamedTuple):
    """A post as templates are told from: where it stands, who wrote it, what it says."""

    space: str | None
    author: str | None
    text: str
    markup: Markup


def recurring(posts: Iterable[Filled]) -> set[str]:
    """Return the fingerprints of the lines that recur across the posts of a space.

    Posts count once a text, so that nothing becomes a template by being pasted often, and those
    of few lines not at all: people say short things alike.
    """
    spaces: dict[str | None, dict[int, Filled]] = defaultdict(dict)
    for post in posts:
        spaces[post.space].setdefault(hash(post.text), post)
    return {line for mine in spaces.values() for line in _of_space(mine.values())}


def _of_space(posts: Iterable[Filled]) -> set[str]:
    counts: Counter[str] = Counter()
    people: dict[str, set[str]] = defaultdict(set)
    markups: dict[str, Markup] = {}
    filled = 0
    for number, post in enumerate(posts):
        lines = {_BOX.sub("[ ]", line.strip()) for line in _BREAK.split(post.text[:READ])}
        lines = {line for line in lines if line and len(line) <= LONGEST}
        if len(lines) < LINES:
            continue
        filled += 1
        counts.update(lines)
        for line in lines:
            markups.setdefault(line, post.markup)
            if len(people[line]) < AUTHORS:
                people[line].add(post.author or f"post {number}")
    often = {
        line
        for line, count in counts.items()
        if count >= max(POSTS, (FORMED if _FORM.match(line) else SAID) * filled)
        and len(people[line]) >= AUTHORS
    }
    return {key for line in often for key in _keys(clean(line, markups[line]).text)}


def _keys(cleaned: str) -> Iterable[str]:
    return (fingerprint(line) for line in cleaned.split("\n") if any(map(str.isalnum, line)))


def without(cleaned: str, templates: Set[str]) -> str:
    """Leave out the lines of a cleaned text that are templates; a paragraph ends where one was."""
    lines = cleaned.split("\n")
    if not templates or len(lines) == 1:
        return cleaned
    kept = ["" if line and fingerprint(line) in templates else line for line in lines]
    return _GAPS.sub("\n\n", "\n".join(kept)).strip()
