"""Commands that read digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from insights.cli import terminal

if TYPE_CHECKING:
    from insights.digest.claims import Evidence
    from insights.digest.content import Digest
    from insights.digest.recount import Archive

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
    digest_id: Annotated[str, Parameter(help="a digest")],
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
    from insights.errors import UsageError, unknown
    from insights.pipeline.claims import archive_of
    from insights.store import digests

    with terminal.workspace().database.read() as tx:
        known = [row["id"] for row in digests.every(tx)]
        if not known:
            raise UsageError("there is no digest yet; make one with: insights run")
        wanted = digest_id or known[0]
        if wanted not in known:
            raise UsageError(unknown("digest", wanted, known[:5]))
        found = archive_of(tx, wanted)
    if found is None:
        raise UsageError(f"{wanted} was composed before evidence was kept; take a later digest")
    return found
