"""Finds the chances that give a wanted number of alarms, and shows what each would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from insights.corpus import Corpus
from insights.pipeline import verdicts
from insights.pipeline.engine import Engine
from insights.pipeline.rehearse import Night, Telling, look, nights_of, opened, permuted, tell
from insights.pipeline.report import DAYS_A_MONTH
from insights.pipeline.verdicts import Verdict
from insights.signals.options import SignalOptions

TRENDS = ("rising", "falling")
GRID = tuple(float(f"{digit}e{power}") for power in range(-7, -1) for digit in (1, 3))
SEEDS = (1, 2)
LOOSEST = 0.5
"""No chance is put to the test beyond this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A pair of chances, and the alarms a month that it gives; `by_chance` on permuted archives.

    `wrong` and `useful` count the signals of which people said so that it tells.
    """

    chance: float
    trend_chance: float
    emerging: float
    trends: float
    others: float
    by_chance: float
    wrong: int = 0
    useful: int = 0
    wrong_a_month: float = 0.0

    @property
    def false(self) -> float:
        """False alarms a month: of chance, and those that people called wrong."""
        return self.by_chance + self.wrong_a_month

    @property
    def total(self) -> float:
        """Alarms a month of all kinds."""
        return self.emerging + self.trends + self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What was tried, from the strictest on, what holds now, and the choice that is proposed.

    `useful` is how many of the signals that people called useful any choice tells: what is
    proposed tells them all, even if that is more than was wanted. `proposed` is None where even
    the strictest choice tells more than was wanted, and nothing was called useful.
    """

    nights: int
    choices: Sequence[Choice]
    now: Choice
    wanted: float
    proposed: Choice | None
    useful: int = 0


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
    with engine.database.read() as tx:
        said = verdicts.every(tx)
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
    choices = [_choice(pair, real, dealt, said) for pair in pairs.values()]
    return Tuning(
        nights=len(nights),
        choices=choices,
        now=next(choice for choice in choices if choice.chance == options.chance),
        wanted=wanted,
        proposed=proposed(choices, wanted),
        useful=max(choice.useful for choice in choices),
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
    said: Sequence[Verdict],
) -> Choice:
    months = len(real[1]) / DAYS_A_MONTH
    alarms = _alarms(options, *real)
    kinds = [alarm.signal.kind for alarm in alarms]
    by_chance = [each for corpus, nights in dealt for each in _alarms(options, corpus, nights)]
    wrong = verdicts.kept(said, alarms, "wrong")
    emerging, trends = kinds.count("emerging"), sum(kinds.count(kind) for kind in TRENDS)
    return Choice(
        chance=options.chance,
        trend_chance=options.trend_chance,
        emerging=emerging / months,
        trends=trends / months,
        others=(len(kinds) - emerging - trends) / months,
        by_chance=len(by_chance) / len(dealt) / months,
        wrong=wrong,
        useful=verdicts.kept(said, alarms, "useful"),
        wrong_a_month=wrong / months,
    )


def _alarms(options: SignalOptions, corpus: Corpus, nights: Sequence[Night]) -> list[Telling]:
    """Return every alarm under these chances."""
    limits = {"emerging": options.chance, **dict.fromkeys(TRENDS, options.trend_chance)}
    kept = [
        Night(
            night.as_of,
            [f for f in night.findings if f.kind not in limits or f.q < limits[f.kind]],
        )
        for night in nights
    ]
    return tell(corpus, kept, options)


def proposed(choices: Sequence[Choice], wanted: float) -> Choice | None:
    """Return the loosest choice before the first that tells more than is wanted.

    `choices` are ordered from the strictest on. One that adds nothing but alarms that people
    called wrong is passed over; and none is proposed that loses what people called useful: then
    it is the strictest that tells all of it.
    """
    useful = max((choice.useful for choice in choices), default=0)
    held: Choice | None = None
    for choice in choices:
        if choice.total > wanted:
            break
        if held is None or not _only_wrong(choice, held):
            held = choice
    if held is not None and held.useful == useful:
        return held
    return next((choice for choice in choices if useful and choice.useful == useful), held)


def _only_wrong(looser: Choice, held: Choice) -> bool:
    more = looser.total - held.total
    return looser.wrong > held.wrong and more <= looser.wrong_a_month - held.wrong_a_month + 1e-9
