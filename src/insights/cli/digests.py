"""Commands that read digests."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from insights.cli import terminal

digest = App("digest", help="Read digests.")


@digest.command(name="list")
def list_digests() -> None:
    """List the digests there are, newest first."""
    from insights.store import digests

    with terminal.workspace().database.read() as tx:
        rows = digests.every(tx)
    for row in rows:
        print(f"{row['id']}  as of {row['as_of']:%Y-%m-%d %H:%M} UTC  ({row['run_id']})")
    if not rows:
        terminal.say("there is no digest yet; make one with: insights run")


@digest.command
def show(
    digest_id: Annotated[str | None, Parameter(help="the latest if none is given")] = None,
    *,
    format: Annotated[
        Literal["txt", "md", "json", "html"], Parameter(help="of the output")
    ] = "txt",
) -> None:
    """Show a digest.

    Example: insights digest show --format md
    """
    import sys

    from insights.digest.content import Digest
    from insights.digest.render import render
    from insights.errors import UsageError, unknown
    from insights.store import digests

    with terminal.workspace().database.read() as tx:
        known = [row["id"] for row in digests.every(tx)]
        if not known:
            raise UsageError("there is no digest yet; make one with: insights run")
        content = digests.get(tx, digest_id or known[0])
    if content is None:
        raise UsageError(unknown("digest", digest_id or "", known[:5]))
    sys.stdout.buffer.write(render(Digest.model_validate(content))[format])
