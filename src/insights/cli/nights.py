"""Commands that run nights: one now, many in the past, every night from now on."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from insights.cli import rehearsals, terminal


def run(
    *,
    as_of: Annotated[str | None, Parameter(help="pretend that it is this time (UTC)")] = None,
    publish: Annotated[bool, Parameter(help="deliver the digest")] = True,
) -> int:
    """Run a night: ingest what is configured, then every step to the digest.

    A run that was interrupted is finished by the next one. The same time again changes nothing.

    Example: insights run --as-of 2026-05-04 --no-publish
    """
    from insights.pipeline.nightly import run as run_night

    at = terminal.moment(as_of, "--as-of")
    space = terminal.workspace()
    outcome = run_night(
        space.engine(terminal.Progress()),
        as_of=at,
        community=space.settings.community,
        publishing=publish,
    )
    digest = outcome.digest
    terminal.say(f"{digest.id}: {digest.headline}")
    for name, where in outcome.delivered.items():
        terminal.say(f"  {name}: {where}")
    for name in outcome.broken:
        terminal.say(f"  {name} could not be read: {outcome.ingested[name]}")
    if not outcome.delivered:
        terminal.say(f"  read it with: insights digest show {digest.id}")
    return 4 if outcome.broken and publish else 0


def replay(
    *,
    since: Annotated[str | None, Parameter(help="the first night")] = None,
    until: Annotated[str | None, Parameter(help="the last night")] = None,
    report: Annotated[bool, Parameter(help="run nothing, say how the detectors do")] = False,
    events: Annotated[str | None, Parameter(help="CSV of date,title,pattern")] = None,
    releases: Annotated[str | None, Parameter(help="CSV of date,version,notes")] = None,
    format: Annotated[rehearsals.Form, Parameter(help="of the report")] = "table",
) -> None:
    """Run every night of a stretch of the archive, each knowing only its past.

    A night looks in the last second of its day, or at the time of day that --since names.
    Signals carry the night on which they would have been raised. Goes on where it was stopped.

    With --report nothing is run or written: detectors are asked every night, by default of the
    whole archive, what they would have told as they are tuned now. It is held against chance,
    against corrections, and against events and releases that are known.

    Example: insights replay --since 2026-01-01 --until 2026-03-31
    Example: insights replay --report --events events.csv
    """
    from insights.errors import UsageError

    if report:
        rehearsals.show_report(
            since=since, until=until, events=events, releases=releases, form=format
        )
        return
    if events or releases or format != "table":
        raise UsageError("--events, --releases and --format are for insights replay --report")
    if since is None or until is None:
        raise UsageError("name the first and the last night, with --since and --until")
    from insights.pipeline.replay import replay as replay_nights

    first, last = terminal.night(since, "--since"), terminal.night(until, "--until")
    engine = terminal.workspace().engine(terminal.Progress())
    nights = replay_nights(engine, since=first, until=last)
    terminal.say(f"replayed {nights:,} nights; see insights export signals")


def schedule(
    *,
    cron: Annotated[str, Parameter(help="when, in UTC")] = "0 2 * * *",
) -> None:
    """Serve the nightly Prefect flow on a schedule until it is stopped.

    Example: insights schedule --cron "0 2 * * *"
    """
    from flows.nightly import serve

    terminal.workspace().engine()  # settings that cannot work are told now, not at two at night
    serve(cron=cron, config=terminal.config(), say=terminal.say)
