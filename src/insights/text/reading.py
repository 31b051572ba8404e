"""Reads a sentence by the turns of phrase of its language: which tokens say what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from insights.models import Span
from insights.text.tables import Table

if TYPE_CHECKING:
    from spacy.tokens import Doc

ASKS_FOR, FAILS, CONDITION, LEAVES, SWITCHES_TO = (
    "asks_for", "fails", "condition", "leaves", "switches_to",
)  # fmt: skip
_OBJECT, _SUBJECT, _PLACE, _CLAUSE, _NAME = 8, 4, 6, 9, 3
"""The most tokens of what is asked for, of a subject, a place, a condition and a name."""
_VERSION = re.compile(r"v?\d+(?:[._]\d+)+\w*|v\d+", re.I)
_MARK = re.compile(r"[^\w\s'’&/+#%@-]+|-|–|—")

Hit = tuple[str, int, int]


@dataclass(frozen=True, eq=False)
class Reading:
    """A sentence as tokens, and what the table finds in it. Ranges are of tokens."""

    turns: Table
    doc: Doc
    names: tuple[Span, ...]
    after_failure: bool

    @cached_property
    def norms(self) -> list[str]:
        """The tokens in lower case, contractions written out: n't is not."""
        return [token.norm_ for token in self.doc]

    @cached_property
    def hits(self) -> list[Hit]:
        """The turns of phrase, the longest first where several begin."""
        return self.turns.found(self.doc)

    def spans(self) -> list[Span]:
        """Return everything that the sentence tells, by characters of the sentence."""
        fails = self.fails()
        ranges = [(ASKS_FOR, a, b) for a, b in self.asked()]
        ranges += [(FAILS, a, b) for a, b in fails]
        ranges += [(CONDITION, a, b) for a, b in self.conditions(fails)]
        ranges += self.leaving()
        doc = self.doc
        return [
            Span(doc[a].idx, doc[b - 1].idx + len(doc[b - 1]), kind)
            for kind, a, b in ranges
            if b > a
        ]

    def asked(self) -> list[tuple[int, int]]:
        """Return the objects of requests."""
        taken: list[tuple[int, int]] = []
        for group, start, end in self.hits:
            if group == "asks_for.before":
                found = self._trimmed("asks_for", self._clause_start(start), start)
            elif group == "asks_for.after" or (
                group == "asks_for.clause_start" and self._opens(start)
            ):
                found = self._trimmed(
                    "asks_for", end, self._reach("asks_for.end", end, _OBJECT), grow=True
                )
            else:
                continue
            if found and not any(found[0] < b and a < found[1] for a, b in taken):
                taken.append(found)
        return taken

    def _trimmed(
        self, part: str, start: int, end: int, *, grow: bool = False
    ) -> tuple[int, int] | None:
        """Leave articles and loose ends out; None if nothing is left that says something."""
        start = self._skipped(part, start)
        if grow:  # what was skipped may hold a word that ends a stretch: "if you added", "if it"
            end = max(end, self._reach("asks_for.end", start, _OBJECT))
        while end > start and self.norms[end - 1] in self._words(f"{part}.trim"):
            end -= 1
        words = tuple(self.norms[start:end])
        if not any(len(word) > 1 and word[0].isalpha() for word in words):
            return None
        empty = self.turns.lists.get(f"{part}.empty", frozenset())
        return None if words in empty else (start, end)

    def _skipped(self, part: str, start: int) -> int:
        while size := self.turns.starts(f"{part}.skip", self.norms, start):
            start += size
        return start

    # --- what fails

    def fails(self) -> list[tuple[int, int]]:
        """Return what fails: the thing, what it does, and the place right behind."""
        taken: list[tuple[int, int]] = []
        for group, start, end in self.hits:
            if not group.startswith("fails.") or self._denied("fails", start, 3):
                continue
            if group == "fails.negated" and not self._verb_fails(start, end):
                continue
            begin = start if group == "fails.here" else self._subject(start)
            stop = self._reach("fails.end", end, _PLACE)
            stop = min([stop, *(at for at, _ in self.places if at >= end)])
            found = self._trimmed("fails", begin, max(stop, end))
            if found and not any(found[0] < b and a < found[1] for a, b in taken):
                taken.append(found)
        return taken

    def _subject(self, start: int) -> int:
        """Go back to the thing that a predicate is about: to its article, or up to four words."""
        at = start
        while at > 0 and start - at < _SUBJECT and not self._is_mark(at - 1):
            word = self.norms[at - 1]
            if word in self._words("fails.subject_end") or _VERSION.fullmatch(word):
                break
            at -= 1
            if word in self._words("fails.determiner"):
                break
        people = [n for n in range(at, start) if self.norms[n] in self._words("fails.person")]
        return people[-1] + 1 if people else at

    def _verb_fails(self, start: int, end: int) -> bool:
        if end >= len(self.doc) or not self.norms[end].isalpha():
            return False
        if self.norms[end] in self._words("fails.not_negated"):
            return False
        person = start > 0 and self.norms[start - 1] in self._words("fails.person")
        if self.norms[start] in self._words("fails.can"):
            return True
        order = self._opens(start) and self.norms[start] in self._words("fails.order")
        return not person and not order

    # --- under which condition

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """The systems, devices and versions that are named."""
        found = []
        for group, start, end in self.hits:
            if stop := self._place(group, end):
                found.append((start, stop))
        return found

    def _place(self, group: str, end: int) -> int:
        if group == "conditions.place":
            return self._system(end, "conditions.systems")
        return self._system(end, "conditions.releases") if group == "conditions.release" else 0

    def _system(self, at: int, names: str) -> int:
        """Return where the system or version at `at` ends, 0 if there is none."""
        least = at
        while at < len(self.doc) and at - least < 4:
            word = self.norms[at]
            if word in self._words(names) or _VERSION.fullmatch(word):
                break
            mine = self._words("conditions.mine")
            if word not in mine and (at == least or self.norms[at - 1] not in mine):
                return 0
            at += 1
        else:
            return 0
        at += 1
        while at < len(self.doc) and at - least < _PLACE and not self._is_mark(at):
            known = self.norms[at] in self._words("conditions.systems")
            if not (known or self.doc[at].like_num or self.doc[at].is_title
                    or _VERSION.fullmatch(self.norms[at])):  # fmt: skip
                break
            at += 1
        return at

    def conditions(self, fails: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the conditions of a sentence that tells a failure, or goes on telling one.

        Elsewhere only what began with a release is told.
        """
        taken: list[tuple[int, int]] = []
        inside = [at for a, b in fails for at in range(a, b)]
        for group, start, end in self.hits:
            if start in inside or any(start < b for _, b in taken):
                continue
            if group == "conditions.clause":
                found = start, self._clause(start, end, fails)
            elif stop := self._place(group, end):
                found = start, stop
            else:
                continue
            beside = fails or (self.after_failure and self._opens(start))
            known = beside or self._names_release(group, end, found[1])
            if known and any(self._tells(at) for at in range(end, found[1])):
                taken.append(found)
        return taken

    def _names_release(self, group: str, start: int, end: int) -> bool:
        timed = self.norms[start - 1] in self._words("conditions.timed")
        names, said = self._words("conditions.release_names"), self.norms[start:end]
        release = any(word in names or _VERSION.fullmatch(word) for word in said)
        return group == "conditions.clause" and timed and release

    def _tells(self, at: int) -> bool:
        """Say whether a token is more than a number or a particle."""
        token = self.doc[at]
        return bool(_VERSION.fullmatch(token.text)) or (token.is_alpha and len(token) > 2)

    def _clause(self, start: int, end: int, fails: list[tuple[int, int]]) -> int:
        if end < len(self.doc) and self.norms[end] in self._words("conditions.not_clause"):
            return end
        stop = self._reach("conditions.end", end, _CLAUSE)
        person = end < len(self.doc) and self.norms[end] in self._words("fails.person")
        timed = self.norms[end - 1] in self._words("conditions.timed")
        if timed and not person and end < stop:
            stop = min(stop, self._reach("conditions.end_of_time", end + 1, _CLAUSE))
        # An article before what fails belongs to it, not to the condition.
        for begin, _ in fails:
            if begin >= end:
                at = begin
                while at > end and self.norms[at - 1] in self._words("fails.determiner"):
                    at -= 1
                stop = min(stop, at)
        return stop

    # --- who leaves

    def leaving(self) -> list[tuple[str, int, int]]:
        """Return who leaves, and the names of what they go to."""
        found: list[tuple[str, int, int]] = []
        if self._words("leaves.asking") & set(self.norms[:1]):
            return []
        # Where somebody goes to tells more than that they go.
        for group, start, end in sorted(self.hits, key=lambda hit: hit[0] != "leaves.goes_to"):
            taken = any(start < b and a < end for _, a, b in found)
            if not group.startswith("leaves.") or taken:
                continue
            undone = self._words("leaves.undone") & set(self.norms[end : end + 4])
            if self._denied("leaves", start, 3) or undone:
                continue
            if group == "leaves.goes_to":
                stop = self._named(end)
                if stop:
                    found += [(LEAVES, start, stop), (SWITCHES_TO, end, stop)]
            elif group == "leaves.here" or self._opens(start):
                found.append((LEAVES, start, end))
        return found

    def _named(self, start: int) -> int:
        """Return where the name at `start` ends, 0 if no name stands there."""
        if start >= len(self.doc):
            return 0
        for name in self.names:
            if name.start == self.doc[start].idx:
                return start + sum(token.idx < name.end for token in self.doc[start:])
        at = start
        while at < len(self.doc) and at - start < _NAME and self.doc[at].text[:1].isupper():
            if self.norms[at] in self._words("leaves.no_name") and at == start:
                return 0
            at += 1
        ends_plain = at < len(self.doc) and self.norms[at] in self._words("leaves.no_name_ends")
        return 0 if ends_plain else at if at > start else 0

    def _words(self, name: str) -> frozenset[str]:
        return self.turns.words(name)

    def _is_mark(self, at: int) -> bool:
        token = self.doc[at]
        if not _MARK.fullmatch(token.text):
            return False
        joins = token.text in "-–—"
        spaced = bool(token.whitespace_) or (at > 0 and bool(self.doc[at - 1].whitespace_))
        return spaced or at == 0 if joins else True

    def _opens(self, at: int) -> bool:
        """Say whether a clause begins here."""
        before = at - 1
        if before < 0 or self._is_mark(before):
            return True
        return self.norms[before] in self._words("asks_for.opens") and self._opens(before)

    def _clause_start(self, at: int) -> int:
        return next((n + 1 for n in range(at - 1, -1, -1) if self._is_mark(n)), 0)

    def _reach(self, name: str, start: int, most: int) -> int:
        at = start
        while at < len(self.doc) and at - start < most:
            before = self.doc[at - 1].text_with_ws if at > start else ""
            joined = before in ("-", "/", "&")
            if self._is_mark(at) or (not joined and self.turns.starts(name, self.norms, at)):
                break
            at += 1
        return at

    def _denied(self, part: str, at: int, back: int) -> bool:
        return bool(self._words(f"{part}.unless") & set(self.norms[max(0, at - back) : at]))
