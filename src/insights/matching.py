"""Which issue of a tracker reports the same thing as a group of posts, and how sure is that?

How near a group and an issue are is told by meaning (cosine) and by rare words in common, each
less what is usual for both: less the mean of the ten other issues nearest to the group and of the
ten other groups nearest to the issue (the local scaling of Conneau et al. 2018, arXiv:1710.04087).
So neither an issue that is near to everything nor a group that is near to every issue stands out.

The best of many issues is near by chance too. How near is read from the archive itself: passages
are drawn from it, and the lower half of their best scores, those that mostly have no issue, gives
the Gumbel distribution that maxima follow. A group, the mean of several passages, varies less
than one, so its chance is rather overstated. All groups of a night are corrected together
(Benjamini and Hochberg 1995); 1 - q is how sure a match is. Nothing of this is learned from any
set of issues.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from insights.corpus import Corpus

Rows = NDArray[np.int64]
Scores = NDArray[np.float64]

SURE = 0.7
"""How sure a match must be to be proposed; docs/acting.md has what that was measured to mean."""
TYPICAL = 5
"""Passages that stand for a group: those nearest to its middle."""
DRAWN = 200
"""Passages drawn to know what is near by chance."""
FEWEST = 20
"""Fewer passages cannot tell what is near by chance."""
KEPT = 50
"""Of the passages drawn, those nearest to each issue; the rest is usual for nothing."""
MOST = 5_000
"""Passages of issues that are looked at, the latest."""
NEAREST = 10
WORDS = 0.7
"""What rare words in common weigh beside meaning."""
STEM = 6
LOW, MIDDLE = 0.1, 0.5

_WORD = re.compile(r"[^\W\d_][\w']{2,}")


@dataclass(frozen=True, slots=True)
class Match:
    """The issue that is nearest to a group; `sure` is 0..1."""

    post_id: str
    sure: float


def match(
    corpus: Corpus, groups: Sequence[Rows], issues: NDArray[np.bool_], trackers: NDArray[np.bool_]
) -> list[Match | None]:
    """Return the best issue of each group, None where there is nothing to hold it against.

    `issues` says which rows open an issue, `trackers` which rows are of a tracker at all: a group
    is told by what its people say elsewhere, if they say anything elsewhere.
    """
    shelf = _Shelf(corpus, np.flatnonzero(issues)[-MOST:])
    elsewhere = np.flatnonzero(corpus.counted & ~trackers)
    if len(shelf.ids) < 2 or len(elsewhere) < FEWEST:
        return [None] * len(groups)
    drawn = _drawn(elsewhere)
    usual = shelf.scores(drawn)
    order = np.argsort(-usual, axis=0)[:KEPT]
    top = np.take_along_axis(usual, order, axis=0)
    nulls = [_best(mine, _without(top[: NEAREST + 1], mine)) for mine in usual]
    found = []
    for rows in groups:
        # An issue that many speak of is not usual for that: nobody is held against oneself.
        others = ~np.isin(drawn, rows)
        others = others if others.sum() > NEAREST else np.ones(len(drawn), bool)
        scores = shelf.scores(_typical(corpus, _told(rows, trackers))).mean(axis=0)
        found.append(_best(scores, _mean(top, others[order])))
    if not found:
        return []
    p = _chance(np.array([best[1] for best in found]), np.array([best[1] for best in nulls]))
    q = np.asarray(false_discovery_control(p, method="bh"))
    return [
        Match(shelf.ids[place], round(1.0 - float(its), 2))
        for (place, _), its in zip(found, q, strict=True)
    ]


def _told(rows: Rows, trackers: NDArray[np.bool_]) -> Rows:
    outside = rows[~trackers[rows]]
    return outside if len(outside) else rows


def _typical(corpus: Corpus, rows: Rows) -> Rows:
    vectors = corpus.vectors[rows]
    order = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")
    return rows[order[:TYPICAL]]


def _drawn(rows: Rows) -> Rows:
    """Draw passages; the same archive gives the same."""
    chosen = np.random.default_rng(0).choice(rows, min(DRAWN, len(rows)), replace=False)
    return np.sort(chosen)


class _Shelf:
    """The issues of all trackers, and how near passages are to each."""

    def __init__(self, corpus: Corpus, rows: Rows) -> None:
        self.corpus = corpus
        names = corpus.post_ids[rows].tolist()
        self.ids = list(dict.fromkeys(names))
        place = {post_id: number for number, post_id in enumerate(self.ids)}
        owner = np.array([place[name] for name in names], np.int64)
        by_issue = np.argsort(owner, kind="stable")
        self.vectors = corpus.vectors[rows[by_issue]]
        self.starts = np.searchsorted(owner[by_issue], np.arange(len(self.ids)))
        words: list[set[str]] = [set() for _ in self.ids]
        for row, number in zip(rows.tolist(), owner.tolist(), strict=True):
            words[number] |= _words(str(corpus.texts[row]))
        counts = Counter(word for said in words for word in said)
        self.rare = {w: float(np.log((len(words) + 1) / (n + 0.5))) for w, n in counts.items()}
        self.unheard = float(np.log((len(words) + 1) / 0.5))
        holding: dict[str, list[int]] = defaultdict(list)
        for number, said in enumerate(words):
            for word in said:
                holding[word].append(number)
        self.holding = {word: np.array(those) for word, those in holding.items()}
        self.lengths = np.array([self._length(said) for said in words])

    def scores(self, rows: Rows) -> Scores:
        """Return cosine and words in common of each row with each issue: (rows, 2, issues)."""
        near = self.corpus.vectors[rows] @ self.vectors.T
        cosine = np.maximum.reduceat(near, self.starts, axis=1)
        shared = np.zeros((len(rows), len(self.ids)))
        for place, row in enumerate(rows.tolist()):
            said = _words(str(self.corpus.texts[row]))
            length = self._length(said)
            for word in said & self.rare.keys():
                shared[place, self.holding[word]] += self.rare[word] ** 2 / length
        return np.stack([cosine, shared / self.lengths], axis=1)

    def _length(self, said: set[str]) -> float:
        return float(np.sqrt(sum(self.rare.get(w, self.unheard) ** 2 for w in said))) or 1.0


def _without(top: Scores, mine: Scores) -> Scores:
    """Return the mean of the passages nearest to each issue, without one that may be of them."""
    mean: Scores = (top.sum(axis=0) - np.maximum(mine, top[-1])) / max(1, len(top) - 1)
    return mean


def _mean(top: Scores, others: NDArray[np.bool_]) -> Scores:
    """Return the mean of each issue's nearest passages among `others`; `top` falls, by issue."""
    taken = others & (np.cumsum(others, axis=0) <= NEAREST)
    mean: Scores = (top * taken).sum(axis=0) / np.maximum(taken.sum(axis=0), 1)
    return mean


def _best(mine: Scores, by_issue: Scores) -> tuple[int, float]:
    """Return the best issue of a group and its score; both shapes are (2, issues)."""
    size = min(NEAREST, mine.shape[1] - 1)
    top = -np.sort(-mine, axis=1)[:, : size + 1]
    # The mean of the nearest others: without the issue itself where it is among them.
    by_group = (top.sum(axis=1, keepdims=True) - np.maximum(mine, top[:, -1:])) / size
    near = 2 * mine - by_issue - by_group
    total = near[0] + WORDS * near[1]
    best = int(np.argmax(total))
    return best, float(total[best])


def _chance(scores: Scores, nulls: Scores) -> Scores:
    """Return the chance of a best score as high, by the lower half of those that were drawn."""
    low, middle = np.quantile(nulls, [LOW, MIDDLE])
    at = [-np.log(-np.log(share)) for share in (LOW, MIDDLE)]
    scale = max(float(middle - low) / (at[1] - at[0]), 1e-6)
    start = float(middle) - at[1] * scale
    p: Scores = -np.expm1(-np.exp(-np.clip((scores - start) / scale, -700, 700)))
    return np.clip(p, 1e-12, 1.0)


def _words(text: str) -> set[str]:
    """Return the words of a text, cut to what their forms share."""
    return {word[:STEM] for word in _WORD.findall(text.casefold())}
