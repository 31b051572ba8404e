"""Finds the names of a user's lists in a text: competitors, features, in any script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from insights.models import Span
from insights.text.phrases import pipeline

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher

Names = dict[str, list[str]]
READ = 20_000
"""Characters that are read of a text."""


class MentionOptions(BaseModel):
    """The names to look for, each with the other ways to write it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    competitors: list[str] | Names = Field(
        default_factory=list, description='names, or `name = ["other way to write it"]`'
    )
    features: list[str] | Names = Field(default_factory=list, description="the same for features")


class Mentions:
    """Whole words only, without regard to case. In scripts without spaces a name may stand
    anywhere."""

    def __init__(self, options: MentionOptions) -> None:
        self._lists = {
            "competitors": _named(options.competitors),
            "features": _named(options.features),
        }

    def spans(self, text: str) -> list[Span]:
        """Return where names stand, in order; `kind` is the list and the name: `features/export`.

        Of names that overlap the longest is told.
        """
        if not any(self._lists.values()):
            return []
        text = text[:READ]
        found = [*self._in_tokens(text), *self._unspaced(text)]
        kept: list[Span] = []
        for span in sorted(found, key=lambda span: (span.start, -span.end, span.kind)):
            if not kept or span.start >= kept[-1].end:
                kept.append(span)
        return kept

    def _in_tokens(self, text: str) -> Iterator[Span]:
        matcher = self._matcher
        if not len(matcher) or not any(first in text.casefold() for first in self._firsts):
            return
        nlp = pipeline("xx")
        with nlp.memory_zone():  # it forgets the words of this text, but none of the names
            doc = nlp.make_doc(text)
            for key, start, end in matcher(doc):
                first, last = doc[start], doc[end - 1]
                yield Span(first.idx, last.idx + len(last), nlp.vocab.strings[key])

    def _unspaced(self, text: str) -> Iterator[Span]:
        for kind, written in self._ways:
            if not _is_unspaced(written):
                continue
            at = text.find(written)
            while at >= 0:
                yield Span(at, at + len(written), kind)
                at = text.find(written, at + len(written))

    @cached_property
    def _ways(self) -> list[tuple[str, str]]:
        return [
            (f"{name}/{known}", written)
            for name, lists in self._lists.items()
            for known, ways in lists.items()
            for written in ways
        ]

    @cached_property
    def _firsts(self) -> frozenset[str]:
        return frozenset(w.split()[0].casefold() for _, w in self._ways if not _is_unspaced(w))

    @cached_property
    def _matcher(self) -> PhraseMatcher:
        from spacy.matcher import PhraseMatcher

        nlp = pipeline("xx")
        matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        for kind, written in self._ways:
            if not _is_unspaced(written):
                matcher.add(kind, [nlp.make_doc(written)])
        return matcher


def counts(spans: Sequence[Span]) -> dict[str, dict[str, int]]:
    """Count names by list: `{"features": {"export": 2}}`."""
    found: dict[str, dict[str, int]] = {}
    for kind, times in sorted(Counter(span.kind for span in spans).items()):
        name, _, known = kind.partition("/")
        found.setdefault(name, {})[known] = times
    return found


def _named(written: list[str] | Mapping[str, list[str]]) -> Names:
    lists = written if isinstance(written, Mapping) else {name: [] for name in written}
    return {
        name: [way.strip() for way in dict.fromkeys([name, *others]) if way.strip()]
        for name, others in lists.items()
    }


def _is_unspaced(written: str) -> bool:
    from insights.corpus import UNSPACED

    return bool(UNSPACED.search(written))
