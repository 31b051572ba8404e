"""Commands that configure sources and say whether they can be read."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from insights.cli import terminal
from insights.errors import CredentialsError, InsightsError, UsageError, unknown

if TYPE_CHECKING:
    from pathlib import Path

    from insights.pipeline.engine import Source
    from insights.workspace import Workspace

TRIES = 2
"""A check is waited for: it does not try as often as a night does."""

sources = App("sources", help="List, check and add the sources that posts come from.")

Words = Annotated[
    str,
    Parameter(
        allow_leading_hyphen=True,
        help="a name for the source, and its options as key=value or --key value",
    ),
]


@sources.command(name="list")
def list_sources() -> None:
    """List the configured sources: what reads them, how many posts there are, how they stand.

    Example: insights sources list
    """
    space = terminal.workspace()
    known = _health(space)
    for source in space.sources():
        held = known.get(source.name)
        if held is None:
            told = "never pulled"
        else:
            newest = f", newest {held['newest_at']:%Y-%m-%d %H:%M}" if held["newest_at"] else ""
            note = f": {held['note']}" if held["note"] else ""
            told = f"{held['posts'] or 0:,} posts{newest}  {held['state']}{note}"
        terminal.tell(f"{source.name:<16} {source.connector:<12} {told}")
    if not space.settings.sources:
        terminal.say("no source is configured; add one with: insights sources add CONNECTOR")


@sources.command
def check(*names: Annotated[str, Parameter(help="all if none is given")]) -> int:
    """Say of each source whether it can be read, what, and how long a first pull takes.

    Asks each platform at most three times and changes nothing. One that asked us to come back later
    is left alone until then, unless it is named. Ends with 3 when credentials are missing or
    refused.

    Example: insights sources check forum
    """
    space = terminal.workspace()
    chosen = pick(space, names)
    known = _health(space)
    codes = [_checked(source, {} if names else known.get(source.name, {})) for source in chosen]
    return max(codes, key=lambda code: (code == 3, code))


@sources.command
def add(connector: Annotated[str, Parameter(help="e.g. discourse")], /, *words: Words) -> int:
    """Write a source into insights.toml, then check it. On a terminal, asks what it needs.

    Secrets stay out of the file: give the name of the environment variable that holds one.
    Comments and the order of the file stay as they are.

    Example: insights sources add discourse forum url=https://forum.example api_key='$FORUM_KEY'
    """
    from insights import plugins
    from insights.cli import questions

    installed = plugins.names("connectors")
    if connector not in installed:
        raise UsageError(unknown("connector", connector, installed))
    model = plugins.connector(connector).Options
    named = bool(words) and "=" not in words[0] and not words[0].startswith("--")
    given = questions.take(model, words[1:] if named else words)
    asking = sys.stdin.isatty()
    name = words[0] if named else connector
    if asking and not named:
        terminal.say("The name of a source begins the ids of its posts, so it stays.")
        name = questions.line(f"name [{connector}]") or connector
    if asking:
        given = questions.ask(model, given, name)
    path, text = _with(name, connector, given)
    terminal.write_whole(path.resolve(), text.encode(), keep_mode=True)
    print(f"[sources.{name}] was added to {path}")
    (source,) = pick(terminal.workspace(), [name])
    code = _checked(source, {})
    if code == 0:
        terminal.say(f"bring its posts in with: insights ingest {name}")
    return code


def pick(space: Workspace, names: tuple[str, ...] | list[str]) -> list[Source]:
    """Return the named sources, or all; UsageError and SettingsError say what there is."""
    from insights.errors import SettingsError

    configured = {source.name: source for source in space.sources()}
    for name in names:
        if name not in configured:
            raise UsageError(unknown("source", name, configured))
    if not configured:
        raise SettingsError("no source is configured; add [sources.NAME] to insights.toml")
    return [configured[name] for name in dict.fromkeys(names or configured)]


def _with(name: str, connector: str, given: dict[str, Any]) -> tuple[Path, str]:
    """Return the settings file and its text with the new source in it, which is valid."""
    from insights import settings
    from insights.workspace import Workspace

    path = settings.find(terminal.config())
    text = settings.read(path) if path.is_file() else ""
    if name in settings.parse(text, path).sources:
        raise UsageError(f"a source is called '{name}' already; give the new one another name")
    added = settings.with_source(text, name, {"connector": connector, **given})
    Workspace(settings.parse(added, path), path.resolve().parent).sources()
    return path, added


def _checked(source: Source, held: dict[str, Any]) -> int:
    """Tell in one line how a source stands; return its exit code."""
    resume_at = held.get("resume_at")
    if resume_at is not None and resume_at > datetime.now(UTC):
        terminal.tell(f"--  {source.name}: is not asked before {resume_at:%Y-%m-%d %H:%M} UTC")
        terminal.say(f"    unless it is named: insights sources check {source.name}")
        return 0
    if source.http is not None:
        source.http.max_tries = TRIES
    try:
        found = source.make().check()
    except InsightsError as error:
        terminal.tell(f"!!  {source.name}: {error}")
        return 3 if isinstance(error, CredentialsError) else 1
    finally:
        if source.http is not None:
            source.http.close()
    slow = f"a first pull takes {terminal.duration(found.seconds)}" if found.seconds else ""
    told = slow or "no limit of its own slows a first pull"
    terminal.tell(f"ok  {source.name}: reads {found.reads}; {told}")
    return 0


def _health(space: Workspace) -> dict[str, dict[str, Any]]:
    """Return what the store knows of sources, by name; nothing where there is no database."""
    from insights.store import sources as held

    if not space.has_database():
        return {}
    with space.database.read() as tx:
        return {row["name"]: row for row in held.every(tx)}
