"""Takes markup off a text: what the author wrote stays, what they quoted or showed is set apart.

Each converter answers with (text, code blocks). They walk their input once, so that time grows
with size and nothing an author can write makes them slow.
"""

from __future__ import annotations

import html
import re
from typing import Any

from insights.text.sections import without_empty_sections

PLACEHOLDERS = str.split(
    "EMAIL PHONE CARD IBAN IP MAC SSN NATIONAL_ID WALLET SECRET URL URL_CREDENTIALS COORDINATES"
    " HANDLE NAME"
)
"""What redaction writes in angle brackets: never taken for a tag."""

_PLACEHOLDER = re.compile(rf"<({'|'.join(PLACEHOLDERS)})>")
_SKIP = frozenset(
    str.split("script style head template noscript svg img picture video audio iframe")
)
_QUOTED = frozenset({"blockquote"})
_QUOTED_CLASSES = frozenset(
    str.split(
        "quote onebox gmail_quote gmail_signature moz-signature moz-cite-prefix yahoo_quoted "
        "protonmail_quote email-signature lightbox"
    )
)
_BLOCK = frozenset(
    str.split(
        "address article aside dd details div dl dt fieldset figcaption figure footer"
        " form h1 h2 h3 h4 h5 h6 header hr li main nav ol p section summary table"
        " tbody thead tr ul"
    )
)
_TAGS = (
    "a abbr article aside b big blockquote body br center code dd del details div dl dt em figure "
    "font h1 h2 h3 h4 h5 h6 head header hr html i iframe img ins kbd li mark ol p picture pre q s "
    "samp script section small span strike strong style sub summary sup svg table tbody td th "
    "thead tr tt u ul var video"
)
_TAG = re.compile(rf"</?(?:{'|'.join(_TAGS.split())})(?:\s[^<>]*)?/?>", re.I)
_CLOSING = re.compile(r"</(?:p|div|a|li|blockquote|pre|aside|h[1-6]|table|span)>", re.I)


def detect(text: str) -> str:
    """Name the markup of `text` by its evidence: html, bbcode, markdown or plain.

    Markdown with a few tags in it is Markdown: the Markdown converter knows tags too.
    """
    if "<" in text and (_CLOSING.search(text) or re.search(r"<(?:p|br|div)\b[^<>]{0,200}>", text)):
        wrapped = text.lstrip()[:1] == "<" and not text.lstrip().startswith("<!--")
        if wrapped or len(_CLOSING.findall(text)) >= 3:
            return "html" if not _MARKDOWN_BLOCK.search(text) else "markdown"
    if "[/" in text and _BB_CLOSING.search(text):
        return "bbcode"
    if _MARKDOWN_EVIDENCE.search(text) or ("<" in text and _TAG.search(text)):
        return "markdown"
    return "plain"


def from_html(text: str) -> tuple[str, list[str]]:
    """Read HTML, however broken. Quotes, previews, images and scripts are left out."""
    from selectolax.lexbor import LexborHTMLParser

    safe = _shallow(_PLACEHOLDER.sub(r"&lt;\1&gt;", text).replace("\0", ""))
    root: Any = LexborHTMLParser(safe).body
    if root is None:
        return "", []
    parts: list[str] = []
    code: list[str] = []
    node, done = root, False
    while True:
        if not done:
            down = _enter(node, parts, code)
            if down and node.child is not None:
                node = node.child
                continue
        if node.tag in _BLOCK:
            parts.append("\n\n" if node.tag in ("p", "table", "ul", "ol") else "\n")
        if node.mem_id == root.mem_id:
            return "".join(parts), code
        if node.next is not None:
            node, done = node.next, False
        else:
            node, done = node.parent, True


def _shallow(text: str) -> str:
    """Cut nesting that no page has: the parser's time grows with the square of the depth."""
    if text.count("<") < 2 * _DEPTH:
        return text
    depth = 0

    def tag(found: re.Match[str]) -> str:
        nonlocal depth
        if found[1]:
            depth = max(0, depth - 1)
        elif found[2].lower() not in _VOID:
            depth += 1
        return found[0] if depth <= _DEPTH else "<br "

    return _ANY_TAG.sub(tag, text)


_DEPTH = 500
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_VOID = frozenset(str.split("area br col embed hr img input link meta source wbr"))


def _enter(node: Any, parts: list[str], code: list[str]) -> bool:
    """Take what `node` itself says; answer whether its children are wanted."""
    tag = node.tag or "-unknown"
    if tag == "-text":
        parts.append(re.sub(r"\s+", " ", node.text(deep=False)))
        return False
    if tag == "br":
        parts.append("\n")
    elif tag in ("td", "th"):
        parts.append(" ")
    elif tag in _BLOCK:
        parts.append("\n\n" if tag in ("p", "table", "ul", "ol") else "\n")
    if tag in _SKIP or tag[:1] in "-_":
        return False
    if tag in _QUOTED or _QUOTED_CLASSES.intersection((node.attributes.get("class") or "").split()):
        parts.append("\n\n")
        return False
    if tag == "pre" or (tag == "code" and "\n" in node.text().strip()):
        code.append(node.text().strip("\n"))
        parts.append("\n\n")
        return False
    return True


_MARKDOWN_BLOCK = re.compile(r"^(?:#{1,6} \S|```|~~~|[-*] \[[ xX]\] |\|.+\|[ \t]*$)", re.M)
_MARKDOWN_EVIDENCE = re.compile(
    r"^(?:#{1,6} \S|```|~~~|[-*+] \[[ xX]\] |\|.+\|[ \t]*$|\[[^\]\n]{1,80}\]: \S)"
    r"|\*\*\S|__\w|`[^`\n]{1,200}`|!?\[[^\[\]\n]{0,300}\]\([^()\s]|<!--|<https?:",
    re.M,
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_INLINE = (
    (
        "![",
        re.compile(
            r"!\[[^\[\]\n]{0,500}\]\([^()\n]{0,2000}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)"
        ),
        "",
    ),
    ("![", re.compile(r"!\[[^\[\]\n]{0,500}\]\[[^\[\]\n]{0,200}\]"), ""),
    (
        "[",
        re.compile(
            r"\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)"
        ),
        r"\1",
    ),
    ("[", re.compile(r"\[([^\[\]\n]{1,500})\]\[[^\[\]\n]{0,200}\]"), r"\1"),
    ("*", re.compile(r"(?<![*\w])\*{1,3}(?=\S)([^*\n]{1,1000})(?<=\S)\*{1,3}(?![*\w])"), r"\1"),
    ("_", re.compile(r"(?<![_\w])_{1,3}(?=\S)([^_\n]{1,1000})(?<=\S)_{1,3}(?![_\w])"), r"\1"),
    ("~~", re.compile(r"~~(?=\S)([^~\n]{1,1000})~~"), r"\1"),
    ("`", re.compile(r"(?<!`)`([^`\n]{1,1000})`(?!`)"), r"\1"),
    ("\\", re.compile(r"\\([\\`*_{}\[\]()#+.!~>|-])"), r"\1"),
)
_LINE = (
    (re.compile(r"^ {0,3}\[[^\]\n]{1,80}\]: \S.*$"), ""),
    (re.compile(r"^ {0,3}(?:[-*_=] ?){3,}$"), ""),
    (re.compile(r"^ {0,3}[|:-](?=[|: -]*---)[|: -]*$"), ""),
    (re.compile(r"^( {0,3})[-*+] {1,4}\[[ xX]\] +"), r"\1"),
    (re.compile(r"^( {0,3})[-*+•] +(?=\S)"), r"\1"),
)


_HEADING = re.compile(r"^ {0,3}#{1,6}(?: |$)")
_LINE_STARTS = frozenset("[-*_=+•|:")


def from_markdown(text: str) -> tuple[str, list[str]]:
    """Read Markdown line by line. Fenced code is set apart, the marks of lists and titles go."""
    text = without_empty_sections(_without_comments(text))
    code: list[str] = []
    lines: list[str] = []
    fence = ""
    block: list[str] = []
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" `~"):
                code.append("\n".join(block))
                fence, block = "", []
                lines.append("")
            else:
                block.append(line)
        elif mark and "`" not in line[mark.end() :]:
            fence = mark[1]
            lines.append("")
        else:
            lines.append(_markdown_line(line))
    if block:  # a fence that was never closed runs to the end
        code.append("\n".join(block))
    joined = "\n".join(lines)
    if "<" in joined and _TAG.search(joined):
        joined, more = from_html(_keep_lines(joined))
        code += more
    return html.unescape(joined) if "&" in joined else joined, code


def _markdown_line(line: str) -> str:
    if not line or line[0] in "\t>" or line.startswith("    "):
        return line  # code or a quote, which the rules for plain text know
    if _HEADING.match(line):
        line = line.strip().lstrip("#").strip()
        shorn = line.rstrip("#")
        line = shorn if shorn.endswith(" ") else line
    elif line.lstrip()[:1] in _LINE_STARTS:
        for pattern, to in _LINE:
            line = pattern.sub(to, line)
    if line.lstrip()[:1] == "|":
        line = line.replace("|", " ")
    for mark, pattern, to in _INLINE:
        if mark in line:
            line = pattern.sub(to, line)
    return line


def _without_comments(text: str) -> str:
    parts = text.split("<!--")
    kept = [parts[0]]
    for part in parts[1:]:
        _, end, rest = part.partition("-->")
        kept.append(rest if end else "")
    return "".join(kept)


def _keep_lines(text: str) -> str:
    """Make HTML of Markdown's lines: what is not a tag is text, and a line stays a line."""
    parts: list[str] = []
    at = 0
    for tag in _TAG.finditer(text):
        parts += [html.escape(text[at : tag.start()], quote=False), tag[0]]
        at = tag.end()
    parts.append(html.escape(text[at:], quote=False))
    joined = "".join(parts).replace("&amp;", "&")
    return re.sub(r"\n[ \t]*", lambda m: "<br>" + "&nbsp;" * (len(m[0]) - 1), joined)


_BB_NAMES = (
    "b|i|u|s|url|email|img|quote|code|list|size|color|font|center|spoiler|h[1-6]|table|tr|td"
)
_BB_CLOSING = re.compile(rf"\[/(?:{_BB_NAMES})\]", re.I)
_BB_TAG = re.compile(rf"\[(/?)({_BB_NAMES}|\*)(?:=[^\[\]\n]{{0,500}})?\]", re.I)


def from_bbcode(text: str) -> tuple[str, list[str]]:
    """Read BBCode. Quotes are left out, code is set apart, labels of links stay."""
    out: list[str] = []
    code: list[str] = []
    hidden: list[str] = []  # the open quote, code and img tags around here
    at = 0
    for tag in _BB_TAG.finditer(text):
        piece = text[at : tag.start()]
        at = tag.end()
        _put(piece, hidden, out, code)
        name = tag[2].lower()
        if name in ("quote", "code", "img"):
            if not tag[1]:
                hidden.append(name)
            elif hidden and hidden[-1] == name:
                hidden.pop()
            if name != "img":
                out.append("\n\n")
        elif name in ("*", "list", "tr", "table", "center") or name[0] == "h":
            out.append("\n")
    _put(text[at:], hidden, out, code)
    return html.unescape("".join(out)), code


def _put(piece: str, hidden: list[str], out: list[str], code: list[str]) -> None:
    if not hidden:
        out.append(piece)
    elif hidden[-1] == "code" and "quote" not in hidden and piece.strip():
        code.append(piece.strip("\n"))
