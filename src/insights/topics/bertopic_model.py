"""Writes the topics there are as a model that `BERTopic.load` opens."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from insights.corpus import Corpus
from insights.models import Topic
from insights.topics.neighbours import Matrix

REPRESENTATIVE = 3
POOL = -1
POOL_TITLE = "Novelty pool: fits no topic yet"
NOTHING = [("", 0.0)]
"""BERTopic takes the first column of every list of words, so none of them may be empty."""


def save(corpus: Corpus, topics: Sequence[Topic], folder: Path, *, min_people: int) -> None:
    """Write `topics` into `folder` with BERTopic's own serialization (safetensors).

    Topics keep their numbers: -1 is the novelty pool, and a number whose topic is gone, or that
    was never given, stands there with a count of 0 and a zero vector, which no text is near.
    Counts are passages, noise and duplicates included. Titles are the custom labels; the most
    central passages are the aspect "Passages". Of a topic with fewer than `min_people` distinct
    authors neither title nor words nor passages nor the mean vector are written.

    `transform` gives a text the topic whose mean vector is nearest by cosine, so it needs the
    encoder of the corpus: `BERTopic.load(folder, embedding_model=…)`.

    Raises:
        OSError: the folder cannot be written.
    """
    from bertopic import BERTopic
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction

    model = BERTopic(
        language="multilingual",
        embedding_model=None,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
    )
    assigned = np.maximum(corpus.topics, POOL)
    numbers = range(POOL, max((topic.number for topic in topics), default=0) + 1)
    shown = {t.number: t for t in topics if _people(corpus, t.number) >= min_people}
    model.topics_ = assigned.tolist()
    model.topic_sizes_ = {number: int((assigned == number).sum()) for number in numbers}
    model.topic_representations_ = {n: _words(shown.get(n)) for n in numbers}
    model.custom_labels_ = [POOL_TITLE, *(_title(shown, number) for number in numbers[1:])]
    model.topic_aspects_ = {"Passages": {n: _passages(corpus, n, n in shown) for n in numbers}}
    model.topic_embeddings_ = np.stack(
        [_centre(corpus, number if number in shown else POOL) for number in numbers]
    )
    model.topic_mapper_ = _same_numbers(numbers)
    logger = logging.getLogger("BERTopic")
    before, logger.disabled = logger.disabled, True  # it would ask for a pointer to the encoder
    try:
        model.save(
            str(folder), serialization="safetensors", save_ctfidf=False, save_embedding_model=False
        )
    finally:
        logger.disabled = before


def _same_numbers(numbers: Sequence[int]) -> object:
    from bertopic._bertopic import TopicMapper

    return TopicMapper(list(numbers))


def _people(corpus: Corpus, number: int) -> int:
    return len(np.unique(corpus.people[_rows(corpus, number)]))


def _title(shown: dict[int, Topic], number: int) -> str:
    return shown[number].title if number in shown else ""


def _words(topic: Topic | None) -> list[tuple[str, float]]:
    """Give keywords weights that fall with their rank: the ledger keeps their order only."""
    if topic is None or not topic.keywords:
        return NOTHING
    return [(word, round(1 / rank, 4)) for rank, word in enumerate(topic.keywords, start=1)]


def _rows(corpus: Corpus, number: int) -> np.ndarray:
    return np.flatnonzero((corpus.topics == number) & corpus.counted)


def _passages(corpus: Corpus, number: int, shown: bool) -> list[tuple[str, float]]:
    rows = _rows(corpus, number)
    if not shown or not len(rows):
        return NOTHING
    nearness = corpus.vectors[rows] @ _centre(corpus, number)
    best = np.argsort(-nearness, kind="stable")[:REPRESENTATIVE]
    return [(str(corpus.texts[rows[row]]), round(float(nearness[row]), 4)) for row in best]


def _centre(corpus: Corpus, number: int) -> Matrix:
    """Return the mean vector of a topic, of length 1; zero for the pool and for no members."""
    rows = _rows(corpus, number) if number >= 0 else np.zeros(0, np.int64)
    if not len(rows):
        return np.zeros(corpus.vectors.shape[1], np.float32)
    mean = corpus.vectors[rows].mean(axis=0)
    centre: Matrix = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return centre
