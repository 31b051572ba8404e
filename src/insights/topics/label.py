"""Names topics in people's words: BERTopic's keywords, and a title that somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus, count_words
from insights.topics.neighbours import Matrix

if TYPE_CHECKING:
    from bertopic import BERTopic

KEYWORDS = 8
DIVERSITY = 0.4
"""What a keyword loses, of its weight, for being said in the same texts as a better one."""
TITLE_LENGTH = 90
CANDIDATES = 40
TYPICAL = 0.3
"""What it is worth, in cosine, that all words of a headline are usual in its topic."""
STANDING = 0.4
"""The same, that who wrote it speaks for the others rather than answers them."""
WORDLESS = ("\u2205", "\u2205\u2205")
"""Stand for texts without a word to describe them: BERTopic needs two words in an archive, and
one in every text."""
PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]+>")

Words = Callable[[str, str | None], Sequence[str]]
"""Cuts a text of a language, if it is known, into the words that may describe it."""


@dataclass(frozen=True)
class Style:
    """How to read texts for naming: `words` for keywords, `headline` for a post's first claim."""

    words: Words
    headline: Callable[[str], str]


@dataclass(frozen=True)
class Said:
    """Passages to be named: texts, who said them in which language, and the describing words."""

    texts: Sequence[str]
    languages: Sequence[str | None]
    people: Sequence[int]
    words: Sequence[Sequence[str]]

    @classmethod
    def at(cls, corpus: Corpus, rows: NDArray[np.int64] | slice, style: Style) -> Said:
        """Read the words of some rows of a corpus, each in its own language."""
        texts, languages = corpus.texts[rows].tolist(), corpus.languages[rows].tolist()
        # One string a word: a hundred thousand texts say the same words in millions of places.
        once: dict[str, str] = {}
        words = [
            [once.setdefault(word, word) for word in style.words(text, own)]
            for text, own in zip(texts, languages, strict=True)
        ]
        return cls(texts, languages, corpus.people[rows].tolist(), words)

    def of(self, rows: Sequence[int]) -> Said:
        """Return some of them."""
        return Said(
            [self.texts[row] for row in rows],
            [self.languages[row] for row in rows],
            [self.people[row] for row in rows],
            [self.words[row] for row in rows],
        )


def bertopic(
    words: Sequence[Sequence[str]], vectors: Matrix, clusterer: Any
) -> tuple[BERTopic, NDArray[np.int64]]:
    """Fit BERTopic (Grootendorst 2022) with our clusterer and nothing in front of it.

    `words` are those of each text, cut already, since every language is cut in its own way.
    Returns the model and its topic of each text, which are the clusterer's labels as BERTopic
    numbers them. The keywords are c-TF-IDF with frequent words held down.
    """
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        language="multilingual",  # or it would drop every letter beyond a-z
        embedding_model=None,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=clusterer,
        vectorizer_model=CountVectorizer(analyzer=_uncut),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True, bm25_weighting=True),
        top_n_words=3 * KEYWORDS,
    )
    # It would cut 500 texts a topic again to find three that are typical; a title is ours to find.
    model._save_representative_docs = lambda documents: None
    numbered, _ = model.fit_transform(_cut(words), vectors)
    return model, np.asarray(numbered, np.int64)


_MARK = "\x1f"  # the unit separator: BERTopic joins the texts of a topic and hands back the whole


def _cut(words: Sequence[Sequence[str]]) -> list[str]:
    known = {word for each in words for word in each}
    spare = () if len(known) > 1 else WORDLESS
    return [_MARK + _MARK.join([*each, *spare] or WORDLESS[:1]) + _MARK for each in words]


def _uncut(joined: str) -> list[str]:
    return [word for word in joined.split(_MARK) if word.strip()]


def keywords(model: BERTopic, number: int, said: Said) -> tuple[str, ...]:
    """Return the words that tell a BERTopic topic from its siblings, best first.

    `said` are the topic's passages. Words that stand in the same passages as a better one are
    held back (maximal marginal relevance, Carbonell and Goldstein 1998).
    """
    found = model.get_topic(number) or []
    weights = {
        str(word): float(weight)
        for word, weight in found
        if word and word not in WORDLESS and weight > 0
    }
    return _diverse(weights, said)


def _diverse(weights: Mapping[str, float], said: Said) -> tuple[str, ...]:
    rows: dict[str, set[int]] = {word: set() for word in weights}
    for row, each in enumerate(said.words):
        for word in rows.keys() & set(each):
            rows[word].add(row)
    # What a single person says is theirs and describes no topic.
    weights = {
        word: weight
        for word, weight in weights.items()
        if len({said.people[row] for row in rows[word]}) > 1
    }
    best = max(weights.values(), default=1.0)
    chosen: list[str] = []
    while len(chosen) < min(KEYWORDS, len(weights)):
        chosen.append(
            max(
                (word for word in weights if word not in chosen),
                key=lambda word: (
                    (1 - DIVERSITY) * weights[word] / best
                    - DIVERSITY * max((_overlap(rows[word], rows[c]) for c in chosen), default=0.0)
                ),
            )
        )
    return tuple(chosen)


def _overlap(one: set[int], other: set[int]) -> float:
    return len(one & other) / max(1, len(one | other))


def telling_words(said: Said, others: Said) -> tuple[str, ...]:
    """Return the words that more of `said` hold than of `others`, the most telling first.

    A word tells as much as its share of the texts times the logarithm of how much more often
    they say it (the pointwise part of Kullback and Leibler's divergence, 1951). Words that stand
    in the same passages as a better one are held back.
    """
    here, there = _shares(said), _shares(others)
    least = 1.0 / (len(others.texts) + 1)
    telling = {
        word: share * float(np.log(share / max(there.get(word, 0.0), least)))
        for word, share in here.items()
        if share * len(said.texts) >= 2
    }
    ranked = sorted(telling, key=lambda word: (-telling[word], word))[: 3 * KEYWORDS]
    return _diverse({word: telling[word] for word in ranked if telling[word] > 0}, said)


def _shares(said: Said) -> dict[str, float]:
    counts: dict[str, int] = {}
    for words in said.words:
        for word in set(words):
            counts[word] = counts.get(word, 0) + 1
    return {word: count / len(said.texts) for word, count in counts.items()}


def title(
    said: Said,
    vectors: Matrix,
    keywords: Sequence[str],
    style: Style,
    standing: NDArray[np.float64] | None = None,
) -> str:
    """Choose a title among the headlines of a topic's most central passages.

    A headline is better the nearer its passage is to the centre, the more of the topic's
    keywords it says, the more of the others say its words, and if it is all that was said.
    `standing`, 0..1 for each passage, says how well it speaks for the others. A headline from
    which something was redacted is not used, and one that names what hardly anybody else does
    is worth little. Returns the keywords where nobody wrote anything fit for a title.
    """
    shares = _shares(said)
    centre = vectors.mean(axis=0)
    nearness = vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-12))
    best, best_score = "", -1.0
    for row in np.argsort(-nearness, kind="stable")[:CANDIDATES]:
        headline = style.headline(said.texts[row])
        words = set(style.words(headline, said.languages[row]))
        if not _fit(headline) or not words:
            continue
        telling = sum(1.0 / (rank + 1) for rank, word in enumerate(keywords) if word in words)
        whole = len(headline) >= 0.6 * len(said.texts[row])
        score = float(nearness[row]) + 0.15 * telling + 0.1 * whole
        score += TYPICAL * _typical(words, shares)
        score += STANDING * float(standing[row]) if standing is not None else 0.0
        if score > best_score + 1e-6:
            best, best_score = headline, score
    return best or plain(keywords)


def plain(keywords: Sequence[str]) -> str:
    """Return what stands for a title that nobody wrote, or that was erased."""
    return ", ".join(keywords[:4]) or "untitled"


def _typical(words: Iterable[str], shares: Mapping[str, float]) -> float:
    """Return how much of a headline others of the topic say, too, 0..1.

    Each word counts by its share of the passages against the share of the most usual word; the
    square root lets a word of a fifth of them count for nearly a half.
    """
    single = [word for word in words if " " not in word]
    most = max(shares.values(), default=1.0)
    each = [(shares.get(word, 0.0) / most) ** 0.5 for word in single]
    return sum(each) / len(each) if each else 0.0


def _fit(headline: str) -> bool:
    return (
        count_words(headline) >= 2
        and len(headline) <= TITLE_LENGTH
        and not PLACEHOLDER.search(headline)
    )
