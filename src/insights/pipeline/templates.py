"""Learns the templates of each source before its posts are prepared."""

from __future__ import annotations

from itertools import islice

from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.store import templates
from insights.text.boilerplate import READ, Filled, recurring

WINDOW = 2000
"""Posts of several lines that are held against each other."""


def learn(engine: Engine, lease: Lease, version: int) -> None:
    """Look for lines that recur in the latest posts of each source that has new ones.

    After a large import the whole archive of the source is looked at, window by window. What was
    recognised stays, and is written together with the mark that earlier posts of the source are
    to be prepared again: a run that is killed in between finds the same.
    """
    with engine.database.read() as tx:
        sources = templates.waiting(tx, version)
        known = templates.known(tx)
    for source, posts in sources.items():
        with engine.database.read() as tx:
            windows = templates.windows(tx, source, WINDOW, READ)
            looked_at = windows if posts > WINDOW else islice(windows, 1)
            found = {line for window in looked_at for line in recurring(map(Filled._make, window))}
        new = found - known.get(source, set())
        if new:
            with lease.write() as tx:
                templates.add(tx, source, new)
