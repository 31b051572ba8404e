"""Commands that take people's word about a digest, and say how often it was useful."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from insights.cli import terminal

Form = Literal["table", "jsonl"]

feedback = App(
    "feedback",
    help="""Say whether an item of a digest was useful, and see how often they are.

What is said counts in the method section of digests and in `insights tune`: docs/feedback.md.""",
)


@feedback.default
def tell(
    digest: Annotated[str, Parameter(help="its id, or `latest`")],
    item: Annotated[str, Parameter(help="its id, as Markdown and JSON show it")],
    verdict: Annotated[
        Literal["useful", "not-useful", "wrong"],
        Parameter(help="wrong: what it says is not so, or is chance"),
    ],
    *,
    reason: Annotated[str, Parameter(help="why, in at most 1,000 characters")] = "",
    by: Annotated[str | None, Parameter(help="who says it; by default your account")] = None,
) -> None:
    """Say that an item of a digest was useful, not useful, or wrong; what was said last counts.

    Example: insights feedback latest emerging-S12 wrong --reason "a test of ours"
    """
    from insights import feedback as told
    from insights.cli.digests import known

    space = terminal.workspace()
    who = by or terminal.account()
    digest = known(space, digest)
    word = told.tell(space.database, digest, item, verdict, by=who, reason=reason)
    noted = f"noted as {word.number}" if word.new else f"you said so before, as {word.number}"
    terminal.tell(f"{item}, “{terminal.one_line(word.item.title, 60)}”: {verdict}; {noted}")
    if word.new:
        terminal.say(f"take it back with: insights correct --undo {word.number}")


@feedback.command(name="list")
def list_feedback(*, format: Annotated[Form, Parameter(help="of the answer")] = "table") -> None:
    """List what people said of items, oldest first, with the number that `correct --undo` takes.

    Example: insights feedback list --format jsonl
    """
    from insights import feedback as told
    from insights.store import corrections

    with terminal.workspace().database.read() as tx:
        entries = corrections.in_force(tx, told.KIND)
    for entry in entries:
        digest, _, item = entry["subject"].partition("/")
        body = entry["body"]
        if format == "jsonl":
            row = {"id": entry["id"], "at": entry["at"], "by": entry["by"], "digest": digest}
            terminal.emit({**row, "item": item, "kind": body["kind"],
                           "verdict": body[told.KIND], "reason": body["reason"]})  # fmt: skip
            continue
        reason = f": {terminal.one_line(body['reason'], 80)}" if body["reason"] else ""
        terminal.tell(
            f"{entry['id']}  {entry['at']:%Y-%m-%d %H:%M}  {entry['by']}  {digest}  {item}  "
            f"{body[told.KIND]}{reason}"
        )
    if not entries:
        terminal.say("nobody has judged an item yet; see insights feedback --help")


@feedback.command
def report(
    *,
    format: Annotated[Literal["table", "json"], Parameter(help="of the answer")] = "table",
) -> None:
    """Say how many judged items were useful or wrong, by kind, each issue once.

    Example: insights feedback report
    """
    from insights import feedback as told
    from insights.store import corrections

    with terminal.workspace().database.read() as tx:
        found = told.judged(corrections.in_force(tx, told.KIND))
    rows = [*found, told.overall(found)]
    if format == "json":
        terminal.emit({row.kind: row.model_dump(mode="json", exclude={"kind"}) for row in rows})
        return
    if not found:
        terminal.say("nobody has judged an item yet; see insights feedback --help")
        return
    print(f"{'kind':<14}{'judged':>8}{'useful':>8}{'95 %':>14}{'wrong':>8}{'95 %':>14}")
    for row in rows:
        print(
            f"{row.kind:<14}{row.judged:>8,}{row.useful:>8,}{_span(row.useful_between):>14}"
            f"{row.wrong:>8,}{_span(row.wrong_between):>14}"
        )


def _span(between: tuple[float, float]) -> str:
    return f"{between[0]:.0%} to {between[1]:.0%}"
