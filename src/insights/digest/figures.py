"""How numbers and times are written in a digest: the same words in every format, every night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isfinite
from urllib.parse import quote

from insights.digest.content import Digest, Item, Period, Share, SourceHealth

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PARTS = ("reach", "momentum", "severity", "novelty", "confidence", "segment")
_BLOCKS = "▁▂▃▄▅▆▇█"
_SPLIT_SHOWN = 4
_WHERE_SHOWN = 3


def count(number: int) -> str:
    """Write a count: `1,284`."""
    return f"{number:,}"


def decimal(number: float | None) -> str:
    """Write a measured number with as many places as can be read: `9.2`, `43`, `0.04`."""
    if number is None or not isfinite(number):
        return "unknown"
    if number == round(number):
        return f"{number:,.0f}"
    return f"{number:,.1f}" if abs(number) >= 1 else f"{number:.2g}"


def percent(share: float | None) -> str:
    """Write a share of 1: `91 %`, `0.4 %`; what rounds to nothing is `under 0.1 %`."""
    if share is None or not isfinite(share):
        return "unknown"
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{share * 100:.0f} %" if share == 0 or share >= 0.1 else f"{share * 100:.1f} %"


def change(now: int, before: int) -> str:
    """Write how a count moved: `+16 %`, `+35 from 8`; small counts as such, not in percent."""
    if now == before:
        return "no change"
    if before == 0:
        return "none before"
    if min(now, before) < 100:
        return f"{now - before:+,} from {before:,}".replace("-", "−")
    return f"{(now - before) / before * 100:+.0f} %".replace("-", "−")


def since(now: int, before: int | None) -> str:
    """Write how a count moved, where the one before may be told."""
    return "few before" if before is None else change(now, before)


def day(at: datetime) -> str:
    """Write a day: `6 Jul 2026`."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def moment(at: datetime) -> str:
    """Write a time: `6 Jul 2026, 04:00 UTC`."""
    return f"{day(at)}, {at:%H:%M} UTC"


def stretch(period: Period) -> str:
    """Write a period by its first and last day: `29 Jun – 5 Jul 2026`."""
    first = period.start
    last = max(first, period.end - timedelta(microseconds=1))
    if (first.year, first.month, first.day) == (last.year, last.month, last.day):
        return day(last)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    month = "" if first.month == last.month else f" {MONTHS[first.month - 1]}"
    return f"{first.day}{month} – {day(last)}"


def age(days: int) -> str:
    """Write how long ago something was born: `first seen 12 days ago`."""
    if days <= 0:
        return "first seen today"
    if days < 60:
        return f"first seen {days} day{'s' if days > 1 else ''} ago"
    return f"first seen {days // 30} months ago" if days < 720 else "first seen years ago"


def plural(number: int, noun: str, many: str = "") -> str:
    """Write a number and its noun: `1 person`, `3 posts`."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def people(number: int, accounts: int | None = None) -> str:
    """Write how many people: `1 person`, `43 people`, `43–47 people`."""
    return f"{between(number, accounts)} {'person' if (accounts or number) == 1 else 'people'}"


def between(number: int, accounts: int | None) -> str:
    """Write how many people at least, and at most where each account may be another person."""
    return count(number) if accounts is None else f"{count(number)}–{count(accounts)}"


def lag(as_of: datetime, source: SourceHealth) -> str:
    """Write how far behind a source is: `3 hours behind`; `no posts yet` before the first."""
    if source.newest_at is None:
        return "no posts yet"
    hours = max(0, int((as_of - source.newest_at).total_seconds() // 3600))
    if hours < 1:
        return "up to date"
    return plural(hours, "hour") + " behind" if hours < 48 else f"{hours // 24} days behind"


def read(source: SourceHealth) -> str:
    """Write how many posts a source gave: `unavailable` is never written as zero."""
    if source.state == "ok":
        return count(source.posts)
    return f"{count(source.posts)}, incomplete" if source.posts else "unavailable"


def pulled(source: SourceHealth, as_of: datetime) -> list[str]:
    """Write what the period's pulls brought, cost and missed, in a few short phrases."""
    said = []
    brought = {"new": source.new, "changed": source.changed, "deleted": source.deleted}
    if any(brought.values()):
        said.append(", ".join(f"{count(n)} {what}" for what, n in brought.items() if n))
    if source.requests:
        waited = f", {source.waited_s:,.0f} s waited" if source.waited_s >= 1 else ""
        said.append(plural(source.requests, "request") + waited)
    if source.failed:
        said.append(f"{count(source.failed)} of {plural(source.pulls, 'pull')} failed")
    if source.last_success_at and (as_of - source.last_success_at).days >= 1:
        said.append(f"last read {moment(source.last_success_at)}")
    if source.state == "waiting" and source.resume_at:
        said.append(f"can be asked again {moment(source.resume_at)}")
    if source.skipped:
        said.append(f"{plural(source.skipped, 'item')} could not be read")
    if source.unchecked:
        said.append("older posts could not be asked for again")
    return said


def readable(digest: Digest) -> str:
    """Write how many sources answered: `2 of 3`."""
    return f"{sum(source.state == 'ok' for source in digest.sources)} of {len(digest.sources)}"


def feedback_url(digest: Digest, item: Item) -> str | None:
    """Return the page on which people say whether an item was useful; None without pages."""
    if digest.pages is None:
        return None
    return f"{digest.pages}/feedback/{quote(digest.id, safe='')}/{quote(item.id, safe='')}"


def versions(digest: Digest) -> list[tuple[str, str]]:
    """Return what made the digest, by name."""
    return sorted(digest.versions.items())


def trouble(digest: Digest) -> str:
    """Write what to know beside the number of sources that answered."""
    if not digest.sources:
        return "none configured"
    fine = all(source.state == "ok" for source in digest.sources)
    return "nothing is missing" if fine else "the rest is unavailable"


def page_url(digest: Digest, anchor: str = "") -> str | None:
    """Return where a digest is read in a browser; None where readers reach no pages."""
    if digest.pages is None:
        return None
    return f"{digest.pages}/digests/{quote(digest.id, safe='')}.html{'#' * bool(anchor)}{anchor}"


def claim_url(digest: Digest, *path: str) -> str | None:
    """Return the page of the posts behind a number; None where readers reach no pages.

    The parts of a path are put together: `claim_url(digest, "items", item.id, "people")`.
    """
    if digest.pages is None:
        return None
    room = f"{digest.pages}/digests/{quote(digest.id, safe='')}/claims"
    return f"{room}/{quote('/'.join(path), safe='/')}"


def taken_out(item: Item) -> list[str]:
    """Say when quotes were taken out, without a word of them."""
    told = "A quote was taken out on {}: its post was erased, deleted or edited."
    return [told.format(day(at)) for at in item.taken_out]


def sparkline(weeks: Sequence[int]) -> str:
    """Draw weekly counts in block characters, scaled to the greatest: `▂▂▁▃▂▄▃█`."""
    top = max([1, *weeks])
    return "".join(_BLOCKS[round(max(0, week) / top * 7)] for week in weeks)


def heights(weeks: Sequence[int], tallest: int) -> list[int]:
    """Return the heights of bars in px, 1..tallest; nothing is 1, so that a week is never lost."""
    top = max([1, *weeks])
    return [max(1, round(max(0, week) / top * tallest)) for week in weeks]


def described(weeks: Sequence[int]) -> str:
    """Say what a sparkline shows, oldest first, for those who do not see it."""
    return "People a week: " + ", ".join(str(week) for week in weeks)


def parts(item: Item) -> list[tuple[str, float]]:
    """Return the parts of a score in one order always, each held to 0..1."""
    known = {name: rank for rank, name in enumerate(PARTS)}
    ordered = sorted(item.parts.items(), key=lambda part: (known.get(part[0], 99), part[0]))
    return [
        (name, min(1.0, max(0.0, value)) if isfinite(value) else 0.0) for name, value in ordered
    ]


def evidence(item: Item) -> str:
    """Write observed against expected and the chance of noise; empty when nothing was tested."""
    if item.observed is None and item.expected is None and item.q is None:
        return ""
    said = f"observed {decimal(item.observed)}, expected {decimal(item.expected)}"
    return said if item.q is None else f"{said}, chance of noise {percent(item.q)}"


def signed(number: float) -> str:
    """Write a change: `+4`, `−1.5`."""
    return f"{number:+,}".replace("-", "−")


def where(item: Item) -> str:
    """Write by what its people stand out: `version 4.2.0 (11 of 14 people, 6×)`."""
    return ", ".join(
        f"{each.kind} {each.name} ({each.people:,} of {people(each.of)}, {often(each.times)}×)"
        for each in item.where[:_WHERE_SHOWN]
    )


def often(times: float) -> str:
    """Write how many times: `6`, `1.7`, `>99`."""
    if not times <= 99:
        return ">99"
    return f"{times:.0f}" if times >= 2 else f"{times:.1f}"


Split = tuple[str, list[Share], int]
"""Its name, the largest shares, and how many more there are."""


def said(item: Item) -> list[Split]:
    """Return what people say in the same words."""
    return _largest(("asks for", item.asks_for), ("fails", item.fails), ("when", item.conditions))


def splits(item: Item) -> list[Split]:
    """Return by what the people of an item can be told apart."""
    return _largest(
        ("sources", item.by_source), ("versions", item.by_version), ("segments", item.by_segment)
    )


def _largest(*named: tuple[str, Sequence[Share]]) -> list[Split]:
    return [
        (name, list(shares[:_SPLIT_SHOWN]), max(0, len(shares) - _SPLIT_SHOWN))
        for name, shares in named
        if shares
    ]
