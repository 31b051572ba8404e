"""Commands that say how well the detectors do on an archive, and how to tune them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from insights.cli import terminal

if TYPE_CHECKING:
    from insights.pipeline.tune import Choice, Tuning

Form = Literal["table", "json"]
BAR = 40
"""Months that are listed; of a longer stretch the last ones."""


def show_report(
    *,
    since: str | None,
    until: str | None,
    events: str | None,
    releases: str | None,
    form: Form,
) -> None:
    """Print what the detectors, as they are tuned, would have told; `insights replay --report`."""
    from insights.pipeline import known
    from insights.pipeline.report import report

    stretch = _stretch(since, until)
    # What is wrong in them is told before the nights are looked at.
    expected = known.read_events(events) if events else []
    released = known.read_releases(releases) if releases else []
    engine = terminal.workspace().engine(terminal.Progress())
    found = report(engine, **stretch, events=expected, releases=released)
    if form == "json":
        terminal.emit(found)
        return
    for line in _lines(found):
        terminal.tell(line)


def tune(
    *,
    alarms_per_month: Annotated[float, Parameter(help="how many are wanted at most")] = 4.0,
    since: Annotated[str | None, Parameter(help="the first night")] = None,
    until: Annotated[str | None, Parameter(help="the last night")] = None,
    plot: Annotated[str | None, Parameter(help="an SVG file to write")] = None,
    format: Annotated[Form, Parameter(help="for people, or for programs")] = "table",
) -> None:
    """Propose how surprising something must be to be told, for a wanted number of alarms.

    Looks at every night of the archive, as it is and with its texts dealt out anew over its
    posts, where every alarm is a false one. Changes nothing: the lines to paste are printed.

    Example: insights tune --alarms-per-month 2 --plot tradeoff.svg
    """
    from insights.errors import UsageError
    from insights.pipeline.tune import tune as tune_chances

    if not (math.isfinite(alarms_per_month) and alarms_per_month > 0):
        raise UsageError("--alarms-per-month must be more than 0, e.g. 2 or 0.5")
    stretch = _stretch(since, until)
    engine = terminal.workspace().engine(terminal.Progress())
    found = tune_chances(engine, wanted=alarms_per_month, **stretch)
    if plot:
        _draw(found, Path(plot))
        terminal.say(f"the plot is in {plot}")
    if format == "json":
        terminal.emit(_tuning(found))
        return
    for line in _table(found):
        print(line)


def _stretch(since: str | None, until: str | None) -> dict[str, Any]:
    return {
        "since": terminal.night(since, "--since") if since else None,
        "until": terminal.night(until, "--until") if until else None,
    }


# --- the report ---------------------------------------------------------------------------------


def _lines(found: dict[str, Any]) -> Iterator[str]:
    alarms, judged = found["alarms"], found["judged"]
    yield (
        f"{found['nights']:,} nights, {found['since']} to {found['until']}, "
        f"{found['passages']:,} passages"
    )
    yield ""
    yield f"{'alarms':<24}{'total':>8}{'a month':>10}"
    for kind, row in alarms["by_kind"].items():
        yield f"  {kind:<22}{row['total']:>8,}{row['a_month']:>10.2f}"
    yield f"  {'all':<22}{alarms['total']:>8,}{alarms['a_month']:>10.2f}"
    yield from _months(alarms["by_month"])
    yield ""
    yield f"by chance, {found['false_alarms']['archives']} archives with their texts dealt out anew"
    yield f"{'false alarms':<24}{'total':>8}{'a year':>10}    95 % interval"
    rates = {**found["false_alarms"]["by_kind"], "all": found["false_alarms"]["total"]}
    for kind, rate in rates.items():
        yield (
            f"  {kind:<22}{rate['alarms']:>8,}{rate['a_year']:>10.2f}"
            f"    {rate['low']:.2f} to {rate['high']:.2f}"
        )
    yield ""
    yield (
        f"judged by people: {judged['judged']:,} of {judged['signals']:,} signals; "
        f"{judged['confirmed']:,} confirmed, {judged['refuted']:,} refuted, "
        f"{judged['not_useful']:,} of no use"
    )
    if found["releases"]:
        yield _released(found["releases"])
    if found["events"]:
        yield ""
        hits = sum(event["caught"] for event in found["events"])
        yield f"known events: {hits:,} of {len(found['events']):,} caught"
        yield from map(_event, found["events"])


def _months(months: dict[str, dict[str, int]]) -> Iterator[str]:
    if not months:
        return
    yield ""
    left_out = len(months) - BAR
    yield "months with alarms" + (f" (the last {BAR} of {len(months)})" if left_out > 0 else "")
    for month in sorted(months)[-BAR:]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in months[month].items())
        yield f"  {month}  {kinds}"


def _released(row: dict[str, Any]) -> str:
    lead = "" if row["days"] is None else f", {row['days']:g} days after the alarm (median)"
    return (
        f"release notes: of {row['alarms']:,} alarms, {row['named']:,} are named by one of "
        f"{row['releases']:,} releases in the 90 days after{lead}, "
        f"{row['named_before']:,} by one in the 90 days before"
    )


def _event(event: dict[str, Any]) -> str:
    title = terminal.one_line(event["title"], 40)
    if not event["caught"]:
        return f"  {event['date']}  {title:<40}  missed"
    topic = f", {event['topic_id']} {event['topic'] or ''}".rstrip() if event["topic_id"] else ""
    return (
        f"  {event['date']}  {title:<40}  day {event['days']:+d}: {event['kind']}, "
        f"{event['people']} people, {event['matched']} of {event['posts']} posts"
        f"{terminal.one_line(topic, 60)}"
    )


# --- tuning -------------------------------------------------------------------------------------


def _table(found: Tuning) -> Iterator[str]:
    yield f"{found.nights:,} nights; alarms a month, on the archive and by chance"
    yield "useful, wrong: of the signals that people judged in digests, those that are told"
    yield ""
    yield (
        f"{'chance':>9}{'trend_chance':>14}{'emerging':>10}{'trends':>9}{'others':>9}{'all':>9}"
        f"{'by chance':>11}{'useful':>8}{'wrong':>7}"
    )
    for choice in found.choices:
        notes = [
            note
            for held, note in ((found.now, "now"), (found.proposed, "proposed"))
            if held is choice
        ]
        yield (
            f"{choice.chance:>9.1e}{choice.trend_chance:>14.1e}{choice.emerging:>10.2f}"
            f"{choice.trends:>9.2f}{choice.others:>9.2f}{choice.total:>9.2f}"
            f"{choice.by_chance:>11.2f}{choice.useful:>8,}{choice.wrong:>7,}"
            f"  {', '.join(notes)}".rstrip()
        )
    yield ""
    yield from _advice(found)


def _advice(found: Tuning) -> Sequence[str]:
    choice = found.proposed
    if choice is None:
        return [
            f"even the strictest choice tells more than {found.wanted:g} a month; raise "
            "signals.min_people, or want more"
        ]
    lines = [f"for at most {found.wanted:g} alarms a month, put into insights.toml:"]
    if choice is found.choices[-1]:
        lines.insert(0, f"the loosest choice that was tried gives {choice.total:.2f} a month")
    if choice.total > found.wanted:
        lines[0] = (
            f"this gives {choice.total:.2f} alarms a month, more than wanted: a stricter choice "
            f"loses some of the {found.useful:,} that people called useful. Put into insights.toml:"
        )
    return [
        *lines,
        "",
        "[signals]",
        f"chance = {choice.chance:g}",
        f"trend_chance = {choice.trend_chance:g}",
    ]


def _tuning(found: Tuning) -> dict[str, Any]:
    return {
        "nights": found.nights,
        "wanted": found.wanted,
        "useful": found.useful,
        "choices": [_choice(choice) for choice in found.choices],
        "now": _choice(found.now),
        "proposed": _choice(found.proposed) if found.proposed else None,
    }


def _choice(choice: Choice) -> dict[str, float]:
    names = ("emerging", "trends", "others", "total", "by_chance", "false")
    return {
        "chance": choice.chance,
        "trend_chance": choice.trend_chance,
        "useful": choice.useful,
        "wrong": choice.wrong,
        **{name: round(getattr(choice, name), 4) for name in names},
    }


def _draw(found: Tuning, path: Path) -> None:
    from insights.signals.tradeoff import Curve, draw

    chances = [choice.chance for choice in found.choices]
    curves = [
        Curve("real", "alarms a month on the archive", [c.total for c in found.choices]),
        Curve("permuted", "of chance, or judged wrong", [c.false for c in found.choices]),
    ]
    proposed = found.proposed.chance if found.proposed else None
    terminal.write_whole(path, draw(chances, curves, now=found.now.chance, proposed=proposed))
