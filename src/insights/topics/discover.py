"""Finds the topics of an archive, or lets a night's new passages join them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.models import Event, Topic
from insights.topics import identity, joining, label
from insights.topics.clusterer import Grouped, NeighbourLeiden
from insights.topics.electorate import Electorate
from insights.topics.geometry import Common, centred, tightness, usual_tightness
from insights.topics.label import Said, Style
from insights.topics.options import TopicOptions
from insights.topics.resolution import SPLITS
from insights.topics.umap_hdbscan import UmapHdbscan

USUAL_TEXTS = 2000
"""The latest passages, which the words of a newborn topic are held against."""
SAME_TITLE = 0.5
"""Share of a group that must have been in the topic before for its title to stay: titles that
flap are worse than titles that lag, and titles that are wrong are worst."""
CHOSEN_AGAIN = 2.0
"""Growth of the archive at which it is asked again how fine topics should be: the answer is most
of the work of making topics anew, and chance moves it more than a fifth of growth does."""


@dataclass(frozen=True, slots=True)
class Fineness:
    """The resolution at which topics are cut, and how many passages it was chosen from."""

    resolution: float
    passages: int


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a run found: topics of all passages, confidences 0..1, changed topics and events.

    `topics` are numbers in the order of the corpus, -1 for the novelty pool; a score is NaN
    where the passage stays what it was. `fineness` is told where topics were made anew.
    """

    topics: NDArray[np.int64]
    scores: NDArray[np.float64]
    changed: tuple[Topic, ...]
    events: tuple[Event, ...]
    fineness: Fineness | None = None


@dataclass(frozen=True, slots=True)
class Night:
    """When discovery runs, and under which name."""

    run_id: str
    as_of: datetime


def discover(
    corpus: Corpus,
    topics: Sequence[Topic],
    *,
    options: TopicOptions,
    style: Style,
    night: Night,
    electorate: Electorate | None = None,
    fineness: Fineness | None = None,
) -> Discovery:
    """Return the topic of every passage of `corpus`, with what changed.

    Topics are made anew when there are none or the archive has grown by `options.growth`; then
    groups keep the numbers of the topics they continue. On other nights nobody moves: new
    passages join by vote, and the novelty pool may give birth. `electorate` remembers the voters of
    the nights before, where one archive is looked at night by night; `fineness` is what was chosen
    when topics were last made anew, and holds until the archive has grown by `CHOSEN_AGAIN`.
    """
    voters = electorate or Electorate()
    shaping = _shaping(corpus)
    peopled = set(np.unique(corpus.topics).tolist())  # a topic may have lost its last post
    made_from = sum(t.size for t in topics if t.status == "active" and t.number in peopled)
    if len(shaping) < options.min_size:
        alone = np.full(len(corpus), -1, np.int64)
        return Discovery(alone, _told_once(corpus, alone, np.zeros(len(corpus))), (), ())
    if len(shaping) >= made_from * (1 + options.growth):
        if fineness is None or len(shaping) >= fineness.passages * CHOSEN_AGAIN:
            fineness = None
        return _make_anew(corpus, shaping, topics, options, style, night, voters, fineness)
    return _join(corpus, shaping, topics, options, style, night, voters)


def _shaping(corpus: Corpus) -> NDArray[np.int64]:
    """Return the passages that form topics: no noise, each text once, the first that said it."""
    rows = np.flatnonzero(corpus.counted)
    _, first = np.unique(corpus.sayings[rows], return_index=True)
    return rows[np.sort(first)]


def _make_anew(
    corpus: Corpus,
    shaping: NDArray[np.int64],
    topics: Sequence[Topic],
    options: TopicOptions,
    style: Style,
    night: Night,
    electorate: Electorate,
    fineness: Fineness | None,
) -> Discovery:
    before = corpus.topics[shaping]
    clusterer = _clusterer(options, fineness).fit(
        centred(corpus.vectors[shaping], corpus.languages[shaping]), before
    )
    fineness = fineness or _chosen(clusterer, options)
    vectors, said = corpus.vectors[shaping], Said.at(corpus, shaping, style)
    # Grouping is done: BERTopic, which copies vectors, is given none to copy.
    model, groups = label.bertopic(said.words, vectors[:, :0], Grouped(clusterer.labels_))
    pairs, table = identity.match(before, groups, vectors)
    next_number = max((topic.number for topic in topics), default=0) + 1
    names = {}
    for group in range(int(groups.max(initial=-1)) + 1):
        names[group] = pairs.get(group, next_number)
        next_number += group not in pairs
    known = {topic.number: topic for topic in topics}
    changed = []
    for group, number in names.items():
        rows = np.flatnonzero(groups == group)
        mine = said.of(rows.tolist())
        words = label.keywords(model, group, mine)
        if number in known and float((before[rows] == number).mean()) >= SAME_TITLE:
            named = known[number].title
        else:
            named = _title(corpus, shaping[rows], mine, words, style)
        topic = known.get(number) or _born(number, named, words, len(rows), night)
        changed.append(replace(topic, title=named, keywords=words, size=len(rows), status="active"))
    told = identity.events(pairs, names, np.unique(before[before >= 0]).tolist(), table)
    changed += _ended(told, known)
    assigned = np.full(len(corpus), -1, np.int64)
    scores = np.zeros(len(corpus))
    numbers = np.array([names[group] for group in range(len(names))] + [-1], np.int64)
    assigned[shaping] = numbers[groups]
    _, scores[shaping] = joining.vote(numbers[groups][clusterer.indices_], clusterer.cosines_)
    scores[shaping] = np.where(assigned[shaping] >= 0, scores[shaping], 0.0)
    rest = np.setdiff1d(np.arange(len(corpus)), shaping)
    _let_join(corpus, rest, assigned, scores, electorate)
    return Discovery(assigned, scores, tuple(changed), tuple(told), fineness)


def _clusterer(options: TopicOptions, fineness: Fineness | None) -> NeighbourLeiden | UmapHdbscan:
    if options.clusterer == "umap-hdbscan":
        return UmapHdbscan()
    chosen = fineness.resolution if fineness else None
    return NeighbourLeiden(
        neighbours=options.neighbours,
        resolution=options.resolution or chosen,
        min_size=options.min_size,
    )


def _chosen(clusterer: NeighbourLeiden | UmapHdbscan, options: TopicOptions) -> Fineness | None:
    """Return what was chosen, if anything was told apart."""
    if options.resolution or isinstance(clusterer, UmapHdbscan) or not clusterer.resolution_:
        return None
    return Fineness(clusterer.resolution_, len(clusterer.labels_))


def _join(
    corpus: Corpus,
    shaping: NDArray[np.int64],
    topics: Sequence[Topic],
    options: TopicOptions,
    style: Style,
    night: Night,
    electorate: Electorate,
) -> Discovery:
    assigned = corpus.topics.copy()
    scores = np.full(len(corpus), np.nan)  # nobody who has a topic is asked again
    waiting = np.flatnonzero(assigned < 0)
    assigned[waiting] = -1
    _let_join(corpus, waiting, assigned, scores, electorate)
    pool = shaping[assigned[shaping] < 0]
    # A pool that nobody new waits in was looked at on the night when the last one came.
    news = (corpus.topics[pool] < -1).any()
    births = _births(corpus, pool, assigned, options) if news else []
    if not births:
        return Discovery(assigned, _told_once(corpus, assigned, scores), (), ())
    next_number = max(topic.number for topic in topics) + 1
    for number, rows in enumerate(births, start=next_number):
        assigned[rows], scores[rows] = number, 1.0
    _let_join(corpus, np.flatnonzero(assigned < 0), assigned, scores, electorate)
    changed = [
        _described(corpus, rows, number, night, style)
        for number, rows in enumerate(births, start=next_number)
    ]
    told = [Event(event="born", topic_id=topic.id, detail={"from": "pool"}) for topic in changed]
    return Discovery(assigned, _told_once(corpus, assigned, scores), tuple(changed), tuple(told))


def titled(
    corpus: Corpus, found: Discovery, before: Sequence[Topic], style: Style
) -> tuple[Topic, ...]:
    """Return `found.changed` with a title for topics that keywords stand for.

    That is what is left of a title whose post was edited or erased; others still say it.
    """
    changed = {topic.number for topic in found.changed}
    nameless = [t for t in before if t.status == "active" and t.title == label.plain(t.keywords)]
    more = []
    for topic in nameless:
        rows = np.flatnonzero((found.topics == topic.number) & corpus.counted)
        if topic.number not in changed and len(rows):
            said = Said.at(corpus, rows, style)
            more.append(replace(topic, title=_title(corpus, rows, said, topic.keywords, style)))
    return (*found.changed, *(topic for topic in more if topic not in before))


def _told_once(
    corpus: Corpus, assigned: NDArray[np.int64], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Blank the scores of those who waited before and wait still: nothing is new about them."""
    return np.where((assigned == -1) & (corpus.topics == -1), np.nan, scores)


def _let_join(
    corpus: Corpus,
    rows: NDArray[np.int64],
    assigned: NDArray[np.int64],
    scores: NDArray[np.float64],
    electorate: Electorate,
) -> None:
    """Ask the neighbours of `rows`, and write the answers into `assigned` and `scores`."""
    voters = np.where(corpus.counted, assigned, -1)
    if not len(rows) or not (voters >= 0).any():
        return
    assigned[rows], scores[rows] = joining.join(rows, corpus.vectors, voters, electorate)


def _births(
    corpus: Corpus, pool: NDArray[np.int64], assigned: NDArray[np.int64], options: TopicOptions
) -> list[NDArray[np.int64]]:
    """Return the groups of the novelty pool that are as tight as the topics there are."""
    if len(pool) < options.min_size:
        return []
    # Asked about every night, and what is born is decided by how tight it is, not by how it is cut.
    clusterer = NeighbourLeiden(
        min_size=options.min_size, resolution=options.resolution, splits=SPLITS[0]
    )
    # Around the mean of the archive, not of the pool: one tight group alone is no noise.
    common = Common.of(corpus.vectors, corpus.languages)
    groups = clusterer.fit(common.off(corpus.vectors[pool], corpus.languages[pool])).labels_
    usual = usual_tightness(corpus.vectors, assigned)
    found = []
    for group in range(int(groups.max(initial=-1)) + 1):
        rows = pool[groups == group]
        people = len(np.unique(corpus.people[rows]))
        if people >= options.min_people and tightness(corpus.vectors[rows]) >= usual:
            found.append(rows)
    return found


def _described(
    corpus: Corpus, rows: NDArray[np.int64], number: int, night: Night, style: Style
) -> Topic:
    said = Said.at(corpus, rows, style)
    words = label.telling_words(said, Said.at(corpus, slice(-USUAL_TEXTS, None), style))
    return _born(number, _title(corpus, rows, said, words, style), words, len(rows), night)


def _title(
    corpus: Corpus, rows: NDArray[np.int64], said: Said, words: tuple[str, ...], style: Style
) -> str:
    """Name a topic; who opens a thread with a problem or a wish speaks for it, advice does not."""
    return label.title(said, corpus.vectors[rows], words, style, corpus.standing(rows))


def _born(number: int, title: str, words: tuple[str, ...], size: int, night: Night) -> Topic:
    return Topic(
        number=number,
        title=title,
        keywords=words,
        status="active",
        born_at=night.as_of,
        run_id=night.run_id,
        size=size,
    )


def _ended(events: Sequence[Event], known: dict[int, Topic]) -> list[Topic]:
    ended = {e.topic_id: e.event for e in events if e.event in ("merged", "retired")}
    return [
        replace(topic, status="merged" if ended[topic.id] == "merged" else "retired", size=0)
        for topic in known.values()
        if topic.id in ended
    ]
