"""Commands for whoever keeps the system running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from insights.cli import health, terminal

if TYPE_CHECKING:
    from insights.workspace import Workspace


def serve(
    *,
    host: Annotated[str, Parameter(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="the port to listen on")] = 8420,
) -> None:
    """Serve digests, topics and signals as pages and JSON, on this machine only.

    Sources with the connector `webhook` take what is sent to /ingest/SOURCE.

    Example: insights serve --port 8420
    """
    import uvicorn

    from insights.errors import UsageError
    from insights.web.app import create_app

    if not 1 <= port <= 65_535:
        raise UsageError(f"{port} is no port; name one from 1 to 65535")
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(
            "there is no login yet, so pages are served on this machine only; "
            "leave --host at 127.0.0.1 and put a proxy that asks for a login in front"
        )
    space = terminal.workspace()
    options = space.settings.digest
    app = create_app(
        space.database,
        min_people=options.min_people,
        key=space.key,
        base_url=options.base_url,
        period_days=options.period_days,
        roles=space.settings.pulse.roles(space.key),
        **_intake(space),
    )
    terminal.say(f"read the digests at http://{host}:{port} (Ctrl-C stops)")
    uvicorn.run(app, host=host, port=port, log_level="warning")


def _intake(space: Workspace) -> dict[str, Any]:
    """Return what takes in posts that are sent to us; nothing where no source is a webhook."""
    from functools import partial

    from insights.pipeline.ingest import save_batch
    from insights.web.intake import CONNECTOR

    receivers = {each.name: each.make() for each in space.sources() if each.connector == CONNECTOR}
    if not receivers:
        return {}
    for name in receivers:
        terminal.say(f"{name} takes posts at /ingest/{name}")
    return {"receivers": receivers, "save": partial(save_batch, space.engine())}


def erase(
    *,
    post: Annotated[str | None, Parameter(help="a post: source:native-id")] = None,
    author: Annotated[str | None, Parameter(help="a person: source:account")] = None,
    yes: Annotated[bool, Parameter(help="do not ask")] = False,
) -> int:
    """Erase a post, or everything a person wrote: text, vectors, quotes in digests, counts.

    What was erased does not come back with the next pull.

    Example: insights erase --author forum:alice --yes
    """
    import sys

    from insights.errors import UsageError
    from insights.pipeline.erase import erase as forget

    given = [value for value in (post, author) if value]
    if len(given) != 1 or ":" not in given[0]:
        raise UsageError("say what to erase: --post source:native-id or --author source:account")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("erasing cannot be undone; say --yes")
        terminal.say(f"erase {given[0]} for good? Type yes: ")
        if sys.stdin.readline().strip() != "yes":
            terminal.say("nothing was erased")
            return 1
    engine = terminal.workspace().engine()
    count = forget(engine, post=post, author=author, tell=terminal.say)
    print(f"erased {count:,} {'post' if count == 1 else 'posts'}")
    return 0 if count else 1


def doctor() -> int:
    """Say what is well and what is not, with one fix for each fault. Changes no data.

    Example: insights doctor
    """
    from datetime import UTC, datetime

    from insights.errors import InsightsError
    from insights.store import deliveries, posts, runs, sendings
    from insights.store.health import of_sources

    try:
        space = terminal.workspace()
        configured = space.sources()
        channels = space.channels()
        space.audiences(channels)
        settings = f"ok  settings: {len(configured)} sources, {len(channels)} publishers"
        if not space.has_database():
            terminal.tell(settings)
            terminal.tell("--  no database yet; it is made by: insights import, or insights run")
            return 0
        database = space.database
    except InsightsError as error:
        terminal.tell(f"!! {error}")
        return error.exit_code
    terminal.tell(settings)
    with database.read() as tx:
        held, last = posts.count(tx), runs.last(tx)
        told, skipped = of_sources(tx, datetime.now(UTC)), posts.skipped(tx)
        lost = deliveries.with_status(
            tx, deliveries.FAILED, deliveries.UNKNOWN, deliveries.OUTDATED
        )
        quoting = sendings.outdated(tx)
        unfinished = [run for run in runs.every(tx) if run["status"] != "finished"]
    terminal.tell(f"ok  database {database.shown}: {held:,} posts")
    faults = 0
    for source in told:
        for line in health.lines(source):
            terminal.tell(line)
            faults += line.startswith("!!")
    here = {c.name: c.publisher for c in channels}
    for row in lost:
        publisher = here.get(row["channel"])
        if publisher is None or row["address"] not in publisher.addresses:
            continue
        if publisher.replaces or row["status"] != deliveries.OUTDATED:
            faults += 1
            terminal.tell(health.undelivered(row))
    for row in quoting:
        faults += 1
        terminal.tell(health.still_quoting(row))
    for run in unfinished:
        faults += 1
        terminal.tell(
            f"!!  {run['id']} did not end; finish it: insights run --as-of {run['as_of']:%FT%T%z}"
        )
    when = f"ok  last run as of {last['as_of']:%Y-%m-%d %H:%M} UTC" if last else "--  no run yet"
    terminal.tell(when)
    for item in skipped:
        terminal.tell(f"--  {item['source']} skipped {item['place']}: {item['reason']}")
    return 1 if faults else 0
