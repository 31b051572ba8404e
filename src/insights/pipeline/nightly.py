"""One night, in order: ingest, recheck, purge, prepare, embed, discover, detect, rank, publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version

from insights.digest.content import Digest
from insights.errors import UsageError
from insights.pipeline import analyze, deliver, follow, publish
from insights.pipeline.areas import find_areas
from insights.pipeline.deliver import Report
from insights.pipeline.embed import embed
from insights.pipeline.engine import Engine
from insights.pipeline.ingest import ingest_all
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import prepare
from insights.pipeline.recheck import recheck_all
from insights.pipeline.retention import purge_expired
from insights.store import posts, runs
from insights.store.posts import Tally
from insights.topics.discover import Night

NAMED = ("bertopic", "spacy", "sentence-transformers", "scikit-learn", "sqlalchemy")


@dataclass(frozen=True)
class Outcome:
    """What a night came to."""

    run_id: str
    digest: Digest
    ingested: Mapping[str, Tally | str] = field(default_factory=dict)
    delivered: Mapping[str, str] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """The sources that could not be read."""
        return [name for name, result in self.ingested.items() if isinstance(result, str)]


def run(
    engine: Engine, *, as_of: datetime, community: str, publishing: bool = True,
    ingesting: bool = True,
) -> Outcome:  # fmt: skip
    """Run a night to its end, or finish one that was interrupted.

    Every step writes in transactions of its own and can be run again; a night that was killed
    anywhere ends as if it had not been.
    """
    with Lease(engine.database) as lease:
        _refuse_the_past(engine, as_of)
        ingested = ingest_all(engine, at=as_of) if ingesting else {}
        recheck_all(engine, ingested, as_of)
        if ingesting:
            follow.ask_trackers(engine, lease, as_of)
        digest = analyze_night(
            engine, lease, as_of=as_of, community=community, publishing=publishing
        )
        if publishing:
            report = publish_night(engine, lease, digest.run_id)
        else:
            report = Report()
            finish(engine, lease, digest.run_id)
    report.check()
    return Outcome(digest.run_id, digest, ingested, report.said)


def publish_night(engine: Engine, lease: Lease, run_id: str) -> Report:
    """Deliver the digests of a run, and what is due of earlier ones; end the run.

    The run has ended whatever channels said: what they did not take is due to the next.
    """
    report = deliver.publish(engine, run_id, lease.write)
    finish(engine, lease, run_id)
    return report


def analyze_night(
    engine: Engine, lease: Lease, *, as_of: datetime, community: str, publishing: bool = True
) -> Digest:
    """Run every step between ingest and publish; return the composed digest."""
    night = start(engine, lease, as_of)
    purge_expired(engine, lease, as_of)
    prepare(engine, lease)
    embed(engine, lease)
    state = analyze.load(engine)
    follow.read_states(engine, lease, as_of)
    look(engine, lease, state, night)
    follow.judge_fixes(engine, lease, state, night)
    ranked = analyze.find_insights(engine, state, night, lease)
    return publish.compose_digest(
        engine, state, ranked, night, lease, community, publishing=publishing
    )


def look(engine: Engine, lease: Lease, state: analyze.State, night: Night) -> None:
    """Find topics, areas and signals in a loaded archive.

    A night that is run again repeats only what is not done or has new posts to look at: topics
    and signals go on from what they were, and going on twice would not end as going on once.
    """
    with engine.database.read() as tx:
        done = runs.get(tx, night.run_id)["steps"]
    unseen = analyze.has_unseen(state, night)
    if unseen or "discover" not in done:
        analyze.find_topics(engine, state, night, lease)
    find_areas(engine, state, night, lease)
    if unseen or "detect" not in done:
        analyze.find_signals(engine, state, night, lease)


def start(engine: Engine, lease: Lease, as_of: datetime) -> Night:
    """Begin the run of a night; the clock of an archive never goes back."""
    _refuse_the_past(engine, as_of)
    deliver.settle(engine, lease.write)
    with lease.write() as tx:
        runs.abandon_older(tx, as_of)
        run_id = runs.start(tx, as_of, engine.options.recorded(), _versions(engine))
    return Night(run_id, as_of)


def _refuse_the_past(engine: Engine, as_of: datetime) -> None:
    """Raise UsageError if a later night left something, were it only half done."""
    with engine.database.read() as tx:
        later = runs.latest(tx, after=as_of)
    if later is not None:
        raise UsageError(
            f"the archive was already analysed as of {later:%Y-%m-%d %H:%M} UTC, and "
            f"{as_of:%Y-%m-%d %H:%M} UTC is before that; give a later --as-of, or use another "
            "database to look at the past"
        )


def finish(engine: Engine, lease: Lease, run_id: str) -> None:
    """Record the end of a run and fold the write-ahead log away."""
    with lease.write() as tx:
        posts.forget_unused_embeddings(tx)  # of what was erased while it was being embedded
        runs.finish(tx, run_id)
    engine.database.checkpoint()


def _versions(engine: Engine) -> dict[str, str]:
    return {"encoder": engine.encoder.name, **_installed()}


@cache
def _installed() -> dict[str, str]:
    return {"insights": version("community-insights"), **{name: version(name) for name in NAMED}}
