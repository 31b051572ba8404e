"""A digest in short, as text of 80 columns: for consoles and the text part of mails."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from insights.digest import escape, figures, palette, sections, vital
from insights.digest.content import Digest, Item

WIDTH = 80
_SHOWN = {"problems": 3, "requests": 3, "slow_burners": 2, "praise": 2, "questions": 2}
_CHANGES_SHOWN = 4
_AREAS_SHOWN = 3
_TROUBLED_SHOWN = 4
_FIGURES_SHOWN = 6
_DETAILED = 4
_AS_EMOJI = "\ufe0f"  # makes the character before it as wide as two


def text(digest: Digest) -> str:
    """Return the digest in short: lines of at most WIDTH columns, each safe for a terminal."""
    return "".join(escape.terminal(line) + "\n" for line in _lines(digest))


def _lines(digest: Digest) -> Iterator[str]:
    yield from _head(digest)
    yield from _decisions(digest)
    yield from _changes(digest)
    for section in sections.lasting(digest):
        yield from _list(section, _SHOWN[section.key])
    yield from _pulse(digest)
    yield from _heading("Watch list")
    yield from _wrapped(sections.watching(digest))
    yield from _heading("What could not be seen")
    for line in sections.unseen(digest)[:5]:
        yield _cut(f"- {escape.plain(line)}")
    yield ""
    yield from _wrapped(
        f"Digest {escape.clip(digest.id, 40)}, made {figures.moment(digest.as_of)}. "
        "All quotes and the method are in the other formats."
    )


def _head(digest: Digest) -> Iterator[str]:
    yield _cut(
        f"{escape.clip(digest.community, 24)}: {figures.stretch(digest.period)}, "
        f"compared with {figures.stretch(digest.compared_with)}"
    )
    yield ""
    yield from _wrapped(escape.clip(digest.headline, 200))
    yield _cut(
        f"{figures.count(digest.posts)} posts ({figures.change(digest.posts, digest.posts_before)})"
        f", {figures.people(digest.people, digest.accounts)} "
        f"({figures.change(digest.people, digest.people_before)})"
        f", {figures.percent(digest.coverage)} in topics"
    )
    yield from _health(digest)
    yield ""
    for sentence in digest.sentences[:3]:
        yield from _wrapped(escape.clip(sentence, 240))
    if digest.areas:
        said = (
            f"{escape.clip(area.title, 30)} {figures.count(area.people)}"
            f" ({figures.since(area.people, area.people_before)})"
            for area in digest.areas[:_AREAS_SHOWN]
        )
        yield from _wrapped(f"{sections.AREAS_TITLE}, people: {'; '.join(said)}")


def _health(digest: Digest) -> Iterator[str]:
    """What answered in one paragraph, then a line for each source that did not."""
    fine = [source for source in digest.sources if source.state == "ok"]
    said = []
    for place, source in enumerate(fine[:8]):
        details = figures.pulled(source, digest.as_of) if place < _DETAILED else []
        more = f" ({'; '.join(details)})" if details else ""
        said.append(f"{escape.clip(source.name, 30)} {figures.read(source)}{more}")
    if fine:
        yield from _wrapped("✓ " + ", ".join(said) + (", …" if len(fine) > 8 else ""))
    troubled = [source for source in digest.sources if source.state != "ok"]
    for source in troubled[:_TROUBLED_SHOWN]:
        known = f"{figures.read(source)}, {figures.lag(digest.as_of, source)}"
        note = "".join(f", {said}" for said in figures.pulled(source, digest.as_of))
        note += f", {escape.plain(source.note)}" if source.note else ""
        sign = palette.TONES[source.state][0]
        yield _cut(f"{sign} {escape.clip(source.name, 30)} ({source.state}): {known}{note}")
    yield from _more(len(troubled) - _TROUBLED_SHOWN)


def _decisions(digest: Digest) -> Iterator[str]:
    section = sections.decisions(digest)
    yield from _heading(section.title, len(section.items))
    if not section.items:
        yield from _wrapped(section.empty)
    for number, item in enumerate(section.items[: section.shown], 1):
        yield _entry(number, item)
        yield _cut(f"    {_facts(item)}")
        if item.where:  # one of the two: what a console shows is short
            yield _cut(f"    Where: {escape.plain(figures.where(item))}")
        else:
            yield from _said(item)
        if item.quotes:
            yield _cut(f"    “{escape.clip(item.quotes[0].text, 72)}”")
        if item.next_step:
            yield _cut(f"    → {escape.plain(item.next_step)}")
    yield from _more(section.hidden)


def _changes(digest: Digest) -> Iterator[str]:
    yield from _heading(sections.CHANGES_TITLE, len(digest.changes))
    if not digest.changes:
        yield from _wrapped(sections.no_changes(digest))
    for change in digest.changes[:_CHANGES_SHOWN]:
        sign = palette.TONES[change.kind][0]
        said = f"{escape.clip(change.subject, 48)}: {escape.plain(change.text)}"
        yield _cut(f"{sign} {change.kind:<9} {said}")
    yield from _more(len(digest.changes) - _CHANGES_SHOWN)


def _list(section: sections.Section, shown: int) -> Iterator[str]:
    yield from _heading(section.title, len(section.items))
    if not section.items:
        yield from _wrapped(section.empty)
    for number, item in enumerate(section.items[:shown], 1):
        yield _entry(number, item)
        yield from _said(item)
    yield from _more(len(section.items) - shown)


def _pulse(digest: Digest) -> Iterator[str]:
    """What moved, with what to do; of the rest a line of figures."""
    if digest.pulse is None:
        return
    yield from _heading(vital.TITLE)
    yield from _wrapped(vital.lead(digest.pulse))
    known = vital.known(digest.pulse)
    for figure in (each for each in known if each.moved):
        yield _cut(
            f"{vital.direction(figure)}: {figure.title} {vital.now(figure)} "
            f"({vital.against(figure, figure.before)})"
        )
        yield _cut(f"    → {figure.advice}")
    rest = [f"{f.title} {vital.now(f)}" for f in known if not f.moved]
    yield from _wrapped("; ".join(rest[:_FIGURES_SHOWN])) if rest else ()


def _entry(number: int, item: Item) -> str:
    """One line in columns: number, title, people, the weeks."""
    told = figures.people(item.people, item.accounts)
    figure = f"{told:>12}  {figures.sparkline(item.weeks[-8:]):<8}"
    room = WIDTH - 4 - _width(figure)
    title = _cut(escape.plain(item.title), room)
    return f"{number:>2}. {title}{' ' * (room - _width(title))}{figure}"


def _said(item: Item) -> Iterator[str]:
    """One line of what people say in the same words, and how many of them."""
    told = {"asks for": item.asks_for, "fails": item.fails, "when": item.conditions}
    said = [
        f"{name}: " + ", ".join(f"{escape.clip(s.name, 30)} ({s.people})" for s in shares[:2])
        for name, shares in told.items()
        if shares
    ]
    if said:
        yield _cut(f"    {'; '.join(said)}")


def _facts(item: Item) -> str:
    sign = palette.TONES.get(item.status, ("·", ""))[0]
    facts = f"{sign} {escape.clip(item.status, 20)}, {figures.plural(item.age_days, 'day')} old"
    if item.observed is not None or item.expected is not None:
        facts += f"; observed {figures.decimal(item.observed)}"
        facts += f", expected {figures.decimal(item.expected)}"
    return facts if item.q is None else f"{facts}, noise {figures.percent(item.q)}"


def _heading(title: str, number: int = 0) -> Iterator[str]:
    yield ""
    said = title.upper() + (f" ({number})" if number else "")
    yield f"{said} {'─' * (WIDTH - 1 - _width(said))}"


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"    … {number} more"


def _wrapped(paragraph: str) -> Iterator[str]:
    line = ""
    for word in escape.plain(paragraph).split(" "):
        if line and _width(line) + 1 + _width(word) > WIDTH:
            yield line
            line = ""
        line = _cut(f"{line} {word}" if line else word)
    yield line


def _cut(line: str, width: int = WIDTH) -> str:
    """Return `line` in at most `width` columns, with a `…` where something is missing."""
    if _width(line) <= width:
        return line
    kept, used = [], 1
    for character in line:
        used += _width(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def _width(line: str) -> int:
    """Return how many columns a terminal gives to `line`: two for wide, none for marks."""
    if line.isascii():
        return len(line)
    return sum(
        0
        if unicodedata.category(character) in ("Mn", "Me", "Cf") and character != _AS_EMOJI
        else 2
        if unicodedata.east_asian_width(character) in ("W", "F")
        else 1
        for character in line
    )
