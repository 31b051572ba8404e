"""Commands that bring posts in: from files, and from the configured sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from insights.cli import terminal
from insights.errors import UsageError

if TYPE_CHECKING:
    from insights.pipeline.engine import Source
    from insights.pipeline.ingest import Window
    from insights.store.posts import Tally
    from insights.workspace import Workspace

SHOWN_SKIPPED = 20
SHOWN_REASONS = 5


def import_files(
    *files: Annotated[str, Parameter(help="JSONL, CSV, Parquet or mbox; also .gz")],
    source: Annotated[str, Parameter(help="the name that the posts' ids begin with")] = "import",
) -> int:
    """Bring posts in from files. Importing again updates; nothing is doubled.

    Each post needs `id`, `text` and `created_at` (ISO 8601; UTC if there is no zone). A line that
    cannot be read is named and skipped, everything else goes in.

    Example: insights import reviews.jsonl --source reviews
    """
    if not files:
        raise UsageError("name at least one file, e.g. insights import posts.jsonl")
    space = terminal.workspace()
    return _report(space, _pull(space, [space.file_source(source, list(files))]))


def ingest(
    *names: Annotated[str, Parameter(help="sources; all if none is given")],
    since: Annotated[str | None, Parameter(help="bring in what was written from this day")] = None,
    until: Annotated[str | None, Parameter(help="and before this day")] = None,
) -> int:
    """Pull new, edited and deleted posts from the configured sources.

    A source that asked us to come back later is left alone until then, unless it is named.

    With --since or --until, a stretch of the past is brought in beside that: the place up to
    which each source was read stays as it is. The same command again goes on where it stopped.

    Example: insights ingest forum tracker --since 2025-01-01 --until 2025-07-01
    """
    from insights.cli.sources import pick

    space = terminal.workspace()
    chosen = pick(space, names)
    results = _pull(space, chosen, _window(since, until), insist=bool(names))
    return _summary(space, chosen, results)


def _window(since: str | None, until: str | None) -> Window | None:
    from insights.pipeline.ingest import Window

    if since is None and until is None:
        return None
    first = terminal.moment(since, "--since") if since else None
    last = terminal.moment(until, "--until") if until else None
    if first and last and first >= last:
        raise UsageError(f"--until must be later than --since ({first:%F} to {last:%F})")
    return Window(first, last)


def _pull(
    space: Workspace,
    chosen: Sequence[Source],
    window: Window | None = None,
    *,
    insist: bool = False,
) -> dict[str, Tally | str]:
    from dataclasses import replace

    from insights.pipeline.ingest import ingest_all

    engine = replace(space.engine(terminal.Progress()), sources=list(chosen))
    return ingest_all(engine, window=window, insist=insist)


def _summary(space: Workspace, chosen: Sequence[Source], results: Mapping[str, Tally | str]) -> int:
    """Tell what came of each source as a table, with the reasons for what was left out."""
    rows, code = [], 0
    for source in chosen:
        result = results[source.name]
        if isinstance(result, str):
            terminal.fail(result)
            code = 1
            continue
        asked = [(source.http.requests, "requests")] if source.http else []
        waited = (
            terminal.duration(source.http.waited_s) if source.http and source.http.waited_s else ""
        )
        cells = [f"{number:,} {name}" for number, name in [*_counts(result), *asked]]
        rows.append([f"{source.name}:", *cells, *([f"waited {waited}"] if waited else [])])
        code = max(code, _has_failed(result))
    widths = [max(map(len, column)) for column in zip(*[row[:8] for row in rows], strict=False)]
    for row in rows:
        padded = (
            f"{cell:<{width}}" if place == 0 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, [*widths, 0], strict=False))
        )
        terminal.tell("  ".join(padded).rstrip())
    for source in chosen:
        result = results[source.name]
        if not isinstance(result, str) and result.skipped:
            _say_reasons(space, source.name, result.skipped)
    return code


def _counts(result: Tally) -> list[tuple[int, str]]:
    return [
        (result.new, "new"), (result.changed, "changed"), (result.same, "the same"),
        (result.deleted, "deleted"), (result.skipped, "skipped"),
        *([(result.expired, "too old to keep")] if result.expired else []),
    ]  # fmt: skip


def _has_failed(result: Tally) -> int:
    """Return 1 where nothing came but what could not be read."""
    came = result.new or result.changed or result.same or result.deleted
    return 1 if result.skipped and not came else 0


def _say_reasons(space: Workspace, name: str, count: int) -> None:
    from insights.store import posts

    with space.database.read() as tx:
        items = posts.skipped(tx, name)[-count:]
    reasons = Counter(item["reason"] for item in items)
    for reason, times in reasons.most_common(SHOWN_REASONS):
        first = next(item["place"] for item in items if item["reason"] == reason)
        more = f" and {times - 1:,} more" if times > 1 else ""
        terminal.say(f"  {name} skipped {first}{more}: {reason}")
    if len(reasons) > SHOWN_REASONS:
        terminal.say("  … all of them: insights doctor")


def _report(space: Workspace, results: Mapping[str, Tally | str]) -> int:
    from insights.store import posts

    code = 0
    for name, result in results.items():
        if isinstance(result, str):
            terminal.fail(result)
            code = 1
            continue
        print(f"{name}: {', '.join(f'{number:,} {what}' for number, what in _counts(result))}")
        if result.skipped:
            with space.database.read() as tx:
                named = posts.skipped(tx, name)
            for item in named[-min(result.skipped, SHOWN_SKIPPED) :]:
                terminal.say(f"  skipped {item['place']}: {item['reason']}")
            if result.skipped > SHOWN_SKIPPED:
                terminal.say("  … all of them: insights doctor")
        code = max(code, _has_failed(result))
    return code
