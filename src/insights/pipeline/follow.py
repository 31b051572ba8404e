"""Follows the issues that findings are linked to, and judges whether a fix made people quiet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from insights.errors import InsightsError
from insights.models import Post
from insights.pipeline.analyze import State
from insights.pipeline.circumstances import Circumstances
from insights.pipeline.engine import Engine
from insights.pipeline.fixes import Subjects, shipped
from insights.pipeline.lease import Lease
from insights.pipeline.links import name_of
from insights.protocols import Opens
from insights.signals.aftermath import judge
from insights.signals.coordination import discounted
from insights.store import links, posts, releases, tombstones
from insights.topics.corrections import number_of
from insights.topics.discover import Night
from insights.tracker import Standing, standing


def read_states(engine: Engine, lease: Lease, as_of: datetime) -> None:
    """Take over how linked issues stand from the posts of their trackers."""
    with engine.database.read() as tx:
        rows = links.every(tx)
        held = posts.by_id(tx, [_post_id(row) for row in rows if row["native_id"]])
        gone = {
            _post_id(row): reason
            for row in rows
            if row["native_id"]
            if (reason := tombstones.reason(tx, row["source"], row["native_id"]))
        }
    for row in rows:
        post = held.get(_post_id(row))
        if post is not None:
            _take(lease, row, _as_post(row, post, as_of))
        elif _post_id(row) in gone:
            _take(lease, row, {"state": "gone", "reason": gone[_post_id(row)], "note": ""})


def ask_trackers(engine: Engine, lease: Lease, as_of: datetime) -> None:
    """Ask trackers for the linked issues that no source has among its posts.

    Whatever goes wrong is written down beside the link and not raised: its last state stays.
    """
    with engine.database.read() as tx:
        rows = links.every(tx)
        held = posts.by_id(tx, [_post_id(row) for row in rows if row["native_id"]])
    for row in rows:
        tracker = engine.trackers.get(row["source"] or "")
        if _post_id(row) in held or not row["native_id"] or not isinstance(tracker, Opens):
            continue
        try:
            seen = tracker.look(row["native_id"])
        except InsightsError as error:
            _take(lease, row, {"note": str(error)})
            continue
        if seen is None:
            values: dict[str, Any] = {"state": "gone", "reason": "gone, or closed to us"}
        else:
            values = _standing(row, standing(seen.attributes), as_of)
            if seen.url != row["url"]:
                values |= {"url": seen.url, "name": name_of(seen.url), "note": "it moved"}
        _take(lease, row, {"note": "", **values, "looked_at": datetime.now(UTC)})


def judge_fixes(engine: Engine, lease: Lease, state: State, night: Night) -> None:
    """Say of each matter whose issues are done whether people are quiet, and write it down."""
    with engine.database.read() as tx:
        rows = links.every(tx)
        if not rows:
            return
        subjects, out = Subjects.load(tx), releases.every(tx, until=night.as_of)
    known = discounted(state.corpus.until(night.as_of), state.signals)
    around = Circumstances.load(engine, night.as_of)
    for row in rows:
        topic = subjects.topic(row["subject"])
        verdict: dict[str, Any] | None = None
        if row["state"] == "done":
            same = [each for each in rows if subjects.same(each["subject"], row["subject"])]
            fix = shipped(same, out, night.as_of)
            if fix is None:
                verdict = {"kind": "waiting", "said": ""}
            elif topic is not None:
                found = judge(
                    known, number_of(topic), fix, night.as_of, engine.options.signals, around.read
                )
                verdict = {"kind": found.kind, "said": found.said}
        held = row["verdict"] or {}
        if verdict is not None:
            is_same = held.get("kind") == verdict["kind"]
            verdict["since"] = held["since"] if is_same else night.as_of.isoformat()
        if verdict != row["verdict"]:
            with lease.write() as tx:
                links.change(tx, row["subject"], row["url"], {"verdict": verdict})


def _as_post(row: Mapping[str, Any], post: Post, as_of: datetime) -> dict[str, Any]:
    """Return how an issue stands by its post, whose last change is when it was closed at latest."""
    values = _standing(row, standing(post.attributes), post.updated_at or as_of)
    if post.url and post.url != row["url"]:
        values |= {"url": post.url, "name": name_of(post.url)}
    return {**values, "note": ""}


def _standing(row: Mapping[str, Any], now: Standing, at: datetime) -> dict[str, Any]:
    was_closed = row["state"] in ("done", "dropped") and row["closed_at"]
    known = row["closed_at"] if was_closed else at
    closed_at = None if now.state == "open" else now.closed_at or known
    values = {"state": now.state, "reason": now.reason, "closed_at": closed_at}
    return {**values, "release": now.release}


def _take(lease: Lease, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write what differs; a night on which nothing changed writes nothing."""
    changed = {name: value for name, value in values.items() if row[name] != value}
    if changed:
        with lease.write() as tx:
            links.change(tx, row["subject"], row["url"], changed)


def _post_id(row: Mapping[str, Any]) -> str:
    return f"{row['source']}:{row['native_id']}"
