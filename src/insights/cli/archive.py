"""The command that takes results out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from insights.cli import atlas, terminal
from insights.errors import UsageError

if TYPE_CHECKING:
    from insights.workspace import Workspace

What = Literal[
    "posts", "topics", "areas", "subtopics", "assignments", "signals", "insights", "ledger", "map",
    "timeline", "lineage", "bertopic",
]  # fmt: skip


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
