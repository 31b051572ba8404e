"""Names topics in people's words: BERTopic's keywords, and a title that somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from insights.corpus import count_words
from insights.topics.neighbours import Matrix

if TYPE_CHECKING:
    from bertopic import BERTopic

KEYWORDS = 8
TITLE_LENGTH = 90
CANDIDATES = 40
WORDLESS = ("\u2205", "\u2205\u2205")
"""Stand for texts without a word to describe them: BERTopic needs two words in an archive, and
one in every text."""
PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]+>")

Words = Callable[[str], list[str]]
"""Cuts a text into the words that may describe it, in any language."""


@dataclass(frozen=True)
class Style:
    """How to read texts for naming: `words` for keywords, `headline` for a post's first claim."""

    words: Words
    headline: Callable[[str], str]


def bertopic(
    texts: Sequence[str], vectors: Matrix, clusterer: Any, words: Words
) -> tuple[BERTopic, NDArray[np.int64]]:
    """Fit BERTopic (Grootendorst 2022) with our clusterer and nothing in front of it.

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
        vectorizer_model=CountVectorizer(analyzer=_never_wordless(texts, words)),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True, bm25_weighting=True),
        top_n_words=KEYWORDS,
    )
    numbered, _ = model.fit_transform(list(texts), np.asarray(vectors))
    return model, np.asarray(numbered, np.int64)


def _never_wordless(texts: Sequence[str], words: Words) -> Words:
    known: set[str] = set()
    for text in texts:
        known.update(words(text))
        if len(known) > 1:
            return lambda text: words(text) or [WORDLESS[0]]
    return lambda text: [*words(text), *WORDLESS]


def keywords(model: BERTopic, number: int) -> tuple[str, ...]:
    """Return the words that tell a BERTopic topic from its siblings, best first."""
    found = model.get_topic(number) or []
    return tuple(str(w) for w, weight in found if w and w not in WORDLESS and weight > 0)


def telling_words(texts: Sequence[str], others: Sequence[str], style: Style) -> tuple[str, ...]:
    """Return the words that more of `texts` say than of `others`, the most telling first.

    A word tells as much as its share of the texts times the logarithm of how much more often
    they say it (the pointwise part of Kullback and Leibler's divergence, 1951).
    """
    here, there = _shares(texts, style), _shares(others, style)
    least = 1.0 / (len(others) + 1)
    telling = {
        word: share * float(np.log(share / max(there.get(word, 0.0), least)))
        for word, share in here.items()
        if share * len(texts) >= 2
    }
    return tuple(sorted(telling, key=lambda word: (-telling[word], word))[:KEYWORDS])


def _shares(texts: Sequence[str], style: Style) -> dict[str, float]:
    counts: dict[str, int] = {}
    for text in texts:
        for word in set(style.words(text)):
            counts[word] = counts.get(word, 0) + 1
    return {word: count / len(texts) for word, count in counts.items()}


def title(
    texts: Sequence[str],
    vectors: Matrix,
    words: Sequence[str],
    style: Style,
    standing: NDArray[np.float64] | None = None,
) -> str:
    """Choose a title among the headlines of a topic's most central passages.

    A headline is better the nearer its passage is to the centre, the more of the topic's
    keywords it says, and if it is all that was said. `standing`, 0..1 for each passage, says how
    well it speaks for the others. A headline from which something was redacted is not used.
    Returns the keywords where nobody wrote anything fit for a title.
    """
    centre = vectors.mean(axis=0)
    nearness = vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-12))
    best, best_score = "", -1.0
    for row in np.argsort(-nearness, kind="stable")[:CANDIDATES]:
        headline = style.headline(texts[row])
        said = set(style.words(headline))
        if not _fit(headline) or not said:
            continue
        covered = sum(1.0 / (rank + 1) for rank, word in enumerate(words) if word in said)
        whole = len(headline) >= 0.6 * len(texts[row])
        score = float(nearness[row]) + 0.15 * covered + 0.1 * whole
        score += 0.2 * float(standing[row]) if standing is not None else 0.0
        if score > best_score + 1e-6:
            best, best_score = headline, score
    return best or ", ".join(words[:4]) or "untitled"


def _fit(headline: str) -> bool:
    return (
        count_words(headline) >= 2
        and len(headline) <= TITLE_LENGTH
        and not PLACEHOLDER.search(headline)
    )
