"""How many bursts are told, how many alarms are false, and how long a large night takes.

    python benchmarks/detection.py [--a-day 10 100 1000] [--rounds 10] [--alike 0.65]
        [--years 1] [--passages 200000] [--only power|false|time]

Communities are simulated (insights/sample/crowd.py). Power: bursts of as many people, over as
many days, about a matter that nobody spoke of before, one at a time; told is a burst if a finding
of a night from its first day to two days after its last is for the most part of its posts.
False: alarms in communities without any burst, each alarm a false one, and in the same
with their texts dealt out anew. Time: one night's detection with as many passages between the
begin of the history and the night.
"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta

import numpy as np

from insights.corpus import EPOCH, Corpus
from insights.models import Topic
from insights.pipeline.rehearse import Night, look, nights_of, permuted, tell
from insights.pipeline.report import Rate
from insights.sample.crowd import ALIKE, Crowd, together
from insights.signals import emergence
from insights.signals.detectors import DETECTORS, ask
from insights.signals.options import SignalOptions

OPTIONS = SignalOptions()
PEOPLE = (3, 4, 5, 6, 8, 12, 20, 40)
LASTING = (1, 3, 7)
HISTORY = 63
LATE = 2
CHANCES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
ALONE = [emergence.detect]


def caught(known: Corpus, last: int, options: SignalOptions) -> int | None:
    """Return the day of the burst on which it is told; it begins on day `HISTORY`."""
    for day in range(1, last + 1):
        as_of = EPOCH + timedelta(days=HISTORY + day)
        for finding in ask(known.until(as_of), (), as_of, options, ALONE):
            if (known.people[finding.rows] >= 10_000_000).mean() > 0.5:
                return day
    return None


def power(a_day: float, rounds: int, alike: float) -> None:
    print(
        f"\npower, {a_day:g} posts a day, {rounds} bursts a cell of cosine {alike:g}: "
        "share told (median day)"
    )
    print("days" + "".join(f"{f'{people} people':>14}" for people in PEOPLE))
    crowds = [
        Crowd(a_day=a_day, days=HISTORY + max(LASTING) + LATE, seed=seed)
        for seed in range(1, 1 + min(rounds, 5))
    ]
    worlds = [crowd.draw() for crowd in crowds]
    for lasting in LASTING:
        cells = []
        for people in PEOPLE:
            days = []
            for number in range(rounds):
                crowd, usual = crowds[number % len(crowds)], worlds[number % len(crowds)]
                burst = crowd.burst(people, lasting, HISTORY, seed=number, alike=alike)
                known = together(usual, burst)
                days.append(caught(known, lasting + LATE, OPTIONS))
            hits = [day for day in days if day is not None]
            cells.append(f"{len(hits) / rounds:.0%} ({np.median(hits):.0f})" if hits else "0%")
        print(f"{lasting:<4}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def false(a_day: float, years: float) -> None:
    crowd = Crowd(a_day=a_day, days=int(365 * years) + HISTORY, seed=9)
    loosest = OPTIONS.model_copy(update={"chance": max(CHANCES)})
    usual = crowd.draw()
    print(f"\nfalse alarms a year, {a_day:g} posts a day, {years:.1f} years (95 % interval)")
    for name, corpus in (("no burst", usual), ("permuted", permuted(usual, 1))):
        since = EPOCH + timedelta(days=HISTORY)
        nights = nights_of(corpus, OPTIONS, since, None)
        found = look(corpus, (), nights, loosest, detectors=ALONE)
        cells = []
        for chance in CHANCES:
            kept = [Night(n.as_of, [f for f in n.findings if f.q < chance]) for n in found]
            rate = Rate(len(tell(corpus, kept, OPTIONS)), len(nights) / 365.25)
            low, high = rate.interval
            cells.append(f"q < {chance:.0e}: {rate.a_year:.1f} ({low:.1f}-{high:.1f})")
        print(f"{name:<10}" + "  ".join(cells), flush=True)


def night(passages: int) -> None:
    days = int(OPTIONS.history_days + OPTIONS.warm_up_days + OPTIONS.window_days)
    inside = OPTIONS.history_days + OPTIONS.window_days
    crowd = Crowd(a_day=passages / inside, days=days, topics=60, matters=12)
    corpus = crowd.draw()
    as_of = EPOCH + timedelta(days=days)
    rows = corpus.between(days - inside, days)
    now = corpus.between(days - OPTIONS.window_days, days)
    topics = [
        Topic(
            number=number, title="", keywords=(), status="active", born_at=EPOCH, run_id="", size=1
        )
        for number in np.unique(corpus.topics[corpus.topics >= 0]).tolist()
    ]
    print(
        f"\n{rows.stop - rows.start:,} passages in {inside:g} days, {now.stop - now.start:,} of "
        f"them now, {len(topics)} topics",
        flush=True,
    )
    for name, detectors in (("emergence", ALONE), ("all detectors", DETECTORS)):
        begun, cpu = time.perf_counter(), time.process_time()
        found = ask(corpus, topics, as_of, OPTIONS, detectors)
        print(
            f"{name:<14} {time.perf_counter() - begun:6.1f} s ({time.process_time() - cpu:.1f} s "
            f"of the processor), {len(found)} findings",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--a-day", type=float, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--alike", type=float, default=ALIKE, help="cosine within a burst")
    parser.add_argument("--years", type=float, default=1.0)
    parser.add_argument("--passages", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--only", choices=["power", "false", "time"])
    given = parser.parse_args()
    if given.only in (None, "time"):
        for passages in given.passages:
            night(passages)
    for a_day in given.a_day:
        if given.only in (None, "power"):
            power(a_day, given.rounds, given.alike)
        if given.only in (None, "false"):
            false(a_day, given.years)


if __name__ == "__main__":
    main()
