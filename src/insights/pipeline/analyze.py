"""Finds topics, signals and insights in what is prepared, knowing only what was written by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from insights.corpus import Corpus, day_of
from insights.models import Insight, Signal, Topic
from insights.pipeline import segments, standing
from insights.pipeline.circumstances import Circumstances
from insights.pipeline.engine import Engine
from insights.pipeline.fixes import fixes
from insights.pipeline.lease import Lease
from insights.pipeline.records import event_row, insight_row, signal_of, signal_row
from insights.pipeline.word import word_titles
from insights.ranking import rank
from insights.signals.coordination import discounted
from insights.signals.detectors import ask
from insights.signals.episodes import follow
from insights.signals.finding import Finding
from insights.signals.history import Late, late_arrivals
from insights.store import checks, digests, passages, runs, signals, topics
from insights.text.phrases import analyzer, headline
from insights.topics import label
from insights.topics.corrections import Correction
from insights.topics.discover import Discovery, Fineness, Night, discover, titled
from insights.topics.electorate import Electorate
from insights.topics.label import Said, Style
from insights.topics.lives import settle
from insights.topics.standing import Found, Held, apply, resolve

USUAL_TEXTS = 2000
"""The latest passages of the archive that the words of an emerging issue are held against."""
MOST_READ = 50_000
"""Texts whose words and headlines are remembered from night to night."""
UNSEEN = -2
"""The topic, in a corpus, of passages that no run has looked at."""


@dataclass(slots=True)
class State:
    """What a night starts from and leaves behind; a replay carries it from night to night.

    `held` is what holds in topics after the corrections in force, `said`, were laid over what was
    `found`; `corpus.topics` are the numbers that hold.
    """

    corpus: Corpus
    found: Found
    said: list[Correction]
    held: Held
    signals: list[Signal]
    style: Style
    grouped: tuple[Topic, ...] = ()
    """The topics that were last put into areas, as they were then."""
    fineness: Fineness | None = None
    """How fine topics were cut when they were last made anew."""
    electorate: Electorate = field(default_factory=Electorate)
    """What is remembered of who is near whom, from night to night."""
    around: Circumstances | None = None
    """What was read from texts on the night before."""

    @property
    def topics(self) -> Sequence[Topic]:
        """All topics as they hold, in order of number."""
        return self.held.topics


def load(engine: Engine, model: str | None = None) -> State:
    """Read the archive, its topics and its signals as they stand.

    `model` names the vectors to read, those of the engine's encoder by default.
    """
    model = model or engine.encoder.name
    with engine.database.read() as tx:
        corpus = passages.corpus(tx, model)
        found, held = standing.load(tx, corpus, model)
        return State(
            corpus=corpus,
            found=found,
            said=standing.in_force(tx),
            held=held,
            signals=[signal_of(row) for row in signals.every(tx)],
            style=style(engine),
            fineness=Fineness(**chosen) if (chosen := runs.fineness(tx, model)) else None,
        )


def has_unseen(state: State, night: Night) -> bool:
    """Say whether the night has passages that no run has looked at."""
    return bool((state.corpus.until(night.as_of).topics == UNSEEN).any())


def find_topics(engine: Engine, state: State, night: Night, lease: Lease) -> None:
    """Discover topics as of the night, lay corrections over them, write and take them over."""
    known = state.corpus.until(night.as_of)
    known = known.with_topics(state.found.numbers[: len(known)])
    night_found = discover(
        known,
        state.found.topics,
        options=engine.options.topics,
        style=state.style,
        night=night,
        electorate=state.electorate,
        fineness=state.fineness,
    )
    night_found = settle(known, night_found, state.found.topics, standing.ended(state.found))
    named = titled(known, night_found, state.found.topics, state.style)
    night_found = replace(night_found, changed=named)
    night_found = replace(night_found, changed=_worded(engine, known, night_found, state))
    found = standing.gone_on(state.found, known, night_found)
    model, encode = engine.encoder.name, engine.encoder.encode
    held = apply(state.corpus, found, state.said, as_of=night.as_of, model=model, encode=encode)
    told = np.flatnonzero(~np.isnan(night_found.scores))
    late = _late(engine, state.corpus.until(night.as_of), night)
    with lease.write() as tx:
        standing.save_topics(tx, found, held, before=(state.found, state.held))
        standing.save_centres(tx, found, model, before=state.found)
        standing.assign(tx, state.corpus, found, held, told, night.run_id)
        standing.reassign(tx, state.corpus, state.held, held)
        topics.record(tx, night.run_id, night.as_of, [event_row(e) for e in night_found.events])
        runs.done(tx, night.run_id, "discover", _topic_counts(known, night_found))
        runs.add_late(tx, night.run_id, late)
    take_over(state, found, held)
    state.fineness = night_found.fineness or state.fineness


def _late(engine: Engine, known: Corpus, night: Night) -> dict[str, Late]:
    """Count the posts that came after the night that looked at the days they were written on.

    An edited post is not late: it came before, in other words.
    """
    rows = np.flatnonzero(known.topics == UNSEEN)
    if not len(rows):
        return {}
    with engine.database.read() as tx:
        before = runs.looked_before(tx, night.as_of)
        if before is None or known.days[rows[0]] >= day_of(before[0]):
            return {}
        rows = rows[known.days[rows] < day_of(before[0])]
        late = checks.came_after(tx, set(known.post_ids[rows]), before[1])
    return late_arrivals(known, rows[[post_id in late for post_id in known.post_ids[rows]]])


def _worded(engine: Engine, known: Corpus, found: Discovery, state: State) -> tuple[Topic, ...]:
    read = state.style.words

    def words(text: str) -> list[str]:
        return list(read(text, None))

    return word_titles(engine, known, found.topics, found.changed, state.found.topics, words)


def take_over(state: State, found: Found, held: Held) -> None:
    """Let `state` go on from what was found and what holds."""
    state.found, state.held = found, held
    state.corpus = state.corpus.with_topics(held.numbers)


def find_signals(engine: Engine, state: State, night: Night, lease: Lease) -> None:
    """Ask every detector as of the night, follow episodes, write them, take them over."""
    known = discounted(
        state.corpus.until(night.as_of), (s for s in state.signals if s.run_id != night.run_id)
    )
    options = engine.options.signals
    around = state.around = Circumstances.load(engine, night.as_of, state.around)
    with engine.database.read() as tx:
        fixed = fixes(tx, state.said, night.as_of)
    findings = ask(known, state.topics, night.as_of, options, around.detectors(fixed))
    findings = around.explained(known, findings, engine.options.digest.min_people)
    manner = state.style
    titles = {topic.number: topic.title for topic in state.topics}

    def name(finding: Finding) -> str:
        if finding.topic in titles:
            return titles[finding.topic]
        rows = finding.rows
        said = Said.at(known, rows, manner)
        words = label.telling_words(said, Said.at(known, slice(-USUAL_TEXTS, None), manner))
        return label.title(said, known.vectors[rows], words, manner, known.standing(rows))

    earlier = [signal for signal in state.signals if signal.run_id != night.run_id]
    changed = follow(
        findings,
        earlier,
        known,
        as_of=night.as_of,
        run_id=night.run_id,
        options=options,
        name=name,
    )
    changed = around.refreshed(known, changed)
    taken_back = {s.id for s in state.signals if s.run_id == night.run_id} - {s.id for s in changed}
    with lease.write() as tx:
        signals.drop(tx, sorted(taken_back))
        signals.save(tx, [signal_row(signal) for signal in changed])
        runs.done(tx, night.run_id, "detect", {"signals": len(changed)})
    by_number = {signal.number: signal for signal in [*earlier, *changed]}
    state.signals = [by_number[number] for number in sorted(by_number)]


def find_insights(engine: Engine, state: State, night: Night, lease: Lease) -> list[Insight]:
    """Rank topics and signals of the period before the night, and write them."""
    known = discounted(state.corpus.until(night.as_of), state.signals)
    known = segments.laid_over(engine, known, night.as_of)
    ranked = rank(
        known,
        state.topics,
        _about_topics(state),
        as_of=night.as_of,
        period_days=engine.options.digest.period_days,
        options=engine.options.ranking,
    )
    with lease.write() as tx:
        digests.save_insights(
            tx,
            night.run_id,
            [insight_row(i, place, known) for place, i in enumerate(ranked, start=1)],
        )
        runs.done(tx, night.run_id, "rank", {"insights": len(ranked)})
    return ranked


def _about_topics(state: State) -> list[Signal]:
    """Return signals under the topics that theirs are part of now, without the dismissed ones."""
    by_id = {topic.id: topic for topic in state.topics}
    linked = [replace(s, topic_id=resolve(by_id, s.topic_id)) for s in state.signals]
    dismissed = {topic.id for topic in state.topics if topic.status == "dismissed"}
    return [signal for signal in linked if signal.topic_id not in dismissed]


def style(engine: Engine) -> Style:
    """Return how texts are read for naming, each only once."""

    # spaCy takes seconds to load, and a night with nothing new names nothing.
    @lru_cache(maxsize=MOST_READ)
    def words(text: str, own: str | None) -> Sequence[str]:
        return analyzer(own or engine.options.language)(text)

    return Style(words=words, headline=lru_cache(maxsize=MOST_READ)(headline))


def _topic_counts(corpus: Corpus, found: Discovery) -> dict[str, Any]:
    assigned = found.topics >= 0
    chosen = {"fineness": asdict(found.fineness)} if found.fineness else {}
    return {
        **chosen,
        "passages": len(corpus),
        "assigned": int(assigned.sum()),
        "topics": len(np.unique(found.topics[assigned])),
    }
