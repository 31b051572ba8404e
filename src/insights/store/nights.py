"""What a night wrote down of its insights, its signals and the visits to its sources."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from insights.store import memberships, posts, pulls
from insights.store import tables as t
from insights.store.rows import dicts, pieces

SAID = ("observed", "expected", "q", "why", "traits")


def gather(
    connection: Connection,
    *,
    run_id: str,
    as_of: datetime,
    start: datetime,
    since: datetime,
    post_ids: Iterable[str],
    silent: Set[str],
    quoted: Iterable[str],
    saying: tuple[Set[str], Set[str]],
    linked_by: datetime | None = None,
) -> dict[str, Any]:
    """Read, in a few passes, what a digest of a night is counted again from.

    Passages of `since` and later, and of the posts that are named; rows of the night, visits since
    `start`; the latest post of each `silent` source; the facts of passages of the topics and posts
    that are `saying` something; and the `quoted` posts.
    """
    rows = memberships.rows(connection, as_of, since=since, post_ids=post_ids, linked_by=linked_by)
    topics, named = saying
    told_by = {row.post for row in rows if row.topic in topics or row.post in named}
    return {
        "rows": rows,
        "told": {
            **told(connection, run_id, as_of, start),
            "source": {
                name: {"newest_at": memberships.newest(connection, name, as_of)} for name in silent
            },
        },
        "facts": _facts(connection, told_by),
        "posts": posts.by_id(connection, quoted),
    }


def _facts(
    connection: Connection, post_ids: Iterable[str]
) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the facts of the passages of posts, by post and position."""
    named = {key: post_id for post_id, key in posts.keys_of(connection, post_ids).items()}
    c = t.passage.c
    found = {}
    for piece in pieces(named):
        query = select(c.post_id, c.position, c.facts).where(
            c.post_id.in_(piece), c.facts.is_not(None)
        )
        for key, position, facts in connection.execute(query):
            found[named[key], position] = facts
    return found


def told(
    connection: Connection, run_id: str, as_of: datetime, since: datetime
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return rows by table and name: `insight`, `signal` and `pull`.

    Both insights and signals go by the insight's id. Of a signal it is its own row, while no later
    night has found it again, else what the night wrote down of it. Pulls are sums over the nights
    after `since` by source.
    """
    query = select(t.insight).where(t.insight.c.run_id == run_id)
    insights = {row["id"]: row for row in dicts(connection, query)}
    living = {
        row["id"]: row
        for row in dicts(connection, select(*t.signal.c["id", "last_at"], *t.signal.c[SAID]))
        if row["last_at"] <= as_of
    }
    signals = {
        name: living.get(row["body"]["subject"]) or row["body"]["signal"]
        for name, row in insights.items()
        if row["body"].get("signal")
    }
    return {
        "insight": {
            name: {**row["body"], "score": row["score"], "people": row["people"]}
            for name, row in insights.items()
        },
        "signal": signals,
        "pull": _pulls(connection, since, as_of),
    }


def _pulls(connection: Connection, since: datetime, until: datetime) -> dict[str, dict[str, Any]]:
    """Sum up the visits after `since`, up to and with `until`, by source."""
    c = t.pull.c
    nights = func.count().filter(c.kind == pulls.PULL)
    counts = [func.sum(c[name]).label(name) for name in pulls.COUNTS]
    query = (
        select(
            c.source,
            nights.label("pulls"),
            func.count().filter(c.kind == pulls.PULL, c.state != "ok").label("failed"),
            func.sum(c.waited_s).label("waited_s"),
            *counts,
        )
        .where(c.at > since, c.at <= until)
        .group_by(c.source)
    )
    return {row["source"]: row for row in dicts(connection, query)}
