"""Commands that show what is left out and why, and take people's word about it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from insights.cli import terminal

Tag = Literal["spam", "bot", "thanks", "plus_one", "duplicate"]
Shown = Literal[
    "empty", "thanks", "plus_one", "bot", "spam", "duplicate", "near_duplicate", "cross_post"
]
Format = Literal["table", "jsonl"]


def noise(
    *,
    kind: Annotated[Shown | None, Parameter(help="only posts with this tag")] = None,
    limit: Annotated[int, Parameter(help="posts, the latest first")] = 50,
    format: Annotated[Format, Parameter(help="of the answer")] = "table",
) -> None:
    """Show what is tagged as noise, how sure that is (0..1) and why.

    Example: insights noise --kind spam
    """
    from insights.errors import UsageError
    from insights.store import tags

    if limit < 1:
        raise UsageError("--limit must be at least 1")
    with terminal.workspace().database.read() as tx:
        rows = tags.listed(tx, kind, limit)
    for row in rows:
        if format == "jsonl":
            terminal.emit(row)
            continue
        terminal.tell(f"{row['post_id']}  {terminal.one_line(row['text'], 100)}")
        for name, score in row["noise"].items():
            of = f" ({row['original']})" if row["original"] and _is_copy(name) else ""
            terminal.tell(f"    {name} {score:.2f}: {row['reasons'].get(name, '')}{of}")


def correct(
    post: Annotated[str | None, Parameter(help="a post: source:native-id")] = None,
    *,
    is_: Annotated[list[Tag] | None, Parameter(name="--is", help="what it is")] = None,
    is_not: Annotated[list[Tag] | None, Parameter(name="--is-not", help="what it is not")] = None,
    intent: Annotated[
        str | None, Parameter(help="all that it wants, with commas: problem,request")
    ] = None,
    undo: Annotated[int | None, Parameter(help="take back the correction of this number")] = None,
    by: Annotated[str | None, Parameter(help="who says it; by default your account")] = None,
) -> None:
    """Say what a post is, or is not. It holds from now on, and `insights train` learns from it.

    Example: insights correct forum:4711 --is-not spam --intent problem
    """
    from insights.errors import UsageError
    from insights.pipeline import corrections

    engine, who = terminal.workspace().engine(), by or terminal.account()
    if undo is not None:
        if post or is_ or is_not or intent:
            raise UsageError("--undo takes a number and nothing else")
        print(f"{corrections.undo(engine, undo, by=who)}: correction {undo} is taken back")
        return
    if not post:
        raise UsageError("name a post, e.g. insights correct forum:4711 --is spam")
    both = set(is_ or ()) & set(is_not or ())
    if both:
        raise UsageError(f"a post is {min(both)} or it is not")
    said: dict[str, bool] = {**dict.fromkeys(is_ or (), True), **dict.fromkeys(is_not or (), False)}
    wanted = None if intent is None else [name.strip() for name in intent.split(",")]
    numbers = corrections.correct(engine, post, by=who, noise=said, intents=wanted)
    print(f"{post}: noted as {', '.join(map(str, numbers))}")


def corrections(*, format: Annotated[Format, Parameter(help="of the answer")] = "table") -> None:
    """List what people corrected, oldest first, with the number that --undo takes.

    Example: insights corrections
    """
    from insights.store import corrections as held

    with terminal.workspace().database.read() as tx:
        entries = held.history(tx)
    undone = {entry["undoes"] for entry in entries}
    for entry in entries:
        if format == "jsonl":
            terminal.emit({**entry, "in_force": _in_force(entry, undone)})
            continue
        state = "" if _in_force(entry, undone) else "  (taken back)"
        if entry["undoes"] is not None:
            state = f"  takes back {entry['undoes']}"
        terminal.tell(
            f"{entry['id']}  {entry['at']:%Y-%m-%d %H:%M}  {entry['by']}  {entry['subject']}  "
            f"{_said(entry)}{state}"
        )


def train_spam(file: str | None) -> int:
    """Teach the spam model; see `insights.cli.ask.train`."""
    from insights.pipeline.spam import train

    posts = None if file is None else list(terminal.records(file))
    lesson = train(terminal.workspace().engine(terminal.Progress()), posts)
    now, before = lesson.now, lesson.before
    print(
        f"spam: precision {now.precision:.3f}, recall {now.recall:.3f}, F1 {now.f1:.3f} in "
        f"cross-validation on {lesson.examples:,} posts, {lesson.spam:,} of them spam, "
        f"{lesson.corrected:,} from corrections"
    )
    if not lesson.kept:
        terminal.fail(f"the spam model that is there has F1 {before.f1:.3f}; it was kept")
        return 1
    return 0


def _is_copy(name: str) -> bool:
    return name in ("duplicate", "near_duplicate", "cross_post")


def _in_force(entry: dict[str, Any], undone: set[Any]) -> bool:
    return entry["undoes"] is None and entry["id"] not in undone


def _said(entry: dict[str, Any]) -> str:
    body = entry["body"].get(entry["kind"])
    if entry["kind"] == "feedback":
        reason = entry["body"]["reason"]
        return f"{body}: {terminal.one_line(reason, 80)}" if reason else str(body)
    if not isinstance(body, dict):
        return str(entry["kind"])
    if entry["kind"] == "intent":
        return "intent " + (", ".join(name for name, holds in body.items() if holds) or "none")
    return ", ".join(f"is {name}" if holds else f"is not {name}" for name, holds in body.items())
