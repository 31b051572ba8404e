"""Draws how many alarms each chance would give, as an SVG that asks nobody for anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 44, 52
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of the plot: alarms a month at each chance; `name` is a class of its style, too."""

    name: str
    label: str
    a_month: Sequence[float]


def draw(
    chances: Sequence[float], curves: Sequence[Curve], *, now: float, proposed: float | None
) -> bytes:
    """Return the plot: chances on a logarithmic axis, alarms a month on a linear one."""
    low, high = math.log10(min(chances)), math.log10(max(chances))
    most = max([value for curve in curves for value in curve.a_month] + [1e-9])
    step = _step(most / 5)
    top = math.ceil(most / step) * step

    def x(chance: float) -> float:
        share = (math.log10(chance) - low) / max(high - low, 1e-9)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    powers = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    template = (files("insights.signals") / "templates" / "tradeoff.svg").read_text("utf-8")
    drawn = Environment(autoescape=True, undefined=StrictUndefined).from_string(template)
    text = drawn.render(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        across=[{"x": x(10.0**power), "label": f"1e{power}"} for power in powers],
        up=[
            {"y": y(place * step), "label": f"{place * step:g}"}
            for place in range(round(top / step) + 1)
        ],
        curves=[
            {
                "name": curve.name,
                "label": curve.label,
                "points": [(x(c), y(v)) for c, v in zip(chances, curve.a_month, strict=True)],
            }
            for curve in curves
        ],
        marks=[
            {"x": x(chance), "label": label}
            for chance, label in (
                [(now, "now and proposed")]
                if proposed == now
                else [(now, "now"), *([(proposed, "proposed")] if proposed else [])]
            )
        ],
    )
    return text.encode()


def _step(least: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next((step * power for step in STEPS if step * power >= least), 10 * power)
