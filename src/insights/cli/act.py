"""Commands that act on insights: link and open issues, and tell people what was done."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from insights.cli import terminal

Insight = Annotated[str, Parameter(help="a topic, signal or insight: T12, S3, problem-T12")]
By = Annotated[str | None, Parameter(help="who says so; the user of this system by default")]


def link(
    insight: Insight,
    issue: Annotated[str | None, Parameter(help="its address, #12, app#12 or APP-12")] = None,
    *,
    accept: Annotated[bool, Parameter(help="the issue that the last digest proposes")] = False,
    by: By = None,
) -> None:
    """Link a topic or a signal to the issue of a tracker that is about it.

    Example: insights link T12 https://github.com/acme/app/issues/12
    """
    from insights.errors import UsageError
    from insights.pipeline import issues, links

    if bool(issue) == accept:
        raise UsageError("name an issue, or take the one that the last digest proposes: --accept")
    engine = terminal.workspace().engine()
    wanted = issue or issues.proposed(engine, insight)
    subject, named, is_new = links.link(engine, insight, wanted, by=by or terminal.account())
    terminal.tell(f"{subject} is linked to {named.name}  {named.url}")
    if not is_new:
        terminal.say("it was linked already")
    elif named.source is None:
        terminal.say("no source reads this issue, so its state cannot be followed")


def unlink(insight: Insight, issue: Annotated[str, Parameter(help="its address or name")]) -> None:
    """Take a link back.

    Example: insights unlink T12 '#12'
    """
    from insights.pipeline import links

    subject, name = links.unlink(terminal.workspace().engine(), insight, issue)
    terminal.tell(f"{subject} is not linked to {name} any more")


def links(
    insight: Annotated[str | None, Parameter(help="T12, S3 …; all if none is given")] = None,
    *,
    cleaned: Annotated[
        str | None, Parameter(help="an issue out of which you took words that are gone")
    ] = None,
) -> None:
    """List links, how their issues stand, and whether people are quiet since.

    Example: insights links T12
    Example: insights links --cleaned https://github.com/acme/app/issues/12
    """
    from insights.pipeline import issues
    from insights.pipeline import links as held

    engine = terminal.workspace().engine()
    if cleaned:
        terminal.tell(f"{issues.cleaned(engine, cleaned)} holds no words that are gone any more")
        return
    rows = held.told(engine, insight)
    for row in rows:
        terminal.tell(f"{row.subject:>6}  {row.state}  {row.url}")
        for line in row.notes:
            terminal.tell(f"{'':>8}{line}")
    if not rows:
        terminal.say("nothing is linked; link an issue with: insights link T12 ISSUE")


def open_issue(
    insight: Insight,
    *,
    in_: Annotated[str, Parameter(name="--in", help="the source of the tracker")],
    dry_run: Annotated[bool, Parameter(help="show it, send nothing")] = False,
    by: By = None,
) -> None:
    """Open an issue with the evidence filled in, once: a second call says where it is.

    Example: insights open problem-T12 --in app --dry-run
    """
    import json

    from insights.pipeline import issues

    engine = terminal.workspace().engine()
    if dry_run:
        written = issues.draft(engine, insight, in_)
        body = written.body
        text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
        for line in (written.title, "", *text.splitlines()):
            terminal.tell(line)
        terminal.say("nothing was sent; without --dry-run it is")
        return
    url, is_new = issues.open_issue(engine, insight, in_, by=by or terminal.account())
    terminal.tell(url)
    if not is_new:
        terminal.say("it is open already; nothing was sent")


def replies(
    insight: Insight,
    *,
    post: Annotated[bool, Parameter(help="send it, to each thread once ever")] = False,
    by: By = None,
) -> int:
    """List the threads of the people who reported what is done, and what to tell them.

    Example: insights replies T12
    """
    from insights.pipeline import replies as telling

    space = terminal.workspace()
    engine = space.engine()
    found = telling.prepare(engine, insight, space.settings.community)
    threads = telling.post(engine, found, by=by or terminal.account()) if post else found.threads
    for thread in threads:
        terminal.tell(f"{thread.state:>8}  {thread.url}  {thread.where}".rstrip())
    if threads:
        print()
        for line in found.text.splitlines():
            terminal.tell(line)
    else:
        terminal.say(f"there is no thread to reply in for {found.subject}")
    if found.out_of_reach:
        terminal.say(f"{found.out_of_reach} more have no page to reply on, such as reviews")
    if not post and any(thread.state in ("ready", "failed") for thread in threads):
        terminal.say("nothing was sent; to reply in the threads that are ready: --post")
    open_ends = [thread for thread in threads if thread.state in ("failed", "unknown", "sending")]
    if open_ends:
        terminal.say("an unknown one may have been taken: look at the thread, it is not sent again")
    return 4 if post and open_ends else 0
