"""Takes people's corrections of topics, keeps them, and lets them hold at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from insights.errors import UsageError
from insights.pipeline import analyze, standing
from insights.pipeline.desk import Desk, Wish
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.store import corrections, runs, topics
from insights.topics.corrections import Correction, Split, Track
from insights.topics.standing import apply


def correct(engine: Engine, wish: Wish, *, by: str) -> tuple[int, Correction]:
    """Keep a correction and let it hold at once; return its number and what it says."""
    with Lease(engine.database) as lease:  # a night at work would go on from what was before
        desk = _desk(engine)
        said, newborn = wish(desk)
        found = desk.state.found
        if newborn is not None:
            found = replace(found, topics=(*found.topics, newborn))
        desk.state.found = found
        with lease.write() as tx:
            body = {**said.model_dump(mode="json"), "after": topics.last_event(tx)}
            number = corrections.add(
                tx,
                at=datetime.now(UTC),
                by=by,
                kind=corrections.TOPIC,
                subject=said.topic,
                body=body,
            )
            _hold(tx, desk, [*desk.state.said, said])
    return number, said


def undo(engine: Engine, number: int | None, *, by: str) -> tuple[int, Correction]:
    """Take a correction back, the latest by default; return its number and what it said."""
    with Lease(engine.database) as lease:
        desk = _desk(engine)
        with lease.write() as tx:
            entry = _to_undo(corrections.history(tx, corrections.TOPIC), number)
            body = {"after": topics.last_event(tx)}
            corrections.undo(tx, entry["id"], at=datetime.now(UTC), by=by, body=body)
            _hold(tx, desk, standing.in_force(tx))
    return entry["id"], standing.read(entry)


def _desk(engine: Engine) -> Desk:
    with engine.database.read() as tx:
        begun = [run for run in runs.every(tx) if run["steps"]]
    if not begun:
        raise UsageError("there is no topic yet; topics are made by: insights run")
    # Settings may name another encoder by now; topics are still those of the last run's.
    model = begun[-1]["versions"]["encoder"]
    desk = Desk(engine, analyze.load(engine, model), model, begun[-1]["as_of"], begun[-1]["id"])
    if any(isinstance(s, Track) and (s.like_texts or s.unlike_texts) for s in desk.state.said):
        desk.refuse_another_encoder()
    return desk


def _hold(tx: Any, desk: Desk, said: Sequence[Correction]) -> None:
    """Write what holds under other corrections, as the next night would find it."""
    state, encode = desk.state, desk.engine.encoder.encode
    held = apply(state.corpus, state.found, said, as_of=desk.as_of, model=desk.model, encode=encode)
    standing.save_topics(tx, state.found, held)
    standing.reassign(tx, state.corpus, state.held, held)


def _to_undo(entries: Sequence[dict[str, Any]], number: int | None) -> dict[str, Any]:
    """Return the entry that is to be taken back, or refuse."""
    undone = {entry["undoes"]: entry for entry in entries if entry["undoes"]}
    by_number = {entry["id"]: entry for entry in entries}
    in_force = [e for e in entries if not e["undoes"] and e["id"] not in undone]
    if number is None:
        if not in_force:
            raise UsageError("no correction is in force; there is nothing to undo")
        number = in_force[-1]["id"]
    entry = by_number.get(number)
    if entry is None:
        raise UsageError(f"there is no correction {number}; see insights topics history")
    if entry["undoes"]:
        raise UsageError(f"correction {number} is an undo itself; say again what it took back")
    if number in undone:
        by, at = undone[number]["by"], undone[number]["at"]
        raise UsageError(f"correction {number} was undone already, by {by} on {at:%Y-%m-%d %H:%M}")
    said = standing.read(entry)
    if isinstance(said, Split | Track):
        for later in in_force:
            names = {later["subject"], later["body"].get("into")}
            if later["id"] != number and said.topic in names | set(later["body"].get("of", ())):
                raise UsageError(
                    f"correction {later['id']} is about {said.topic}, which {number} made; undo it "
                    f"first: insights topics undo {later['id']}"
                )
    return entry
