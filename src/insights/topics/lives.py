"""What a night did to topics: who came back, who has nobody left, and what of it is worth telling.

Discovery pairs living topics with new groups. Here its answer is held against the topics that
ended on earlier nights, and turned into entries of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from insights.corpus import Corpus
from insights.models import Event, Topic
from insights.topics.discover import Discovery
from insights.topics.geometry import centres
from insights.topics.neighbours import Matrix

RETURNED = 0.85
"""Cosine of centres at which a newborn group is a topic that ended, if no topic is nearer. On
Banking77, 96 % of groups of five posts reach it with their own intent, and 5 % with the nearest of
the 76 others."""
GREW = 0.5
"""Newcomers of one night, as a share of the members before, that are worth an entry."""
FEWEST_NEWCOMERS = 5
REMEMBERED_PEOPLE = 3
"""Distinct authors whose mean vector may be kept: the mean of one post would be that post."""


def settle(
    corpus: Corpus, found: Discovery, topics: Sequence[Topic], ended: Mapping[int, Matrix]
) -> Discovery:
    """Return what discovery `found`, with returns, and with the events that are worth telling.

    `corpus.topics` are the numbers before the night, `topics` all topics before it, and `ended`
    the remembered centres of those that are merged or retired. Told are all births, splits,
    merges, ends and returns; `continued` where a topic lost members to others; `grew` where at
    least half as many as it had came in one night, and five.
    """
    known = {topic.number: topic for topic in topics}
    back = _returns(corpus, found, known, ended)
    found = _renamed(found, back, known)
    peopled = set(np.unique(found.topics).tolist())
    emptied = [  # their posts were erased, or those that shaped them
        topic
        for topic in {**known, **{t.number: t for t in found.changed}}.values()
        if topic.status == "active" and topic.number not in peopled
    ]
    told = [event for event in found.events if event.event != "continued" or event.share != 1.0]
    told += [Event(event="retired", topic_id=topic.id, share=0.0) for topic in emptied]
    told += _growth(corpus.topics, found.topics, known)
    into = {event.topic_id: event.others[0] for event in told if event.event == "merged"}
    changed = [
        replace(topic, merged_into=into.get(topic.id) if topic.status == "merged" else None)
        for topic in found.changed
    ]
    changed += [replace(topic, status="retired", size=0) for topic in emptied]
    return replace(found, changed=tuple(changed), events=tuple(told))


def remembered(
    corpus: Corpus, numbers: NDArray[np.int64], topics: Sequence[Topic]
) -> dict[int, Matrix]:
    """Return the centres of living topics that enough people speak in, by number."""
    living = [topic.number for topic in topics if topic.status == "active"]
    rows = np.flatnonzero(np.isin(numbers, living) & corpus.counted)
    everyone = int(corpus.people.max(initial=0)) + 1
    speakers = np.unique(numbers[rows] * everyone + corpus.people[rows])
    found, people = np.unique(speakers // everyone, return_counts=True)
    kept = found[people >= REMEMBERED_PEOPLE]
    means = centres(corpus.vectors[rows], numbers[rows], kept)
    return {int(number): mean for number, mean in zip(kept, means, strict=True)}


def _returns(
    corpus: Corpus, found: Discovery, known: Mapping[int, Topic], ended: Mapping[int, Matrix]
) -> dict[int, int]:
    """Pair newborn topics with topics that ended before tonight: {newborn: the old number}."""
    newborn = np.array([t.number for t in found.changed if t.number not in known], np.int64)
    gone = sorted(number for number in ended if number in known)
    if not len(newborn) or not gone:
        return {}
    labels = np.where(corpus.counted, found.topics, -1)
    groups = centres(corpus.vectors, labels, newborn)
    living = np.setdiff1d(np.unique(labels[labels >= 0]), newborn)
    nearest = (groups @ centres(corpus.vectors, labels, living).T).max(axis=1, initial=-1.0)
    likeness = groups @ np.stack([ended[number] for number in gone]).T
    rows, columns = linear_sum_assignment(-likeness)
    return {
        int(newborn[row]): gone[column]
        for row, column in zip(rows, columns, strict=True)
        if likeness[row, column] >= max(RETURNED, float(nearest[row]))
    }


def _renamed(found: Discovery, back: Mapping[int, int], known: Mapping[int, Topic]) -> Discovery:
    """Give the topics that came back their old numbers, titles and days of birth."""
    if not back:
        return found
    names = {f"T{new}": f"T{old}" for new, old in back.items()}
    topics = found.topics.copy()
    for new, number in back.items():
        topics[found.topics == new] = number
    changed = []
    for topic in found.changed:
        parent = names.get(topic.parent_id or "", topic.parent_id)
        if topic.number in back:
            old = known[back[topic.number]]
            topic = replace(
                topic, number=old.number, title=old.title, born_at=old.born_at, run_id=old.run_id
            )
        changed.append(replace(topic, parent_id=parent, merged_into=None))
    events = []
    for event in found.events:
        others = tuple(names.get(other, other) for other in event.others)
        if event.topic_id in names:
            event = replace(event, event="returned", topic_id=names[event.topic_id])
        events.append(replace(event, others=others))
    return replace(found, topics=topics, changed=tuple(changed), events=tuple(events))


def _growth(
    before: NDArray[np.int64], after: NDArray[np.int64], known: Mapping[int, Topic]
) -> list[Event]:
    most = max(known, default=0) + 1
    held, holds, came = (
        np.bincount(rows[(rows >= 0) & (rows < most)], minlength=most)
        for rows in (before, after, after[before < 0])
    )
    grown = (held > 0) & (came >= np.maximum(FEWEST_NEWCOMERS, GREW * held))
    return [
        Event(
            event="grew", topic_id=topic.id, share=round(int(came[number]) / int(holds[number]), 4)
        )
        for number, topic in known.items()
        if topic.status == "active" and grown[number]
    ]
