"""Commands that read digests and topics."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from insights.cli import terminal

digest = App("digest", help="Read digests.")
topics = App("topics", help="Read topics and what became of them.")


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


@topics.command(name="list")
def list_topics(
    *, limit: Annotated[int, Parameter(help="how many, the largest first")] = 50
) -> None:
    """List active topics with their posts and people."""
    from insights.store import topics as held

    with terminal.workspace().database.read() as tx:
        rows = [row for row in held.exported(tx) if row["status"] == "active"]
    for row in sorted(rows, key=lambda row: (-row["people"], row["id"]))[:limit]:
        title = terminal.one_line(row["title"], 70)
        print(f"{row['id']:>6}  {row['people']:>6,} people {row['posts']:>7,} posts  {title}")
    if len(rows) > limit:
        terminal.say(f"… {len(rows) - limit} more; see --limit")
    if not rows:
        terminal.say("there is no topic yet; topics are made by: insights run")


@topics.command
def history(topic_id: Annotated[str, Parameter(help="e.g. T12")]) -> None:
    """Tell what became of a topic: birth, splits, merges.

    Example: insights topics history T12
    """
    from insights.errors import UsageError
    from insights.store import topics as held

    with terminal.workspace().database.read() as tx:
        events = held.history(tx, topic_id)
    if not events:
        raise UsageError(f"no topic is called '{topic_id}'; see insights topics list")
    for event in events:
        others = f" {', '.join(event['others'])}" if event["others"] else ""
        share = f" ({event['share']:.0%} of its members)" if event["share"] is not None else ""
        print(f"{event['at']:%Y-%m-%d %H:%M}  {event['topic_id']} {event['event']}{others}{share}")
