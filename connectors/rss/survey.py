"""Looks through the XML of a feed before it is parsed: is it well-formed, and harmless?"""

from __future__ import annotations

import codecs
import html
import re
from dataclasses import dataclass, field
from xml.parsers import expat

from insights.errors import BadItem, SourceError

MAX_BYTES = 16 * 2**20

_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)(?=[\s>/])", re.IGNORECASE)
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_TEXTUAL = re.compile(  # others, such as punycode, are slow or none
    r"utf|iso[-_]?(8859|2022)|windows|cp\d|koi8|big5|gb|euc|shift|sjis|(us-)?ascii|latin|mac|tis|ks",
    re.IGNORECASE,
)
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{0,30};)?")
_PREDEFINED = {"amp;", "lt;", "gt;", "quot;", "apos;"}
_STARTS = re.compile(r"<((?:[\w.-]{1,40}:)?(?:item|entry))(?=[\s>/])", re.IGNORECASE)

_PREFIX = re.compile(r"</?([a-zA-Z_][\w.-]{0,30}):[a-zA-Z]")
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
"""What prefixes mean that feeds use without saying so."""

_DEEPEST, _MOST_ATTRIBUTES, _MOST_CHILDREN, _MOST_PREFIXES = 300, 100, 1_000, 100
_LONGEST_NAME = 2_000
_NAMES = frozenset(
    str.split("author name email creator contributor publisher managingeditor webmaster owner")
)
_HISTORY = "http://purl.org/syndication/history/1.0 complete"
_TOMBSTONE = "http://purl.org/atompub/tombstones/1.0 deleted-entry"


@dataclass
class Survey:
    """What was noticed on the way."""

    complete: bool = False
    deleted: list[str] = field(default_factory=list)
    prefixes: set[str] = field(default_factory=set)
    children: list[tuple[str, int]] = field(default_factory=list)
    named: int = 0
    """Characters since the start of a person's name, or 0 outside of one."""


def survey(text: str) -> Survey:
    """Walk through XML that holds no document type, so that nothing in it can expand.

    Raises:
        BadItem: it is not well-formed, or built so that parsing it takes very long: a parser that
            compares each part with all before has its limits here.
    """
    noticed = Survey()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, told: _start(noticed, name, told)
    parser.EndElementHandler = lambda name: _end(noticed, name)
    parser.CharacterDataHandler = lambda said: _said(noticed, said)
    parser.StartNamespaceDeclHandler = lambda prefix, _: _declared(noticed, prefix)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise BadItem(f"it is not well-formed XML ({expat.ErrorString(error.code)})") from None
    return noticed


def _start(noticed: Survey, name: str, told: dict[str, str]) -> None:
    local = _local(name)
    if len(told) > _MOST_ATTRIBUTES or len(noticed.children) > _DEEPEST:
        raise BadItem("it has more attributes or levels than a feed can have")
    if noticed.children and local not in {"item", "entry"}:
        parent, count = noticed.children[-1]
        noticed.children[-1] = (parent, count + 1)
        if count > _MOST_CHILDREN and parent in {"item", "entry", "channel", "feed", "rss"}:
            raise BadItem("it has more parts than an entry can have")
    inside = any(parent in {"item", "entry"} for parent, _ in noticed.children[:4])
    if name == _HISTORY and not inside:
        noticed.complete = True
    elif name == _TOMBSTONE and not inside and told.get("ref", "").strip():
        noticed.deleted.append(told["ref"].strip())
    if local in _NAMES:
        noticed.named = noticed.named or 1
    noticed.children.append((local, 0))


def _end(noticed: Survey, name: str) -> None:
    noticed.children.pop()
    if _local(name) in _NAMES:
        noticed.named = 0


def _said(noticed: Survey, said: str) -> None:
    if noticed.named:
        noticed.named += len(said)
        if noticed.named > _LONGEST_NAME:
            raise BadItem("it names an author at more length than a name can have")


def _declared(noticed: Survey, prefix: str | None) -> None:
    noticed.prefixes.add(prefix or "")
    if len(noticed.prefixes) > _MOST_PREFIXES:
        raise BadItem("it declares more namespaces than a feed can need")


def _local(name: str) -> str:
    return name.rpartition(" ")[2].lower()


def decoded(content: bytes, content_type: str, url: str) -> str:
    """Return the feed from its root on: without a document type, nothing in it can expand.

    What a server says of the character set is believed only where the bytes allow it: text that
    is valid UTF-8 and more than ASCII is UTF-8, whatever is said.

    Raises:
        SourceError: there is no feed in it, or it is too large.
    """
    if len(content) > MAX_BYTES:
        raise SourceError(f"{url} is larger than {MAX_BYTES // 2**20} MiB; that is no feed")
    text = _characters(content, content_type)
    root = _ROOT.search(text)
    if root is None:
        what = "a web page" if "<html" in text[:2000].lower() else "something else"
        raise SourceError(
            f"{url} answered with {what} instead of a feed; is it the address of the feed, and can "
            "it be read without logging in?"
        )
    return text[root.start() :]


def _characters(content: bytes, content_type: str) -> str:
    declared = _DECLARED.match(content[:500])
    header = _CHARSET.search(content_type)
    names = [name for bom, name in _BOMS.items() if content.startswith(bom)]
    if not content.isascii() and b"\0" not in content:
        names.append("utf-8")
    names += [declared[1].decode() if declared else "", header[1] if header else "", "utf-8"]
    for name in filter(_TEXTUAL.match, names):
        try:
            return content.decode(name)
        except (UnicodeError, LookupError):
            continue
    return content.decode("windows-1252", "replace")


def mended(text: str) -> str:
    """Put right what most often keeps feeds from being well-formed, and loses no word."""
    text = _REFERENCE.sub(_reference, _ILLEGAL.sub("", text))
    root = text[: text.find(">")]
    missing = set(_PREFIX.findall(text)) - set(re.findall(r"xmlns:([\w.-]+)", root)) - {"xml"}
    told = [f' xmlns:{p}="{_NAMESPACES.get(p, "urn:undeclared:" + p)}"' for p in sorted(missing)]
    name = re.match(r"<[\w.:-]+", text)
    return f"{name[0]}{''.join(told)}{text[name.end() :]}" if name else text


def _reference(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _PREDEFINED:
        return found[0]
    character = html.unescape(found[0])
    if character == found[0]:
        return "&amp;" + name
    return found[0] if character in "<>&" else _ILLEGAL.sub("\ufffd", character)


def pieces(text: str) -> tuple[str, list[str]]:
    """Cut a feed into what stands around its entries, and one small feed for each entry.

    Raises:
        BadItem: what stands around the entries is not well-formed either.
    """
    starts = [(found.start(), found[1]) for found in _STARTS.finditer(text)]
    head = text[: starts[0][0]] if starts else text
    opened = _opened(head)
    root = head[: head.find(">") + 1]
    if len(root) > 10_000:
        raise BadItem("it begins with a tag that is too long")
    closing = "".join(f"</{name}>" for name in reversed(opened))
    around = root + "".join(f"<{name}>" for name in opened[1:])
    found = []
    for number, (start, name) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(text)
        last = text.rfind(f"</{name}", start, end)
        last = text.find(">", last, end) + 1 if last >= 0 else end
        found.append(around + text[start : last or end] + closing)
    return head + closing, found


def _opened(head: str) -> list[str]:
    """Return the elements that are open at the end of `head`, as they are written."""
    opened: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, _: opened.append(name)
    parser.EndElementHandler = lambda _: opened.pop()
    try:
        parser.Parse(head.encode(), False)
    except expat.ExpatError as error:
        raise BadItem(f"it is not well-formed XML ({expat.ErrorString(error.code)})") from None
    return opened
