"""Commands that read digests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from insights.cli import terminal

if TYPE_CHECKING:
    from insights.digest.content import Digest
    from insights.digest.query import Evidence
    from insights.digest.recount import Archive
    from insights.pipeline.resend import Outlook
    from insights.workspace import Workspace

digest = App("digest", help="Read digests, and send them.")


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
    from insights.store import digests

    space = terminal.workspace()
    found = known(space, digest_id)
    with space.database.read() as tx:
        content = digests.get(tx, found)
    sys.stdout.buffer.write(render(Digest.model_validate(content))[format])


@digest.command
def send(
    digest_id: Annotated[str | None, Parameter(help="the latest if none is given")] = None,
    *,
    to: Annotated[str | None, Parameter(help="a channel; all if none is given")] = None,
    address: Annotated[str | None, Parameter(help="of the channel; any other: a test")] = None,
    dry_run: Annotated[bool, Parameter(help="send nothing, say what would be sent")] = False,
    output: Annotated[Path | None, Parameter(help="a folder for the letters of a dry run")] = None,
    again: Annotated[bool, Parameter(help="also what is unknown, or can be replaced")] = False,
    arrived: Annotated[bool, Parameter(help="send nothing, note that it arrived")] = False,
) -> int:
    """Send a digest to whom it is due; who has it gets it no second time.

    Where it is not known whether it arrived, look: then say --again to have it sent once more, or
    --arrived. With an address that gets no digests it is a test, of which nothing is recorded.

    Example: insights digest send --dry-run --output letters
    Example: insights digest send --to mail --address me@example.org
    Example: insights digest send D-20260504-020000 --to mail --again
    """
    from insights.errors import UsageError
    from insights.pipeline import resend
    from insights.pipeline.resend import Wanted

    if sum((dry_run, arrived, again and arrived)) > 1 or (output and not dry_run):
        raise UsageError("choose one of --dry-run and --arrived; --output is for --dry-run")
    space = terminal.workspace()
    engine = space.engine()
    wanted = Wanted(known(space, digest_id), to, address)
    if dry_run:
        return _show_outlook(resend.outlook(engine, wanted, again=again), output)
    if arrived:
        places = resend.arrived(engine, wanted)
        for place in places:
            terminal.tell(f"{place.told}: it arrived")
        return 0 if places else _nothing("nothing of it is unknown")
    if resend.is_trial(engine, wanted):
        terminal.tell(f"{to}: {resend.trial(engine, wanted)} (a test, not recorded)")
        return 0
    report = resend.send(engine, wanted, again=again)
    for name, where in report.said.items():
        terminal.tell(f"{name}: {where}")
    report.check()
    return 0 if report.said else _nothing("everybody has it, or it is not known; see --dry-run")


def _nothing(why: str) -> int:
    terminal.say(f"nothing was done: {why}")
    return 0


def _show_outlook(told: list[Outlook], output: Path | None) -> int:
    for one in told:
        if one.letter is not None:
            terminal.tell(f"{one.place.told}: would be sent, {len(one.letter):,} bytes")
            if output:
                terminal.tell(f"  {_write(one, output)}")
        elif one.goes:
            terminal.tell(f"{one.place.told}: cannot be written ({one.trouble})")
        else:
            when = f" since {one.at:%Y-%m-%d %H:%M} UTC" if one.at else ""
            terminal.tell(f"{one.place.told}: would not be sent ({one.status}{when})")
    if not told:
        terminal.tell("no channel gets this digest; see [publishers] and [audiences]")
    return 0


def _write(one: Outlook, folder: Path) -> Path:
    from insights.errors import UsageError

    letter = one.letter or b""
    ending = "eml" if letter.startswith(b"Subject:") else "json" if letter[:1] == b"{" else "txt"
    stem = "-".join(part for part in one.place if part)
    safe = "".join(c if c.isalnum() or c in "-.@" else "_" for c in stem)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made ({error.strerror})") from None
    path = folder / f"{safe}.{ending}"
    terminal.write_whole(path, letter)
    return path


def known(space: Workspace, digest_id: str | None) -> str:
    """Return the id of a digest, or of the latest (none, or "latest"); UsageError without one."""
    from insights.errors import UsageError, unknown
    from insights.store import digests

    with space.database.read() as tx:
        there: list[str] = [row["id"] for row in digests.every(tx)]
    if not there:
        raise UsageError("there is no digest yet; make one with: insights run")
    if digest_id in (None, "latest"):
        return there[0]
    if digest_id not in there:
        raise UsageError(unknown("digest", digest_id or "", there[:5]))
    return digest_id


@digest.command
def recount(
    digest_id: Annotated[str | None, Parameter(help="the latest if none is given")] = None,
) -> int:
    """Count every number of a digest again and look up every quote; name what differs.

    Counted are the posts that its night counted and that still exist. The exit code is 1 where
    something differs.

    Example: insights digest recount
    """
    from insights.digest import recount as recounts
    from insights.digest.claims import of

    digest, about, archive = _archive(digest_id)
    claims = of(digest, about)
    counted = recounts.recount(claims, archive)
    differing = recounts.differing(claims, counted)
    for claim in differing:
        terminal.tell(f"{claim.path}: {claim.value} in the digest, {counted[claim.path]} counted")
    said = f"{len(claims)} numbers and quotes of {digest.id} counted again"
    terminal.say(f"{said}: {len(differing)} differ" if differing else f"{said}: all hold")
    return 1 if differing else 0


@digest.command(name="evidence")
def show_evidence(
    digest_id: Annotated[str, Parameter(help="its id, or `latest`")],
    path: Annotated[
        str | None, Parameter(help="a number or quote; without it, all of them")
    ] = None,
    *,
    limit: Annotated[int, Parameter(help="the most posts to show")] = 20,
) -> None:
    """Show the posts behind a number of a digest, or name its numbers.

    Nothing is shown that fewer people than the privacy floor are behind.

    Example: insights digest evidence D-20260331-020000 items/emerging-S1/people
    """
    from insights.digest import escape, figures
    from insights.digest.behind import shown
    from insights.digest.claims import of
    from insights.errors import UsageError, unknown
    from insights.store import memberships, posts, topics

    digest, about, archive = _archive(digest_id)
    claims = {claim.path: claim for claim in of(digest, about)}
    if path is None:
        for claim in claims.values():
            terminal.tell(f"{claim.path}  {claim.value}")
        return
    if path not in claims:
        raise UsageError(unknown("number", path, list(claims)))
    with terminal.workspace().database.read() as tx:
        found = shown(claims[path], archive, topics.dismissed(tx))
        rows = found.rows[: max(0, limit)]
        words = memberships.verbatim(tx, rows)
        known = posts.by_id(tx, {row.post for row in rows})
    if found.refused:
        raise UsageError(found.refused)
    for row in rows:
        url = escape.link(known[row.post].url) or ""
        terminal.tell(f"{figures.moment(row.at)}  {row.source}  {row.post}  {url}".rstrip())
        terminal.tell(f"    {escape.plain(words.get((row.post, row.position), EDITED))}")
    left = len({row.post for row in found.rows} - {row.post for row in rows})
    if left:
        terminal.say(f"{figures.plural(left, 'more post')}; see --limit")
    if found.withheld:
        terminal.say(f"{figures.plural(found.withheld, 'post')} below the privacy floor or noise")


EDITED = "(edited since)"


def _archive(digest_id: str | None) -> tuple[Digest, Evidence, Archive]:
    """Return a digest, what it is about, and what the store holds of it."""
    from insights.errors import UsageError
    from insights.pipeline.claims import archive_of

    space = terminal.workspace()
    wanted = known(space, digest_id)
    with space.database.read() as tx:
        found = archive_of(tx, wanted, space.settings.pulse.roles(space.key))
    if found is None:
        raise UsageError(f"{wanted} was composed before evidence was kept; take a later digest")
    return found
