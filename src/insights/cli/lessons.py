"""How teaching is told, and how posts are read from a pipe as they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Queue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from insights.pipeline.lessons import Lesson
    from insights.signals.intent_report import Report

_WIDTH = 24


def lesson_lines(name: str, lesson: Lesson) -> Iterator[str]:
    """Tell the figures of each label and, where posts have one label, what was taken for what."""
    report = lesson.report
    yield (
        f"{name}: macro F1 {report.macro_f1:.3f} in cross-validation on {lesson.examples:,} posts "
        f"with {len(report.figures)} labels"
    )
    if lesson.before is not None:
        yield f"compared with the model that is there: {lesson.after:.3f} to {lesson.before:.3f}"
    yield ""
    yield f"{'label':<{_WIDTH}}  precision  recall     F1   posts"
    for label, figure in report.figures.items():
        shown = f"{figure.precision:11.3f}{figure.recall:8.3f}{figure.f1:7.3f}{figure.support:8,}"
        yield f"{_cell(label)}{shown}"
    if report.confusion:
        yield ""
        yield from _confusion(report)


def _confusion(report: Report) -> Iterator[str]:
    labels = list(report.figures)
    yield f"{'label, and what was said':<{_WIDTH}}" + "".join(
        f"  {label[:12]:>12}" for label in labels
    )
    for label in labels:
        counts = [report.confusion.get((label, said), 0) for said in labels]
        yield _cell(label) + "".join(f"  {count:12,}" for count in counts)


def _cell(label: str) -> str:
    return f"{label[:_WIDTH]:<{_WIDTH}}"


def as_they_come(records: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Yield what has come so far, at most `size` records, without waiting for more.

    An error in a record is raised after those before it were yielded.
    """
    came: Queue[Any] = Queue(maxsize=size)

    def read() -> None:
        try:
            for record in records:
                came.put(record)
        except Exception as error:
            came.put(error)
        came.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        batch = [came.get()]
        while len(batch) < size and isinstance(batch[-1], dict) and not came.empty():
            batch.append(came.get())
        *rest, last = batch
        whole = isinstance(last, dict)
        if whole or rest:
            yield batch if whole else rest
        if isinstance(last, Exception):
            raise last
        if last is None:
            return
