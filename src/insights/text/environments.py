"""Finds on what people run a product: its version, the platform, the device.

Patterns over the tokens of spaCy's blank pipeline, and short lists in `environments.toml`; no
model. English leads ("since 4.2") are known best, numbers and names are the same everywhere.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from insights.models import Span
from insights.text.phrases import pipeline
from insights.versions import plain

if TYPE_CHECKING:
    from spacy.matcher import Matcher
    from spacy.tokens import Doc


READ = 20_000
"""Characters that are read of a text."""
KINDS = ("platform", "device")
VERSION = "version"
_SHY = "|shy"  # a match whose first token only leads to it

_PRE = r"(?:[-.+_]?(?:alpha|beta|rc|dev|pre|preview|nightly|a|b)[-.]?\d*)?"
_WHOLE = rf"(?i)^v?\d{{1,4}}(?:\.\d+){{2,3}}{_PRE}$"
_DOTTED = rf"(?i)^v?\d{{1,4}}(?:\.\d+){{1,3}}{_PRE}$"
_ANY = rf"(?i)^v?\d{{1,4}}(?:\.\d+){{0,3}}{_PRE}$"
_MARKED = rf"(?i)^v\d{{1,4}}(?:\.\d+){{0,3}}{_PRE}$"
_NUMBER = r"\d{1,4}(?:\.\d+){0,3}"
_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d|(?:19|20)\d\d")
_ADDRESS = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")


class Environments:
    """Reads what texts name; `releases` are versions that are known to be the product's.

    A bare `4.2` is a version only if a release bears it.
    """

    def __init__(self, releases: Iterable[str] = ()) -> None:
        known = {plain(version).lower() for version in releases}
        self._known = sorted(version for version in known if re.match(r"\d+\.", version))

    def named(self, text: str) -> frozenset[str]:
        """Return the kinds and names in a text: `platform/iOS`, `platform/iOS 18`."""
        found = set()
        for span in self.spans(text):
            found.add(span.kind)
            kind, _, name = span.kind.partition("/")
            if kind != VERSION:
                found.add(f"{kind}/{_family(kind, name)}")
        return frozenset(found)

    def spans(self, text: str) -> list[Span]:
        """Return what is named where, in order; `kind` is `version/4.2.0` or `platform/iOS 18`.

        Of names that overlap the longest is told.
        """
        text = text[:READ]
        if not _hint().search(text):
            return []
        nlp, matcher = pipeline("xx"), self._matcher
        with nlp.memory_zone():  # it forgets the words of this text, but none of the names
            found = list(_found(matcher, nlp.make_doc(text)))
        kept: list[Span] = []
        for span in sorted(found, key=lambda span: (span.start, -span.end, span.kind)):
            if not kept or span.start >= kept[-1].end:
                kept.append(span)
        return kept

    @cached_property
    def _matcher(self) -> Matcher:
        from spacy.matcher import Matcher

        table, matcher = _table(), Matcher(pipeline("xx").vocab)
        colon: dict[str, Any] = {"LOWER": {"IN": [":", "#", "no.", "is"]}, "OP": "?"}
        versions = [
            [{"TEXT": {"REGEX": _WHOLE}}],
            [{"TEXT": {"REGEX": _MARKED}}],
            [{"LOWER": {"IN": table["leads"]}}, colon, {"TEXT": {"REGEX": _ANY}}],
            [{"LOWER": {"IN": table["dotted"]}}, {"TEXT": {"REGEX": _DOTTED}}],
            [
                {"LOWER": {"IN": table["dotted"]}},
                {"LOWER": {"IN": table["to"]}},
                {"TEXT": {"REGEX": _DOTTED}},
            ],
        ]
        if self._known:
            versions.append([{"LOWER": {"IN": self._known}}])
        matcher.add(VERSION, versions)
        for kind in KINDS:
            for entry in table[kind]:
                _add(matcher, kind, entry, table["places"])
        return matcher


def _found(matcher: Matcher, doc: Doc) -> Iterator[Span]:
    words = _table()["counted"]
    for key, first, end in matcher(doc):
        label = doc.vocab.strings[key]
        start = first + 1 if label.endswith(_SHY) else first
        if label == VERSION:
            start = end - 1
        last, said = doc[end - 1], doc[start:end].text
        counts = end < len(doc) and doc[end].lower_ in words
        if label == VERSION:
            if _is_version(said, counts):
                yield Span(last.idx, last.idx + len(last), f"{VERSION}/{plain(said)}")
            continue
        kind, _, name = label.removesuffix(_SHY).partition("/")
        number = _number(kind, name, said)
        if number and counts:
            continue
        told = f"{name} {number}" if number else name
        yield Span(doc[start].idx, last.idx + len(last), f"{kind}/{told}")


def _add(matcher: Matcher, kind: str, entry: dict[str, Any], places: list[str]) -> None:
    label, behind = f"{kind}/{entry['name']}", _behind(entry)
    numbered, alone, shy = [], [], []
    for way in entry["words"]:
        words: list[dict[str, Any]] = [{"LOWER": word} for word in way.split()]
        number = {"TEXT": {"REGEX": f"(?i)^v?(?:{behind})$"}}
        lead = {"LOWER": {"IN": ["version", "v", "-"]}, "OP": "?"}
        numbered.append([*words, lead, number])
        if len(words) == 1:
            numbered.append([{"TEXT": {"REGEX": f"(?i)^{re.escape(way)}-?{_NUMBER}$"}}])
        alone.append(words)
        shy.append([{"LOWER": {"IN": places}}, *words])
    matcher.add(label, numbered)
    if entry.get("alone", "yes") == "yes":
        matcher.add(label, alone)
    elif entry["alone"] == "after":
        matcher.add(label + _SHY, shy)


def _behind(entry: dict[str, Any]) -> str:
    return f"{_NUMBER}|{entry['behind']}" if "behind" in entry else _NUMBER


def _number(kind: str, name: str, said: str) -> str:
    """Return what stands behind a name, as it is told: of a number the parts that count."""
    entry = _entries()[kind, name]
    ways = sorted((way.replace(" ", r"\s+") for way in entry["words"]), key=len, reverse=True)
    match = re.match(rf"(?i)(?:{'|'.join(ways)})\s*(?:version|v|-)?\s*(.*)$", said)
    number = match[1].lower() if match else ""
    if re.fullmatch(_NUMBER, number):
        return ".".join(number.split(".")[: entry.get("parts", 1)])
    if re.search(r"\d", number):
        return number.upper() if not number[0].isdigit() else number
    return number.upper() if len(number) == 2 else number.capitalize()


def _family(kind: str, name: str) -> str:
    entries = _entries()
    while (kind, name) not in entries and " " in name:
        name = name.rpartition(" ")[0]
    return name


def _is_version(said: str, counts: bool) -> bool:
    """Say whether a number that may be a version is none of those that look like it."""
    if _DATE.fullmatch(said) or _ADDRESS.fullmatch(said):
        return False
    return not counts or said.count(".") > 1


@cache
def _table() -> dict[str, Any]:
    path = files("insights.text").joinpath("environments.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _entries() -> dict[tuple[str, str], dict[str, Any]]:
    return {(kind, entry["name"]): entry for kind in KINDS for entry in _table()[kind]}


@cache
def _hint() -> re.Pattern[str]:
    """What every text holds in which something can be found, cheap to look for."""
    words = sorted({entry_word for e in _entries().values() for entry_word in e["words"]})
    return re.compile("|".join([r"\d", *(rf"\b{re.escape(w.split()[0])}" for w in words)]), re.I)
