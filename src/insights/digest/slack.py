"""A digest as a message for Slack, in the blocks of its Block Kit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from insights.digest import escape, figures, palette, sections, vital
from insights.digest.content import Digest, Item, Quote
from insights.digest.escape import clip, slack
from insights.digest.pulse import Figure

LARGEST = 12_000
"""Characters of a message as a whole: Slack refuses those beyond some 13,000."""
MOST_BLOCKS = 50
LONGEST_SECTION = 3_000
LONGEST_HEADER = 150

Block = dict[str, Any]


class _Detail(NamedTuple):
    """How much is told; what is left out is counted, and stands on the page of the digest."""

    quotes: int
    rows: int
    changes: int
    unseen: int
    reasons: bool = True
    cards: int = 5


_FOLDS = (
    _Detail(2, 5, 6, 5),
    _Detail(1, 5, 5, 3),
    _Detail(1, 3, 3, 2),
    _Detail(1, 2, 2, 1),
    _Detail(0, 2, 2, 1),
    _Detail(0, 1, 1, 1, reasons=False),
    _Detail(0, 0, 0, 0, reasons=False, cards=3),
    _Detail(0, 0, 0, 0, reasons=False, cards=1),
)
"""From rich to spare: the first that fits is taken."""


def message(digest: Digest) -> str:
    """Return the message as JSON, without the channel: `blocks`, and `text` for notifications."""
    document = ""
    for detail in _FOLDS:
        blocks = list(_blocks(digest, detail))
        text = f"{slack(clip(digest.community, 80))}: {slack(clip(digest.headline, 200))}"
        told = {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
        document = json.dumps(told, ensure_ascii=False, indent=1)
        size = len(json.dumps(told, ensure_ascii=False))
        if size <= LARGEST and len(blocks) <= MOST_BLOCKS:
            break
    return document + "\n"


def _blocks(digest: Digest, detail: _Detail) -> Iterator[Block]:
    yield from _head(digest)
    yield from _decisions(digest, detail)
    yield {"type": "divider"}
    changes = [_change(change.kind, change.subject, change.text) for change in digest.changes]
    empty = slack(sections.no_changes(digest))
    yield _list(digest, sections.CHANGES_TITLE, "changes", changes, detail.changes, empty)
    for section in sections.lasting(digest):
        rows = [_row(item) for item in section.items]
        if rows:
            yield _list(digest, section.title, section.key, rows, detail.rows)
    if digest.pulse is not None:
        moved = [_moved(figure) for figure in vital.known(digest.pulse) if figure.moved]
        lead = slack(vital.lead(digest.pulse))
        yield _list(digest, vital.TITLE, "community", moved, detail.rows, lead)
    unseen = [f"• {slack(clip(line, 240))}" for line in sections.unseen(digest)]
    yield _list(digest, "What could not be seen", "unseen", unseen, detail.unseen)
    yield {"type": "divider"}
    yield _context(*_foot(digest))


def _head(digest: Digest) -> Iterator[Block]:
    headline = escape.plain(digest.headline)
    if len(headline) <= LONGEST_HEADER:
        yield {"type": "header", "text": {"type": "plain_text", "text": headline, "emoji": False}}
    else:
        yield _section(f"*{slack(clip(headline, 400))}*")
    yield _context(
        f"{slack(clip(digest.community, 80))} · {figures.stretch(digest.period)}, compared with "
        f"{figures.stretch(digest.compared_with)}",
        f"{figures.count(digest.posts)} posts "
        f"({figures.change(digest.posts, digest.posts_before)}) · "
        f"{figures.people(digest.people, digest.accounts)} "
        f"({figures.change(digest.people, digest.people_before)}) · "
        f"{figures.readable(digest)} sources answered",
    )
    if digest.sentences:
        yield _section(*(f"• {slack(clip(sentence, 300))}" for sentence in digest.sentences[:3]))


def _decisions(digest: Digest, detail: _Detail) -> Iterator[Block]:
    section = sections.decisions(digest)
    yield _section(f"*{section.title}*")
    if not section.items:
        yield _section(f"_{slack(section.empty)}_")
    shown = section.items[: min(section.shown, detail.cards)]
    for number, item in enumerate(shown, 1):
        yield _section(*_card(number, item, detail))
    hidden = len(section.items) - len(shown)
    if hidden:
        yield _section(_more(digest, hidden, section.key))


def _card(number: int, item: Item, detail: _Detail) -> Iterator[str]:
    """The lines of one insight, the most important first."""
    yield f"*{number}. {_named(item)}*"
    yield f"{_status(item)} · {_figures(item)} · {figures.age(item.age_days)}"
    if item.next_step:
        yield f"→ {slack(clip(item.next_step, 300))}"
    if detail.reasons and item.why:
        yield _line("Why", item.why)
    if detail.reasons and item.where:
        yield _line("Where", figures.where(item))
    if detail.reasons and item.links:
        linked = (_link(clip(link.text, 80), link.url) for link in item.links[:3])
        yield f"Tracker: {', '.join(linked)}"
    for quote in item.quotes[: detail.quotes]:
        yield _quote(quote)


def _line(name: str, text: str) -> str:
    return f"{name}: {slack(clip(text, 300))}"


def _quote(quote: Quote) -> str:
    where = f"{clip(quote.source, 40)}, {figures.day(quote.at)}"
    return f"> “{slack(clip(quote.text, 320))}” {_link(where, quote.url)}"


def _row(item: Item) -> str:
    return f"• {_named(item)} · {_figures(item)}"


def _change(kind: str, subject: str, text: str) -> str:
    sign = palette.TONES[kind][0]
    return f"{sign} *{kind}* {slack(clip(subject, 120))}: {slack(clip(text, 200))}"


def _moved(figure: Figure) -> str:
    """One figure of the community beyond its usual swing, and what to do about it."""
    against = slack(clip(vital.against(figure, figure.before), 80))
    told = f"• {vital.direction(figure)}: {slack(figure.title)} {slack(vital.now(figure))}"
    return f"{told} ({against}) → {slack(clip(figure.advice, 200))}"


def _figures(item: Item) -> str:
    people = figures.people(item.people, item.accounts)
    change = figures.change(item.people, item.people_before)
    spark = f" {figures.sparkline(item.weeks)}" if item.weeks else ""
    return f"{people} ({change}){spark}"


def _status(item: Item) -> str:
    return f"{palette.TONES.get(item.status, ('·', ''))[0]} {slack(clip(item.status, 20))}"


def _named(item: Item) -> str:
    return _link(clip(item.title, 160), item.url)


def _link(text: str, url: str | None) -> str:
    href = escape.link(url)
    told = slack(text)
    return f"<{href.replace('&', '&amp;')}|{told}>" if href else told


def _list(
    digest: Digest, title: str, key: str, rows: Sequence[str], shown: int, empty: str = ""
) -> Block:
    """One section of lines; those that are left out are counted, and a link leads to them."""
    lines = list(rows[:shown])
    while lines and len(_joined(f"*{title}*", *lines)) > LONGEST_SECTION - 200:
        lines.pop()
    if hidden := len(rows) - len(lines):
        lines.append(_more(digest, hidden, key))
    return _section(f"*{title}*", *(lines or [f"_{empty}_"]))


def _more(digest: Digest, number: int, key: str) -> str:
    told = f"+{figures.count(number)} more"
    page = sections.page(digest)
    return f"… {_link(told, f'{page}#{key}')}" if page else f"… {told}"


def _foot(digest: Digest) -> Iterator[str]:
    if page := sections.page(digest):
        yield _link("The whole digest, with its method", page)
    yield (
        f"{slack(clip(digest.id, 60))}, made {figures.moment(digest.as_of)}. "
        f"{slack(sections.watching(digest))}"
    )


def _section(*lines: str) -> Block:
    """Return lines as one block: whole lines are left out, from the last, where it is too long."""
    kept = list(lines)
    while len(kept) > 1 and len(_joined(*kept)) > LONGEST_SECTION:
        kept.pop()
    # verbatim: Slack looks for no addresses, names or channels in what people wrote
    return {"type": "section", "text": _text(_joined(*kept))}


def _context(*texts: str) -> Block:
    return {"type": "context", "elements": [_text(text) for text in texts]}


def _text(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _joined(*lines: str) -> str:
    return "\n".join(lines)
