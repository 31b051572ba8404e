"""An issue for a tracker, written from an item of a digest: what people say, and the evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from insights.digest import escape, figures
from insights.digest.content import Digest, Item, Quote, Share

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ours, `lead` and `tail`, foreign words between, the page that they stand on."""

    lead: str = ""
    text: str = ""
    tail: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under a heading; quotes are set off, other lines are a list."""

    heading: str
    lines: tuple[Line, ...]
    quoted: bool = False


def title(item: Item) -> str:
    """Return the title of the issue: what people wrote, on one line, harmless in any tracker."""
    seen = escape.clip(item.title, LONGEST_TITLE)
    return escape.title(seen)


def blocks(item: Item, digest: Digest) -> list[Block]:
    """Return what the issue says, from what the digest says of the item and nothing else."""
    facts = [
        Line(
            f"{figures.count(item.people)} people in {figures.count(item.posts)} posts from "
            f"{digest.period.start:%Y-%m-%d} to {digest.period.end:%Y-%m-%d}; "
            f"{figures.count(item.people_before)} people in the period before."
        ),
        *([Line("", item.why)] if item.why else []),
        *_expected(item),
        *_shares("By version", item.by_version),
        *_shares("By source", item.by_source),
    ]
    facts += [
        Line(f"{where.kind.capitalize()} ", where.name, f": {where.people} of {where.of} people.")
        for where in item.where
    ]
    said = [
        *_shares("What fails", item.fails),
        *_shares("Asked for", item.asks_for),
        *_shares("When", item.conditions),
    ]
    found = [Block("What is known", tuple(facts))]
    found += [Block("What people say", tuple(said))] if said else []
    if item.quotes:
        found.append(Block("In their words", tuple(map(_quote, item.quotes)), quoted=True))
    return found


def footer(item: Item, digest: Digest) -> Line:
    """Return the line that says where this comes from."""
    name = f"{item.topic_id or item.id} in digest {digest.id}"
    return Line(f"Found by insights: {name}. Below {digest.min_people} people nothing is quoted.")


def markdown(found: Sequence[Block], end: Line, key: str) -> str:
    """Write an issue for GitHub; `key` is hidden in a comment."""
    parts = [_written(block, _markdown, "### ", "> ", "- ") for block in found]
    return "\n\n".join([*parts, _markdown(end), f"<!-- {key} -->"]) + "\n"


def textile(found: Sequence[Block], end: Line, key: str) -> str:
    """Write an issue for Redmine's Textile, which has no comments: `key` is its last line."""
    parts = [_written(block, _textile, "h3. ", "bq. ", "* ") for block in found]
    return "\n\n".join([*parts, _textile(end), key]) + "\n"


def redmine_markdown(found: Sequence[Block], end: Line, key: str) -> str:
    """Write an issue for a Redmine that reads Markdown and drops comments."""
    return markdown(found, end, key).replace(f"<!-- {key} -->", key)


def adf(found: Sequence[Block], end: Line, key: str) -> dict[str, Any]:
    """Write an issue as a document of Jira; `key` is its last line."""
    content: list[dict[str, Any]] = []
    for block in found:
        heading = {"type": "heading", "attrs": {"level": 3}, "content": [escape.adf(block.heading)]}
        lines = [{"type": "paragraph", "content": _adf(line)} for line in block.lines]
        if block.quoted:
            body = [{"type": "blockquote", "content": [line]} for line in lines]
        else:
            items = [{"type": "listItem", "content": [line]} for line in lines]
            body = [{"type": "bulletList", "content": items}]
        content += [heading, *body]
    for line in (end, Line(key)):
        content.append({"type": "paragraph", "content": _adf(line)})
    return {"type": "doc", "version": 1, "content": content}


MARKUPS: dict[str, Callable[[Sequence[Block], Line, str], Any]] = {
    "markdown": markdown,
    "textile": textile,
    "redmine-markdown": redmine_markdown,
    "adf": adf,
}
"""How an issue is written, by what its tracker reads."""


def _written(block: Block, line: Callable[[Line], str], heading: str, quote: str, item: str) -> str:
    mark = quote if block.quoted else item
    between = "\n\n" if block.quoted else "\n"
    lines = between.join(mark + line(each) for each in block.lines)
    return f"{heading}{block.heading}\n\n{lines}"


def _markdown(line: Line) -> str:
    text = escape.markdown(line.text) if line.text else ""
    url = escape.link(line.url)
    return line.lead + text + line.tail + (f" ([source](<{url}>))" if url else "")


def _textile(line: Line) -> str:
    text = escape.textile(line.text) if line.text else ""
    url = escape.link(line.url)
    return line.lead + text + line.tail + (f' ("source":{url} )' if url else "")


def _adf(line: Line) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    if line.lead.strip():
        nodes.append({"type": "text", "text": line.lead})
    if line.text:
        nodes.append(escape.adf(line.text))
    if line.tail:
        nodes.append({"type": "text", "text": line.tail})
    if url := escape.link(line.url):
        nodes.append({"type": "text", "text": " "})
        link = {"type": "link", "attrs": {"href": url}}
        nodes.append({"type": "text", "text": "source", "marks": [link]})
    return nodes


def _expected(item: Item) -> list[Line]:
    if item.observed is None or item.expected is None:
        return []
    seen, usual = figures.decimal(item.observed), figures.decimal(item.expected)
    chance = f"; chance of noise {figures.percent(item.q)}" if item.q is not None else ""
    return [Line(f"Observed {seen} where {usual} were expected{chance}.")]


def _shares(what: str, shares: Sequence[Share]) -> list[Line]:
    return [Line(f"{what}: ", share.name, f" ({share.people} people)") for share in shares]


def _quote(quote: Quote) -> Line:
    return Line(f"{quote.at:%Y-%m-%d}, {quote.role}: ", quote.text, url=quote.url)
