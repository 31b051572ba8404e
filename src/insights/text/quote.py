"""Finds the verbatim words behind a cleaned passage, so that a quote really stands in the post."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff"
_TOKEN = re.compile(rf"<[A-Z][A-Z_]{{1,20}}>|[{_CJK}]|(?:(?![{_CJK}])\w)+")
_CLOSING = re.compile(r"[.!?…。！？]+[\"'”’»)]*|[)\"'”’»]+")
_READ = 250_000
_LEAST = 3
_AHEAD = 200, 20_000  # characters that may have been cleaned away before a piece
_SURE = 8  # words in a row that are no accident
_NEARLY = 0.9  # share of a piece's words; a link or an entity may be written in other ones
_GAP, _REACH = 30, 5_000  # words that may have been cleaned away within one, at a time and in all


def quote(stored: str, passage: str, *, limit: int | None = None) -> tuple[int, int] | None:
    """Find the longest run of the passage's words that stands in `stored`: (start, end).

    Only letters and digits are compared, without regard to case, so that spaces, line breaks and
    marks of Markdown between words do not matter. The answer is None when fewer than three words
    in a row, and less than half of the passage, are found. With `limit`, whole words or sentences
    are left out at the end until the quote has at most that many characters.
    """
    theirs = list(_TOKEN.finditer(stored[:_READ]))
    mine = _words(passage)
    if not mine or not theirs:
        return None
    last, length = _longest_run(mine, [token[0].casefold() for token in theirs])
    if length < min(_LEAST, len(mine)) and length * 2 < len(mine):
        return None
    if not length:
        return None
    run = theirs[last - length + 1 : last + 1]
    start, end = run[0].start(), _close(stored, run[-1].end())
    if limit is not None and end - start > limit:
        ends = [token.end() for token in run if token.end() - start <= limit]
        if not ends:
            return None
        sentence_ends = [at for at in ends if _CLOSING.match(stored, at)]
        enough = [at for at in sentence_ends if at - start >= limit // 2]
        end = min(_close(stored, (enough or ends)[-1]), start + limit)
    return start, end


def bounds(stored: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Return the (start, end) in `stored` of the first to the last word of each piece, in order.

    Pieces follow one another, as they do in a text that was cut after it was cleaned; what was
    cleaned away may stand between their words. Where the same words stand there several times,
    so that it cannot be told which are meant, all the places that may be meant are spanned.
    """
    found: list[tuple[int, int]] = []
    cursor = 0
    for piece in pieces:
        span = _span(stored, piece, cursor)
        if span is None or not _holds(stored[slice(*span)], piece):
            return _widest(stored, pieces)
        cursor = span[1]
        found.append(span)
    return found


def _holds(stretch: str, piece: str) -> bool:
    """Say whether (nearly) all words of a piece stand in a stretch in their order."""
    if stretch == piece:
        return True
    mine = _words(piece)
    return len(_embedded(mine, _words(stretch))) >= _NEARLY * len(mine)


def _widest(stored: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Span each piece from the earliest place of its first word to the latest of its last."""
    theirs = list(_TOKEN.finditer(stored[:_READ]))
    words = [token[0].casefold() for token in theirs]
    cut = [_words(piece) for piece in pieces]
    mine = [word for piece in cut for word in piece]
    early = _embedded(mine, words)
    late = {
        len(mine) - 1 - at: len(words) - 1 - place
        for at, place in _embedded(mine[::-1], words[::-1]).items()
    }
    spans: list[tuple[int, int]] = []
    begin = end = 0
    first = 0
    for piece in cut:
        own = range(first, first + len(piece))
        first += len(piece)
        starts = [theirs[early[at]].start() for at in own if at in early]
        ends = [theirs[late[at]].end() for at in own if at in late]
        begin = max(begin, starts[0]) if starts else begin
        end = max(end, begin, _close(stored, ends[-1]) if ends else len(stored))
        spans.append((begin, end))
    return spans


def _embedded(mine: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """Match words in their order, each as early as it can be: {index in mine: in theirs}."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(theirs):
        places.setdefault(word, []).append(place)
    found: dict[int, int] = {}
    least = 0
    for at, word in enumerate(mine):
        known = places.get(word, [])
        nearest = bisect_left(known, least)
        if nearest < len(known):
            found[at] = known[nearest]
            least = known[nearest] + 1
    return found


def _words(text: str) -> list[str]:
    return [token[0].casefold() for token in _TOKEN.finditer(text[:_READ])]


def _span(stored: str, piece: str, cursor: int) -> tuple[int, int] | None:
    """Find a piece from `cursor` on: as it is, or else by its words, first in what is near."""
    at = stored.find(piece, cursor)
    if at >= 0:
        return at, at + len(piece)
    mine = _words(piece)
    near, far = (cursor + 2 * len(piece) + more for more in _AHEAD)
    return _stretch(stored, mine, cursor, near, min(len(mine) / 2, _SURE)) or (
        _stretch(stored, mine, cursor, far, 1) if near < len(stored) else None
    )


def _stretch(
    stored: str, mine: list[str], begin: int, end: int, least: float
) -> tuple[int, int] | None:
    """Find the longest run of words, `least` at least, and their words before and after it."""
    theirs = list(_TOKEN.finditer(stored, begin, end))
    if not mine or not theirs:
        return None
    words = [token[0].casefold() for token in theirs]
    last, length = _longest_run(mine, words)
    if not length or length < least:
        return None
    first = last - length + 1
    run = words[first : last + 1]
    at = next(i for i in range(len(mine)) if mine[i : i + length] == run)
    left = _follow(mine[:at][::-1], words[max(0, first - _REACH) : first][::-1])
    right = _follow(mine[at + length :], words[last + 1 : last + 1 + _REACH])
    return theirs[first - left].start(), _close(stored, theirs[last + right].end())


def _follow(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """Return how many words of `theirs` it takes to meet the words of `mine` in their order."""
    taken = 0
    for word in mine:
        ahead = theirs[taken : taken + _GAP]
        if word in ahead:
            taken += ahead.index(word) + 1
    return taken


def _close(stored: str, end: int) -> int:
    """Take the punctuation along that ends a sentence."""
    closing = _CLOSING.match(stored, end)
    return closing.end() if closing else end


def _longest_run(mine: list[str], theirs: list[str]) -> tuple[int, int]:
    """Find the longest common run: (index of its last word in `theirs`, words).

    A suffix automaton of `mine`, so that the time grows with both lengths and not their product
    (Blumer et al. 1985).
    """
    steps: list[dict[str, int]] = [{}]
    links, lengths, state = [-1], [0], 0
    for word in mine:
        new = len(steps)
        steps.append({})
        lengths.append(lengths[state] + 1)
        links.append(0)
        at = state
        while at >= 0 and word not in steps[at]:
            steps[at][word] = new
            at = links[at]
        if at >= 0:
            known = steps[at][word]
            if lengths[known] == lengths[at] + 1:
                links[new] = known
            else:
                copy = len(steps)
                steps.append(dict(steps[known]))
                lengths.append(lengths[at] + 1)
                links.append(links[known])
                while at >= 0 and steps[at].get(word) == known:
                    steps[at][word] = copy
                    at = links[at]
                links[known] = links[new] = copy
        state = new
    best, best_at, state, run = 0, -1, 0, 0
    for position, word in enumerate(theirs):
        while state and word not in steps[state]:
            state = links[state]
            run = lengths[state]
        if word in steps[state]:
            state, run = steps[state][word], run + 1
        if run > best:
            best, best_at = run, position
    return best_at, best
