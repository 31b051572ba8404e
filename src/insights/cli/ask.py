"""Commands that ask: search the archive, classify, teach and redact, one line a post."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from insights.cli import correct, terminal
from insights.cli.lessons import as_they_come, lesson_lines

BATCH = 256
Piped = Annotated[
    str,
    Parameter(help="JSONL with `id` and `text`; '-' for standard input", allow_leading_hyphen=True),
]


def search(
    query: Annotated[str | None, Parameter(help="what to look for, in any words")] = None,
    *,
    queries: Annotated[str | None, Parameter(help="JSONL with `id` and `text`")] = None,
    limit: Annotated[int, Parameter(help="posts for each query")] = 10,
    format: Annotated[Literal["table", "jsonl"], Parameter(help="of the answer")] = "table",
) -> None:
    """Find posts that mean the same, also in other words.

    Example: insights search "crashes when I open a photo" --limit 5
    """
    from insights.errors import UsageError
    from insights.pipeline.search import search as find

    if (query is None) == (queries is None):
        raise UsageError('say what to look for, e.g. insights search "dark mode"')
    if limit < 1:
        raise UsageError("--limit must be at least 1")
    asked = [{"id": "query", "text": query}] if queries is None else list(terminal.records(queries))
    texts = [_text(record) for record in asked]
    if queries is None and not any(texts):
        raise UsageError("the query is empty")
    engine = terminal.workspace().engine(terminal.Progress())
    for record, hits in zip(asked, find(engine, texts, limit=limit), strict=True):
        for hit in hits:
            if format == "jsonl":
                terminal.emit(
                    {"query_id": record["id"], "post_id": hit.post_id, "score": hit.score}
                )
            else:
                print(f"{hit.score:.3f}  {hit.post_id}  {terminal.one_line(hit.text, 100)}")


def classify(
    file: Piped,
    *,
    model: Annotated[str | None, Parameter(help="a model of `insights train`")] = None,
) -> None:
    """Say for each post what it does: problem, request, question, praise, other, each 0..1.

    Beside the intents stands what the words say: how bad it is, how glad the author is, what is
    asked for, what fails and when, who leaves and for what, and the names of [mentions].

    Example: insights classify posts.jsonl | jq .intents.problem
    """
    from insights.pipeline.facts import of_record
    from insights.pipeline.intents import classify as score

    posts = terminal.records(file)
    engine = terminal.workspace().engine(terminal.Progress())
    for records in (as_they_come if file == "-" else _batches)(posts, BATCH):
        for record, intents in zip(records, score(engine, records, model), strict=True):
            said = of_record(record, engine.options, intents)
            terminal.emit({"id": record["id"], "intents": intents, **said})
        sys.stdout.flush()


def train(
    what: Annotated[Literal["intent", "spam"], Parameter(help="what to teach")],
    file: Annotated[
        str | None,
        Parameter(
            help="JSONL: `id`, `text`, `title`, and `intent` (a label, or a list) or `spam` (true, "
            "false); without a file: what people corrected",
            allow_leading_hyphen=True,
        ),
    ] = None,
    *,
    name: Annotated[str | None, Parameter(help="what `classify --model` asks for")] = None,
) -> int:
    """Teach a classifier from labelled posts; a model that is not better replaces nothing.

    Without a file, people's corrections teach the classifier of the nights.

    Example: insights train intent labelled.jsonl --name issue-type
    """
    from insights.errors import UsageError
    from insights.pipeline import lessons

    if what == "spam":
        return correct.train_spam(file)
    if (file is None) != (name is None):
        raise UsageError("give the file a --name; without a file, corrections need none")
    limit = lessons.AT_MOST + 1
    posts = [] if file is None else list(islice(terminal.records(file), limit))
    engine = terminal.workspace().engine(terminal.Progress())
    lesson = lessons.correct(engine) if name is None else lessons.train(engine, posts, name)
    for line in lesson_lines(name or "nights", lesson):
        terminal.tell(line)
    if not lesson.kept:
        terminal.fail(f"the model that is there has macro F1 {lesson.before:.3f}; it was kept")
        return 1
    return 0


def redact(
    file: Piped,
    *,
    spans: Annotated[bool, Parameter(help="tell where it is instead of hiding it")] = False,
    names: Annotated[str | None, Parameter(help="a trained spaCy pipeline: hide people")] = None,
) -> None:
    """Hide personal data: e-mails, phones, cards, keys and the like become <KIND>.

    Example: insights redact posts.jsonl > safe.jsonl
    """
    from insights.text import redact as redaction
    from insights.text.names import pipeline

    finders = [pipeline(names)] if names else []
    for record in terminal.records(file):
        text = str(record.get("text") or "")
        if spans:
            found = [
                {"start": span.start, "end": span.end, "kind": span.kind}
                for span in redaction.spans(text, *finders)
            ]
            terminal.emit({"id": record["id"], "spans": found})
        else:
            terminal.emit({"id": record["id"], "text": redaction.redact(text, *finders)})


def _batches(records: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(records, size)):
        yield batch


def _text(record: dict[str, Any]) -> str:
    return " ".join(str(record.get(name) or "") for name in ("title", "text")).strip()
