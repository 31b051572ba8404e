"""Writes Atlassian's document format as Markdown: the words, quotes, code, lists and links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from insights.errors import BadItem
from insights.http import Payload

DEEPEST = 60
"""Levels that are read; people write ten."""


def to_markdown(document: Payload) -> str:
    """Return what `document` says; a plain string, as older fields hold, is what it says itself.

    Raises:
        BadItem: it is no document, or nested too deep.
    """
    if document is None or isinstance(document, str):
        return document or ""
    if not isinstance(document, dict) or document.get("type") != "doc":
        raise BadItem("its text is no document")
    return _blocks(document, 0).strip()


def _blocks(node: Payload, depth: int) -> str:
    return "\n\n".join(filter(None, (_block(child, depth) for child in _children(node, depth))))


def _block(node: Payload, depth: int) -> str:
    kind = str(node.get("type"))
    if kind in _INLINE or kind == "text":
        return _inline(node)
    if kind in {"paragraph", "heading", "decisionItem", "taskItem", "caption"}:
        return "".join(_inline(child) for child in _children(node, depth)).strip()
    if kind == "codeBlock":
        code = "".join(_inline(child) for child in _children(node, depth))
        return f"```\n{code}\n```"
    if kind == "blockquote":
        return _prefixed(_blocks(node, depth + 1), "> ", "> ")
    if kind in {"bulletList", "orderedList", "taskList", "decisionList"}:
        items = (_block(child, depth + 1) for child in _children(node, depth))
        return "\n".join(_prefixed(item, "- ", "  ") for item in items if item)
    if kind == "tableRow":
        cells = (_blocks(child, depth + 2) for child in _children(node, depth))
        return " | ".join(" ".join(cell.split()) for cell in cells)
    if kind == "table":
        return "\n".join(_block(child, depth + 1) for child in _children(node, depth))
    return _blocks(node, depth + 1)


def _inline(node: Payload) -> str:
    kind, about = str(node.get("type")), node.get("attrs")
    about = about if isinstance(about, dict) else {}
    if kind != "text":
        return _INLINE[kind](about) if kind in _INLINE else ""
    text = str(node.get("text") or "")
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else ():
        if isinstance(mark, dict) and mark.get("type") == "code":
            text = f"`{text}`"
        elif isinstance(mark, dict) and mark.get("type") == "link":
            text = _link(text, mark.get("attrs"))
    return text


def _link(text: str, about: Payload) -> str:
    href = about.get("href") if isinstance(about, dict) else None
    return f"[{text}]({href})" if isinstance(href, str) and href != text else text


def _day(about: Mapping[str, Payload]) -> str:
    try:
        return datetime.fromtimestamp(float(about["timestamp"]) / 1000, UTC).date().isoformat()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return ""


def _mention(about: Mapping[str, Payload]) -> str:
    name = str(about.get("text") or "").lstrip("@")
    return f"@{name}" if name else ""


_INLINE: Mapping[str, Callable[[Mapping[str, Payload]], str]] = {
    "hardBreak": lambda about: "\n",
    "mention": _mention,
    "emoji": lambda about: str(about.get("text") or about.get("shortName") or ""),
    "inlineCard": lambda about: str(about.get("url") or ""),
    "blockCard": lambda about: str(about.get("url") or ""),
    "embedCard": lambda about: str(about.get("url") or ""),
    "status": lambda about: str(about.get("text") or ""),
    "date": _day,
}


def _children(node: Payload, depth: int) -> list[dict[str, Payload]]:
    if depth > DEEPEST:
        raise BadItem("its text is nested too deep")
    content = node.get("content")
    return [c for c in content if isinstance(c, dict)] if isinstance(content, list) else []


def _prefixed(text: str, first: str, later: str) -> str:
    head, *rest = text.split("\n")
    return "\n".join([first + head, *((later + line).rstrip() for line in rest)])
