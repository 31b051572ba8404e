"""Has new titles worded by a language model, where one is configured; else leaves them alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights import llm
from insights.corpus import Corpus
from insights.errors import InsightsError
from insights.llm import Evidence, LlmOptions, Refused
from insights.models import Topic
from insights.pipeline.engine import Engine
from insights.store import wordings
from insights.store.rows import hash_text
from insights.text.redact import redact

SHOWN = 8
CLIP = 300


def word_titles(
    engine: Engine,
    corpus: Corpus,
    assigned: NDArray[np.int64],
    changed: Sequence[Topic],
    before: Sequence[Topic],
    words: llm.Words,
) -> tuple[Topic, ...]:
    """Return `changed` with the titles of new and renamed topics worded by the model.

    Topics about which it never answered, since it was down or the night's calls were spent, are
    asked about again, and join `changed` when they are worded.

    Nothing is sent of a topic with fewer people than the privacy floor. A title that the model
    did not give, or that its evidence does not hold, stays as it was. An answer is kept under
    the hash of its question, so a question is asked once; whatever fails costs a call of the
    night's `max_calls` and its part of `budget_s`, and never the night.
    """
    options = engine.options.llm
    if not options.on:
        return tuple(changed)
    known = {topic.number: topic.title for topic in before}
    night = _Night(engine, options, words)
    with engine.database.read() as tx:
        answered = wordings.asked_about(tx)

    def worded(topic: Topic) -> Topic:
        renamed = known.get(topic.number) != topic.title
        if topic.status != "active" or not (renamed or topic.id not in answered):
            return topic
        return night.worded(topic, corpus.take((assigned == topic.number) & corpus.counted))

    numbers = {topic.number for topic in changed}
    rest = [topic for topic in before if topic.number not in numbers]
    after = [worded(topic) for topic in rest]
    more = [new for old, new in zip(rest, after, strict=True) if new.title != old.title]
    return (*(worded(topic) for topic in changed), *more)


class _Night:
    """What a night has spent on answers."""

    def __init__(self, engine: Engine, options: LlmOptions, words: llm.Words) -> None:
        self.engine = engine
        self.options = options
        self.words = words
        self.calls = 0
        self.deadline = time.monotonic() + options.budget_s

    def worded(self, topic: Topic, members: Corpus) -> Topic:
        if len(np.unique(members.people)) < self.engine.options.digest.min_people:
            return topic
        rows = _shown(members)
        given = self._evidence(topic, members, rows)
        key = hash_text(str(llm.VERSION), self.options.model, *given.keywords, *given.posts)
        with self.engine.database.read() as tx:
            held = wordings.get(tx, key)
        if held is None:
            held = self._asked(topic, key, given, members.post_ids[rows].tolist())
        return replace(topic, title=held["title"]) if held and not held["refused"] else topic

    def _evidence(self, topic: Topic, members: Corpus, rows: list[int]) -> Evidence:
        texts = [redact(str(text)) for text in members.texts]  # also where raw texts are kept
        shown = [texts[row][:CLIP] for row in rows]
        keywords = [redact(word) for word in topic.keywords]
        return llm.evidence(texts, members.people.tolist(), shown, keywords, self.words)

    def _asked(
        self, topic: Topic, key: str, given: Evidence, post_ids: list[str]
    ) -> dict[str, Any] | None:
        left = self.deadline - time.monotonic()
        if self.calls >= self.options.max_calls or left <= 0:
            return None
        self.calls += 1
        limited = self.options.model_copy(update={"timeout_s": min(self.options.timeout_s, left)})
        title = summary = refused = ""
        try:
            made = llm.ask(limited, given, self.words)
            title, summary = made.title, made.summary
        except Refused as error:
            refused = str(error)
            if refused.startswith(_PASSING):
                return None  # it may answer tomorrow
        except InsightsError:
            return None
        row = {
            "key": key, "topic_id": topic.id, "model": self.options.model, "title": title,
            "summary": summary, "refused": refused, "post_ids": post_ids,
            "made_at": datetime.now(UTC),
        }  # fmt: skip
        with self.engine.database.write() as tx:
            wordings.save(tx, row)
        return row


_PASSING = ("it gave no answer", "it answered with status", "the model answers too slowly")


def _shown(members: Corpus) -> list[int]:
    """Return the most central passages, one a person."""
    nearness = members.vectors @ members.vectors.mean(axis=0)
    chosen: dict[int, int] = {}
    for row in np.argsort(-nearness, kind="stable").tolist():
        chosen.setdefault(int(members.people[row]), row)
        if len(chosen) == SHOWN:
            break
    return list(chosen.values())
