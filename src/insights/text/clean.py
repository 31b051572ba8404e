"""What an author says in a post, without markup, quoted replies, signatures, code and logs.

The verbatim text stays in the store; the cleaned text is what is embedded, grouped and searched.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from insights.models import Markup
from insights.text import markup as converters
from insights.text import slack
from insights.text.code import code_lines

LIMIT = 250_000
"""Characters that are read of one post: four times what the roomiest forum accepts."""

_PASSES = 12


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The words of the author, and the code, logs and stack traces that stood among them."""

    text: str
    code: tuple[str, ...] = ()
    markup: str = "plain"


def clean(text: str, markup: Markup = "auto") -> Cleaned:
    """Separate what the author says from markup, quotes, signatures, links and code.

    A cleaned text is plain and stays as it is when it is cleaned again as `plain`. The time it
    takes grows with the length of `text`, whatever it holds; beyond `LIMIT` characters the rest
    is not read.
    """
    text = _SURROGATES.sub("\ufffd", text[:LIMIT].replace("\r\n", "\n"))
    text = _DATA_URL.sub("", text)
    kind = converters.detect(text) if markup == "auto" else markup
    code: list[str] = []
    convert = _CONVERTERS.get(kind)
    if convert is not None:
        text, code = convert(text)
    elif markup == "auto" and "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    text = _CONTROLS.sub("", _SURROGATES.sub("\ufffd", text.replace("\r", "\n")))
    for _ in range(_PASSES):
        before = text
        text, more = _plain(text)
        code += more
        if text == before:
            break
    return Cleaned(text, tuple(block for block in code if block.strip()), kind)


_CONVERTERS = {
    "html": converters.from_html,
    "markdown": converters.from_markdown,
    "bbcode": converters.from_bbcode,
    "slack": slack.from_slack,
}

# Controls, soft hyphen, zero-width space, direction overrides, byte order mark. The joiners
# U+200C and U+200D stay: Persian spelling and emoji need them.
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-f]{2,5}|amp|lt|gt|quot|apos|nbsp);", re.I)
_DATA_URL = re.compile(r"data:[\w.+-]{1,40}/[\w.+-]{1,80};base64,[A-Za-z0-9+/=_-]*")
_URL = re.compile(
    r"<?\b(?:https?|ftp)://(?:[^\s<>\"'`|]|<[A-Z_]{2,15}>)+>?|\bwww\.[^\s<>\"'`|]{4,}", re.I
)
_URL_END = ".,;:!?)]}*_…。，、）】」"
_EMPTY_PAIR = re.compile(r"\(\s{0,3}\)|\[\s{0,3}\]")
_BLOB = re.compile(r"(?:(?<=\s)|^)[!-~]{300,}(?=\s|$)", re.M)
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\n\s*\n\s*")

_QUOTE = re.compile(r"^ {0,3}>(?:[\s>]|$|[^\W_]|[\"'(\[*`#-])")
_MARKS = re.compile(r"^ {0,3}(?:> ?)+")
_WROTE = re.compile(
    r"^(?:on\b.{0,300}\bwrote|am\b.{0,300}\bschrieb\b.{0,120}|le\b.{0,300}\ba écrit|"
    r"el\b.{0,300}\bescribió|il\b.{0,300}\bha scritto|em\b.{0,300}\bescreveu|"
    r"op\b.{0,300}\bschreef\b.{0,120})\s?:$",
    re.I,
)
_ORIGINAL = re.compile(
    r"^(?:[-_]{2,}\s?(?:original|forwarded|ursprüngliche|message d'origine|mensaje original)"
    r"\b.{0,60}[-_]{2,}|[-_]{20,})$",
    re.I,
)
_HEADER = re.compile(r"^\*?(?:from|von|de|da|van)\s?:\*?\s?\S", re.I)
_HEADER_NEXT = re.compile(
    r"^\*?(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto)"
    r"\s?:",
    re.I,
)
_SENT_FROM = re.compile(
    r"^(?:sent (?:from|via) (?:my |the )?|envoyé (?:de|depuis) mon |von meinem |gesendet"
    r" (?:von|mit) |"
    r"enviado desde mi |inviato (?:da|dal) |get \w+ for )\S+(?: \S+){0,5}$",
    re.I,
)


def _plain(text: str) -> tuple[str, list[str]]:
    """One pass over plain text. Where lines are taken out, a paragraph ends."""
    lines = text.split("\n")
    lines = _without_signature(_without_quotes(lines))
    lines, code = code_lines(lines)
    text = "\n".join(lines)
    if "://" in text or "www." in text.lower():
        text = _EMPTY_PAIR.sub("", _URL.sub(_url_end, text))
    if len(text) >= 300:
        code += _BLOB.findall(text)
        text = _BLOB.sub("", text)
    text = _SPACES.sub(" ", text)
    return _BREAKS.sub("\n\n", text.replace("\n ", "\n").replace(" \n", "\n")).strip(), code


def _url_end(found: re.Match[str]) -> str:
    """Leave the punctuation that follows a link in its sentence."""
    url = found[0]
    tail = url[len(url.rstrip(_URL_END)) :]
    return "" if url[:1] == "<" else tail


def _without_quotes(lines: list[str]) -> list[str]:
    if lines[0].lstrip(" ")[:1] == ">" and all(_QUOTE.match(x) for x in lines if x.strip()):
        return [_MARKS.sub("", line) for line in lines]  # nothing but `>`: a list of one's own
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.lstrip(" ")[:1] == ">" and _QUOTE.match(line):
            kept.append("")
            at += 1
            continue
        taken = _attribution(lines, at)
        if taken:
            after = next((x for x in lines[at + taken : at + taken + 5] if x.strip()), "")
            kept.append("")
            if not _QUOTE.match(after):
                return kept  # the reply stands above an unmarked quote, which runs to the end
            at += taken
            continue
        kept.append(line)
        at += 1
    return kept


def _attribution(lines: list[str], at: int) -> int:
    """How many lines from `at` introduce a quoted mail; 0 when none do."""
    first = lines[at].strip()
    if not first or len(first) > 500:
        return 0
    if _ORIGINAL.match(first):
        after = next((x.strip() for x in lines[at + 1 : at + 4] if x.strip()), "")
        return 1 if _HEADER.match(after) or first.strip("-_") else 0
    if _HEADER.match(first) and at + 1 < len(lines):
        return 1 if _HEADER_NEXT.match(lines[at + 1].strip()) else 0
    joined = first
    for count in (1, 2, 3):
        if joined.endswith(":") and _WROTE.match(joined) and re.search(r"\d|@|<", joined):
            return count
        if at + count >= len(lines) or not lines[at + count].strip() or len(joined) > 300:
            return 0
        joined += " " + lines[at + count].strip()
    return 0


def _without_signature(lines: list[str]) -> list[str]:
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    if last > 1 and _SENT_FROM.match(lines[last - 1].strip()):
        return lines[: last - 1]
    for at in range(last - 1, max(0, last - 12), -1):
        if lines[at].rstrip() in ("--", "—", "-- "):
            return lines[:at]
    return lines
