"""Takes word of what accounts are (plan, revenue), and lays it over the people of a corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from insights.corpus import Corpus
from insights.digest.segments import placed_in
from insights.errors import UsageError, unknown
from insights.pipeline.engine import Engine
from insights.store import segments, sources
from insights.text.pseudonyms import pseudonym

LONGEST = 200
USUAL = 1.0
"""What a person weighs of whom nothing is known."""

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody states of an account; `where` names the line that does."""

    where: str
    source: str
    account: str
    values: Mapping[str, str]


def learn(engine: Engine, stated: Sequence[Stated]) -> int:
    """Note what accounts are, all or nothing; return of how many something is known now.

    Only attributes that `[ranking.segments]` weighs are kept, and no account's name is. A value
    that is empty forgets what was noted before.

    Raises:
        UsageError: a source that there is not, a value that is too long, or an account that is
            two things; it names the line.
    """
    wanted = engine.options.ranking.segments
    with engine.database.write() as tx:
        sources_known = {row["name"] for row in sources.every(tx)}
        sources_known |= {source.name for source in engine.sources}
        known: dict[str, dict[str, str]] = {}
        for one in stated:
            if one.source not in sources_known:
                raise UsageError(f"{one.where}: {unknown('source', one.source, sources_known)}")
            values = {name: value for name, value in one.values.items() if name in wanted}
            author = pseudonym(one.account, one.source, engine.key)
            if known.setdefault(author, values) != values:
                raise UsageError(
                    f"{one.where} says of an account of {one.source} what an earlier line does "
                    "not; leave one of them out"
                )
            if any(len(value) > LONGEST for value in values.values()):
                raise UsageError(f"{one.where} has a value of more than {LONGEST} characters")
        segments.save(tx, known, datetime.now(UTC))
        return segments.count(tx)


def laid_over(engine: Engine, corpus: Corpus, as_of: datetime) -> Corpus:
    """Return the corpus with the segments of people and what they weigh, of the last two periods.

    A person is what the latest word says. Of what a person with several attributes weighs, the
    heaviest counts.
    """
    tables = engine.options.ranking.segments
    if not tables or not len(corpus):
        return corpus
    start = as_of - 2 * timedelta(days=engine.options.digest.period_days)
    with engine.database.read() as tx:
        said = segments.of_posts(tx, sorted(tables), start, as_of)
    people: dict[int, dict[str, str]] = {}
    for row, post_id in enumerate(corpus.post_ids.tolist() if said else ()):
        if post_id in said:  # in order of time: the latest word stays
            people.setdefault(int(corpus.people[row]), {}).update(said[post_id])
    labels: dict[int, tuple[str, ...]] = {}
    weights: dict[int, float] = {}
    for person, values in people.items():
        placed = [(name, placed_in(tables[name], values[name])) for name in sorted(values)]
        labels[person] = tuple(f"{name}: {label}" for name, label in placed)
        weights[person] = max(tables[name].get(label, USUAL) for name, label in placed)
    whose = corpus.people.tolist()
    names = np.full(len(corpus), None, object)
    for row, person in enumerate(whose):
        names[row] = labels.get(person)
    return replace(
        corpus,
        segments=names,
        weights=np.array([weights.get(person, USUAL) for person in whose], np.float64),
    )
