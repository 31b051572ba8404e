"""Commands that bring posts in and take results out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from insights.cli import atlas, terminal
from insights.errors import UsageError

if TYPE_CHECKING:
    from insights.store.posts import Tally
    from insights.workspace import Workspace

What = Literal[
    "posts", "topics", "areas", "subtopics", "assignments", "signals", "insights", "ledger", "map",
    "timeline", "lineage", "bertopic",
]  # fmt: skip
SHOWN_SKIPPED = 20


def import_files(
    *files: Annotated[str, Parameter(help="JSONL, CSV or Parquet; also .gz")],
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
    results = _pull(space, [space.file_source(source, list(files))])
    return _report(space, results)


def ingest(*sources: Annotated[str, Parameter(help="names; all if none is given")]) -> int:
    """Pull new, edited and deleted posts from the configured sources.

    Example: insights ingest forum tracker
    """
    from insights.errors import SettingsError, unknown

    space = terminal.workspace()
    configured = {source.name: source for source in space.sources()}
    for name in sources:
        if name not in configured:
            raise UsageError(unknown("source", name, configured))
    if not configured:
        raise SettingsError("no source is configured; add [sources.NAME] to insights.toml")
    return _report(space, _pull(space, [configured[name] for name in sources or configured]))


def export(
    what: What,
    folder: Annotated[str | None, Parameter(help="of the model, for bertopic only")] = None,
    /,
    *,
    format: Annotated[Literal["jsonl", "csv", "parquet"], Parameter(help="of the file")] = "jsonl",
    output: Annotated[str | None, Parameter(help="a file; stdout if none is given")] = None,
) -> None:
    """Write what is known, for other tools.

    `bertopic` takes a folder and writes a model that BERTopic.load opens.

    Example: insights export topics --format csv --output topics.csv
    """
    if what == "bertopic":
        return atlas.save_bertopic(folder)
    if folder is not None:
        raise UsageError(f"only bertopic takes a folder; say --output {folder}")
    rows, columns = atlas.rows(what) if what in atlas.COLUMNS else _rows(terminal.workspace(), what)
    terminal.write_rows(rows, columns, format, output)


def _pull(space: Workspace, sources: Iterable[Any]) -> dict[str, Tally | str]:
    from dataclasses import replace

    from insights.pipeline.ingest import ingest_all

    engine = replace(space.engine(terminal.Progress()), sources=list(sources))
    return ingest_all(engine)


def _report(space: Workspace, results: Mapping[str, Tally | str]) -> int:
    from insights.store import posts

    code = 0
    for name, result in results.items():
        if isinstance(result, str):
            terminal.fail(result)
            code = 1
            continue
        print(
            f"{name}: {result.new:,} new, {result.changed:,} changed, {result.same:,} the same, "
            f"{result.deleted:,} deleted, {result.skipped:,} skipped"
        )
        if result.skipped:
            with space.database.read() as tx:
                named = posts.skipped(tx, name)
            for item in named[-min(result.skipped, SHOWN_SKIPPED) :]:
                terminal.say(f"  skipped {item['place']}: {item['reason']}")
            if result.skipped > SHOWN_SKIPPED:
                terminal.say("  … all of them: insights doctor")
        if not (result.new or result.changed or result.same or result.deleted) and result.skipped:
            code = 1
    return code


def _rows(space: Workspace, what: What) -> tuple[Iterable[Mapping[str, Any]], tuple[str, ...]]:
    from insights.store import areas, digests, passages, signals, topics

    with space.database.read() as tx:
        if what == "posts":
            return _posts(space), POSTS
        if what == "assignments":
            return passages.exported(tx), ("post_id", "passage", "topic_id", "score", "run_id")
        if what == "topics":
            return topics.exported(tx), TOPICS
        if what == "areas":
            return areas.every(tx), AREAS
        if what == "subtopics":
            from insights.pipeline import subtopics

            return subtopics.rows(space.engine(terminal.Progress())), SUBTOPICS
        if what == "signals":
            return signals.every(tx), SIGNALS
        if what == "insights":
            rows = [{**row["body"], **row} for row in digests.insights(tx)]
            return rows, INSIGHTS
        return topics.history(tx), LEDGER


def _posts(space: Workspace) -> Iterator[Mapping[str, Any]]:
    from insights.pipeline.facts import of_post
    from insights.store import posts

    with space.database.read() as tx:
        for post, passages in posts.exported(tx):
            own = {name: getattr(post, name) for name in POSTS[1:-OF_PASSAGES]}
            yield {**own, "id": post.id, **of_post(passages)}


FACTS = (
    "severity", "asks_for", "fails", "condition", "leaves", "switches_to", "mentions",
)  # fmt: skip
OF_PASSAGES = 3 + len(FACTS)
POSTS = (
    "id", "source", "created_at", "updated_at", "title", "text", "author", "url", "space",
    "thread_id", "parent_id", "rating", "reactions", "tags", "language", "version", "attributes",
    "intents", "noise", "sentiment", *FACTS,
)  # fmt: skip
TOPICS = (
    "id", "title", "keywords", "parent_id", "status", "merged_into", "posts", "people", "born_at",
    "run_id",
)  # fmt: skip
AREAS = ("id", "title", "keywords", "status", "born_at", "run_id")
SUBTOPICS = ("parent_id", "place", "title", "keywords", "posts", "people", "post_ids")
SIGNALS = (
    "id", "kind", "raised_at", "last_at", "topic_id", "title", "observed", "expected", "p", "q",
    "people", "why", "traits", "post_ids", "status", "run_id",
)  # fmt: skip
INSIGHTS = (
    "id", "run_id", "kind", "rank", "score", "people", "people_before", "posts", "title",
    "topic_id", "subject", "born_at", "parts",
)  # fmt: skip
LEDGER = ("run_id", "at", "event", "topic_id", "others", "share", "by", "detail")
