"""The command that says how the community is doing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from insights.cli import terminal

if TYPE_CHECKING:
    from insights.digest.pulse import Pulse
    from insights.pulse.helpers import Helper


def community(
    *,
    as_of: Annotated[
        str | None, Parameter(help="the end of the period; by default the last run's")
    ] = None,
    json: Annotated[bool, Parameter(help="for programs", negative=())] = False,
) -> None:
    """Say how the community is doing: who is there, who is answered, and what to do about it.

    What moved beyond its usual swing stands first: docs/community.md.

    Example: insights community
    """
    from datetime import UTC, datetime

    from insights.pulse.look import look
    from insights.store import runs

    space = terminal.workspace()
    settings, key = space.settings, space.key
    with space.database.read() as tx:
        last = runs.last(tx)
        end = terminal.moment(as_of, "--as-of") if as_of else None
        end = end or (last["as_of"] if last else datetime.now(UTC))
        period, found, helpers = look(
            tx,
            end,
            period_days=settings.digest.period_days,
            min_people=settings.digest.min_people,
            roles=settings.pulse.roles(key),
        )
    if json:
        first, until = (at.isoformat() for at in period)
        named = [helper.model_dump(mode="json") for helper in helpers]
        terminal.emit(
            {"period": {"start": first, "end": until}, **found.model_dump(mode="json"),
             "helpers": named}
        )  # fmt: skip
        return
    _show(found, helpers)


def _show(found: Pulse, helpers: Sequence[Helper]) -> None:
    from insights.digest import figures, vital

    print(vital.lead(found))
    for figure in vital.known(found):
        terminal.tell("")
        direction = f"  {vital.direction(figure)}" if figure.moved else ""
        terminal.tell(f"{figure.title}: {vital.now(figure)}{direction}")
        usual = f"; {vital.usual(figure)}" if vital.usual(figure) else ""
        terminal.tell(
            f"    before: {vital.against(figure, figure.before)}; quarter ago: "
            f"{vital.against(figure, figure.quarter)}{usual}"
        )
        terminal.tell(f"    {figure.advice}")
    if found.waiting:
        print("\nWaiting for an answer")
    for group in found.waiting:
        terminal.tell(
            f"    {terminal.one_line(group.title, 60)}: {figures.people(group.people)}, up to "
            f"{vital.waiting_for(group.oldest_days)}"
        )
    if helpers:
        print("\nWho helps most in four weeks (pseudonyms, as in insights export posts)")
    for helper in helpers:
        terminal.tell(f"    {helper.pseudonym}: helped {figures.people(helper.people)}")
    if vital.unknown(found):
        print("\nWhat is not known")
    for line in vital.unknown(found):
        terminal.tell(f"    {line}")
