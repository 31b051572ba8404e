"""How the figures of a community are written: the same words in every format."""

from __future__ import annotations

from insights.digest import figures
from insights.digest.content import Judged
from insights.digest.pulse import Compared, Figure, Pulse

TITLE = "Community health"
PLURALS = {
    "emerging": "emerging issues",
    "rising": "rising topics",
    "falling": "falling topics",
    "returned": "returned topics",
    "regression": "regressions",
    "risk": "risks",
    "momentum": "gaining requests",
    "problem": "problems",
    "request": "requests",
    "question": "questions",
    "unanswered": "unanswered questions",
    "praise": "items of praise",
}
MOST_KINDS = 4
TOO_WIDE = 0.8
"""The share of 1 from which on usual bounds say nothing."""


def lead(pulse: Pulse) -> str:
    """Say how many figures moved, and what is meant by that."""
    moved = sum(figure.moved is not None for figure in pulse.figures)
    judged = sum(figure.usual is not None or figure.moved is not None for figure in pulse.figures)
    if not judged:
        return "There is too little history yet to tell what moved from what always swings."
    if not moved:
        return f"None of {figures.plural(judged, 'figure')} moved beyond its usual swing."
    return (
        f"{figures.count(moved)} of {figures.plural(judged, 'figure')} moved beyond the usual "
        "swing: they stand first."
    )


def known(pulse: Pulse) -> list[Figure]:
    """Return the figures that say something, what moved first."""
    return [figure for figure in pulse.figures if figure.value is not None or _hidden(figure)]


def has_quarter(pulse: Pulse) -> bool:
    """Say whether anything is known of a quarter ago."""
    return any(figure.quarter.value is not None for figure in pulse.figures)


def unknown(pulse: Pulse) -> list[str]:
    """Say what is not known, and why; then what was left out."""
    said = [
        f"{figure.title}: not known, {figure.missing}"
        for figure in pulse.figures
        if figure.value is None and not _hidden(figure)
    ]
    reasons = {figure.quarter.missing for figure in known(pulse)} - {""}
    if reasons and not has_quarter(pulse):
        said.append(f"Nothing is known of a quarter ago: {', '.join(sorted(reasons))}")
    return [*said, *pulse.left_out]


def now(figure: Figure) -> str:
    """Write a figure: `261`, `36 %`, `2.5 days`, `−0.19`, `fewer than 3 people`."""
    if figure.value is None:
        return figure.missing
    return _written(figure.unit, figure.value)


def against(figure: Figure, other: Compared) -> str:
    """Write a figure of another time, and how it moved: `337 (−23 %)`, `32 % (+4 points)`.

    Where sources are left out, what moved is that of the others, then and now.
    """
    if other.value is None or other.now is None:
        return other.missing or "not known"
    notes = [_change(figure.unit, other.now, other.value)]
    notes += [f"without {', '.join(other.without)}"] if other.without else []
    return f"{_written(figure.unit, other.value)} ({', '.join(note for note in notes if note)})"


def _change(unit: str, now: float, then: float) -> str:
    if unit == "people":
        return figures.change(round(now), round(then)).partition(" from ")[0]
    if unit == "share":
        points = round(100 * now) - round(100 * then)
        return f"{_signed(points)} points" if points else "no change"
    if unit == "mood":
        return f"{now - then:+.2f}".replace("-", "−")
    if _time(now) == _time(then):
        return "no change"
    times = max(now, 1e-9) / max(then, 1e-9)
    if times >= 1:
        return f"{figures.often(times)}× as long"
    return f"{(now - then) / then * 100:.0f} %".replace("-", "−")


def direction(figure: Figure) -> str:
    """Write where a figure moved, and from what: `▲ up`, `▼ down from a quarter ago`."""
    if figure.moved is None:
        return ""
    sign = "▲" if figure.moved == "up" else "▼"
    return f"{sign} {figure.moved}" + (" from a quarter ago" if figure.against == "quarter" else "")


def usual(figure: Figure) -> str:
    """Write between which values it usually is; empty where that is not known."""
    if figure.usual is None:
        return ""
    low, high = figure.usual
    if figure.unit == "share" and high - low > TOO_WIDE:
        return "it swings too widely to say what is usual"
    return f"usually {_written(figure.unit, low)} to {_written(figure.unit, high)}"


def spark(figure: Figure) -> str:
    """Draw the periods before and this one in block characters; a dot is one not known."""
    known = [place for place, value in enumerate(figure.past) if value is not None]
    values = [*figure.past[known[0] if known else 0 :], figure.value]
    top = max([value for value in values if value is not None], default=0) or 1
    return "".join(
        "·" if value is None else figures.sparkline([round(100 * value / top), 100])[0]
        for value in values
    )


def precision(judged: tuple[Judged, ...]) -> tuple[str, ...]:
    """Say how many judged items were useful or wrong, by kind, the most judged first."""
    said = [
        f"Of {one.judged:,} judged {PLURALS.get(one.kind, one.kind)} {one.useful:,} "
        f"{'was' if one.useful == 1 else 'were'} useful (95 % interval "
        f"{_percents(one.useful_between)}), {one.wrong:,} wrong."
        for one in judged[:MOST_KINDS]
    ]
    return (f"What readers said so far, each issue once. {' '.join(said)}",) if said else ()


def waiting_for(days: float) -> str:
    """Write for how long somebody has waited."""
    return f"{days * 24:.0f} hours" if days < 2 else f"{days:.0f} days"


def _hidden(figure: Figure) -> bool:
    return figure.value is None and figure.few


def _written(unit: str, value: float) -> str:
    if unit == "people":
        return figures.count(round(value))
    if unit == "share":
        return f"{value * 100:.0f} %"
    if unit == "days":
        return _time(value)
    return f"{value:+.2f}".replace("-", "−")


def _time(days: float) -> str:
    minutes = round(days * 24 * 60)
    if minutes < 90:
        return figures.plural(minutes, "minute")
    return f"{days * 24:.0f} hours" if days < 2 else f"{days:.1f} days"


def _signed(number: int) -> str:
    return f"{number:+}".replace("-", "−")


def _percents(between: tuple[float, float]) -> str:
    return f"{between[0] * 100:.0f} to {between[1] * 100:.0f} %"
