"""Lives through an archive night by night, each night knowing only its past."""

from __future__ import annotations

from datetime import datetime, timedelta

from insights.errors import UsageError
from insights.pipeline import analyze, nightly
from insights.pipeline.embed import embed
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import prepare
from insights.store import runs


def replay(engine: Engine, *, since: datetime, until: datetime) -> int:
    """Run every night from `since` to `until` that has not been run; return how many were.

    Texts are prepared and embedded once, before the first night; what a night sees of them ends
    at its own `as_of`. A replay that was killed goes on with the night it was in.
    """
    if until <= since:
        raise UsageError(f"--until must be later than --since ({since:%F} to {until:%F})")
    with Lease(engine.database) as lease, engine.database.unhurried():
        prepare(engine, lease)
        embed(engine, lease)
        with engine.database.read() as tx:
            last = runs.last(tx)
        nights = [
            since + timedelta(days=day)
            for day in range((until - since).days + 1)
            if last is None or since + timedelta(days=day) > last["as_of"]
        ]
        state = analyze.load(engine)
        for done, as_of in enumerate(nights, start=1):
            night = nightly.start(engine, lease, as_of)
            nightly.look(engine, lease, state, night)
            if as_of == nights[-1]:  # earlier nights are over, and nobody reads their ranking
                analyze.find_insights(engine, state, night, lease)
            with lease.write() as tx:
                runs.finish(tx, night.run_id)
            engine.progress("replay", done, len(nights))
    return len(nights)
