"""Finds the chances that give a wanted number of alarms, and shows what each would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from insights.corpus import Corpus
from insights.pipeline.engine import Engine
from insights.pipeline.rehearse import Night, look, nights_of, opened, permuted, tell
from insights.pipeline.report import DAYS_A_MONTH
from insights.signals.options import SignalOptions

TRENDS = ("rising", "falling")
GRID = tuple(float(f"{digit}e{power}") for power in range(-7, -1) for digit in (1, 3))
SEEDS = (1, 2)
LOOSEST = 0.5
"""No chance is put to the test beyond this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A pair of chances, and the alarms a month that it gives; `by_chance` on permuted archives."""

    chance: float
    trend_chance: float
    emerging: float
    trends: float
    others: float
    by_chance: float

    @property
    def total(self) -> float:
        """Alarms a month of all kinds."""
        return self.emerging + self.trends + self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What was tried, from the strictest on, what holds now, and the choice that is proposed.

    `proposed` is None where even the strictest choice tells more than was wanted.
    """

    nights: int
    choices: Sequence[Choice]
    now: Choice
    wanted: float
    proposed: Choice | None


def tune(
    engine: Engine,
    *,
    wanted: float,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Tuning:
    """Try chances on the archive and on permuted ones; propose the loosest that tells no more.

    Both chances move together, in the ratio that they have now. Nights are looked at once, with
    the loosest chances: what a stricter one tells of a night is the part of it that has a lower q.
    """
    state, _ = opened(engine)
    options = engine.options.signals
    nights = nights_of(state.corpus, options, since, until)
    pairs = {chance: _with(options, chance) for chance in sorted({*GRID, options.chance})}
    loosest = pairs[max(pairs)]

    def seen(corpus: Corpus, step: str) -> tuple[Corpus, list[Night]]:
        found = look(corpus, state.topics, nights, loosest, progress=engine.progress, step=step)
        return corpus, found

    real = seen(state.corpus, "rehearse")
    dealt = [
        seen(permuted(state.corpus, seed), f"permuted {seed} of {len(SEEDS)}") for seed in SEEDS
    ]
    choices = [_choice(pair, real, dealt) for pair in pairs.values()]
    return Tuning(
        nights=len(nights),
        choices=choices,
        now=next(choice for choice in choices if choice.chance == options.chance),
        wanted=wanted,
        proposed=_proposed(choices, wanted),
    )


def _with(options: SignalOptions, chance: float) -> SignalOptions:
    trend = options.trend_chance * chance / options.chance
    # Of a float such as 0.00030000000000000003 nobody would say that it was chosen.
    held = float(f"{min(max(trend, 1e-12), LOOSEST):.2g}")
    if chance == options.chance:
        held = options.trend_chance
    return options.model_copy(update={"chance": chance, "trend_chance": held})


def _choice(
    options: SignalOptions,
    real: tuple[Corpus, list[Night]],
    dealt: Sequence[tuple[Corpus, list[Night]]],
) -> Choice:
    months = len(real[1]) / DAYS_A_MONTH
    kinds = _kinds(options, *real)
    by_chance = [kind for corpus, nights in dealt for kind in _kinds(options, corpus, nights)]
    emerging, trends = kinds.count("emerging"), sum(kinds.count(kind) for kind in TRENDS)
    return Choice(
        chance=options.chance,
        trend_chance=options.trend_chance,
        emerging=emerging / months,
        trends=trends / months,
        others=(len(kinds) - emerging - trends) / months,
        by_chance=len(by_chance) / len(dealt) / months,
    )


def _kinds(options: SignalOptions, corpus: Corpus, nights: Sequence[Night]) -> list[str]:
    """Return the kind of every alarm under these chances."""
    limits = {"emerging": options.chance, **dict.fromkeys(TRENDS, options.trend_chance)}
    kept = [
        Night(
            night.as_of,
            [f for f in night.findings if f.kind not in limits or f.q < limits[f.kind]],
        )
        for night in nights
    ]
    return [alarm.signal.kind for alarm in tell(corpus, kept, options)]


def _proposed(choices: Sequence[Choice], wanted: float) -> Choice | None:
    """Return the loosest choice before the first that tells more than is wanted."""
    held = None
    for choice in choices:
        if choice.total > wanted:
            break
        held = choice
    return held
