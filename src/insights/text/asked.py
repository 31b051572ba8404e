"""Finds in a text, word for word, what is asked for, what fails and when, and who leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from insights.models import Span
from insights.text.phrases import pipeline
from insights.text.reading import FAILS, Reading
from insights.text.tables import Table, table

READ, SENTENCE = 6000, 400
"""Characters that are read of a text, and of a sentence."""
MOST = 6
"""Spans of one kind that are told of a text."""

_SENTENCE = re.compile(r"(?=[^\s])(?:[^\n.!?…]|[.!?…](?=[^\s.!?…]))+[?!]?")


def spans(text: str, language: str = "en", names: Sequence[Span] = ()) -> list[Span]:
    """Return the spans of `text`, in order: asks_for, fails, condition, leaves, switches_to.

    Languages without a table find nothing. `names` are known products: one of them is also
    believed when it is written in lower case. The time grows with the first `READ` characters.
    """
    turns = table(language)
    if turns is None:
        return []
    return _few(_found(text[:READ].replace("’", "'"), turns, names))


@contextmanager
def forgetful(languages: Iterable[str]) -> Iterator[None]:
    """Let spaCy forget, at the end, the words that it meets inside: else its memory grows."""
    with ExitStack() as stack:
        for language in sorted(set(languages)):
            if table(language):  # loaded before: what is made inside is forgotten, too
                stack.enter_context(pipeline(language).memory_zone())
        yield


def _found(text: str, turns: Table, names: Sequence[Span]) -> Iterator[Span]:
    failed = False
    for sentence in _SENTENCE.finditer(text):
        start, said = sentence.start(), sentence[0][:SENTENCE].rstrip()
        if not failed and not turns.hint.search(said):
            continue
        near = tuple(
            Span(n.start - start, n.end - start, n.kind)
            for n in names
            if start <= n.start < start + len(said)
        )
        doc = pipeline(turns.language).make_doc(said)
        read = Reading(turns, doc, near, failed).spans()
        failed = any(span.kind == FAILS for span in read)
        yield from (Span(span.start + start, span.end + start, span.kind) for span in read)


def _few(found: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, span.end, span.kind)):
        if sum(other.kind == span.kind for other in kept) < MOST:
            kept.append(span)
    return kept


def told(text: str, found: Sequence[Span], kind: str) -> Iterator[str]:
    """Yield the words of the spans of one kind."""
    for span in found:
        if span.kind == kind:
            yield text[span.start : span.end]
