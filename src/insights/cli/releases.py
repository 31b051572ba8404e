"""Commands that tell the product's releases, so that signals can be held against them."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from insights.cli import terminal

releases = App(
    "releases",
    help="""Tell and list releases: signals say which one they follow.

The github connector reads them by itself. What is done with them: docs/releases.md.""",
)

SHOWN_SKIPPED = 20


@releases.command(name="import")
def import_releases(
    file: Annotated[str, Parameter(help="CSV or JSONL")],
    *,
    source: Annotated[str, Parameter(help="what they are releases of")] = "import",
) -> int:
    """Bring releases in from a file: version, released_at (or date), and url and notes if known.

    Importing again updates; nothing is doubled. A line that cannot be read is named and skipped.

    Example: insights releases import releases.csv --source app
    """
    from insights.errors import UsageError
    from insights.pipeline.releases import LONGEST, import_file

    if not 0 < len(source) <= LONGEST:
        raise UsageError(f"--source has 1 to {LONGEST} letters")
    done = import_file(terminal.workspace().engine(), file, source)
    print(f"{source}: {done.saved:,} releases, {len(done.skipped):,} skipped")
    for item in done.skipped[:SHOWN_SKIPPED]:
        terminal.say(f"  skipped {item.where}: {item.reason}")
    if len(done.skipped) > SHOWN_SKIPPED:
        terminal.say(f"  … {len(done.skipped) - SHOWN_SKIPPED:,} more")
    return 1 if done.skipped and not done.saved else 0


@releases.command(name="list")
def list_releases(
    *, limit: Annotated[int, Parameter(help="how many, the latest first")] = 50
) -> None:
    """List the releases that are known, the latest first.

    Example: insights releases list --limit 10
    """
    from insights.store import releases as held

    with terminal.workspace().database.read() as tx:
        known = held.every(tx)[::-1]
    for one in known[: max(0, limit)]:
        notes = terminal.one_line(one.notes, 60)
        terminal.tell(
            f"{one.released_at:%Y-%m-%d %H:%M}  {one.version:<12}  {one.source}  {notes}".rstrip()
        )
    if len(known) > limit:
        terminal.say(f"… {len(known) - limit} more; see --limit")
    if not known:
        terminal.say("no release is known; see insights releases import --help")
