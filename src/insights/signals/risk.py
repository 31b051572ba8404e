"""Do people say that they leave, quarrel in a thread, or speak of harm?

Three questions, each about people. Those who say that they leave, within a week, and those who use
words of harm (alarm.toml), within the days that are now, are held against what the same sources
had before: see `rates`. Of a thread it is asked whether more of its people are displeased than
other threads of the source explain: see `peers`; a person is displeased if the mean of praise less
problem over what they wrote there is far below nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus, day_of
from insights.models import Topic
from insights.signals import peers
from insights.signals.finding import Asked, Finding
from insights.signals.options import SignalOptions
from insights.signals.rates import Rows, Surprise, surprise, windows

LEAVING_DAYS = 7.0
FEWEST_HARMED = 3
"""People who must speak of harm: fewer than elsewhere, for what is at stake is more."""
READ = 4000
"""Characters that are read of a text."""
FEWEST_POSTS = 8
DISPLEASED = -0.5
HEATED = 0.5
"""Share of a thread's people who are displeased, at least; and how many times the usual share."""
MORE = 1.5

Test = tuple[Surprise, Rows, bool, str]
"""What was counted, its rows, whether it is enough to be told, and what it is in words."""


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test who leaves, the threads of the last days, and every kind of harm."""
    today = day_of(as_of)
    tests = [
        *_leaving(corpus, today, options),
        *_heated(corpus, today, options),
        *_harm(corpus, today, options),
    ]

    def tell(q: NDArray[np.float64]) -> list[Finding]:
        found = [
            Finding(
                kind="risk",
                rows=rows,
                observed=float(counted.people),
                expected=round(counted.expected, 4),
                p=counted.p,
                q=its_q,
                why=f"{words} (q = {its_q:.0e})",
            )
            for (counted, rows, enough, words), its_q in zip(tests, q.tolist(), strict=True)
            if enough and its_q < options.watch_chance
        ]
        return sorted(found, key=lambda finding: finding.q)

    return Asked(np.array([counted.p for counted, *_ in tests], np.float64), tell)


def _leaving(corpus: Corpus, today: float, options: SignalOptions) -> list[Test]:
    now, past = windows(corpus, today, options, days=LEAVING_DAYS, min_words=1)
    going = now[corpus.leaves[now]]
    if not len(past):
        return []
    counted = surprise(corpus, now, past, going, past[corpus.leaves[past]])
    words = (
        f"{counted.people} people say within {LEAVING_DAYS:g} days that they leave or switch, "
        f"where {counted.expected:.2g} were expected"
    )
    return [(counted, going, counted.people >= options.min_people, words)]


def _harm(corpus: Corpus, today: float, options: SignalOptions) -> list[Test]:
    """Read the past only for kinds of harm that enough people speak of now."""
    now, past = windows(corpus, today, options, min_words=1)
    if not len(past):
        return []
    tests: list[Test] = []
    alarms, harmless = _read()
    for name, pattern in alarms:
        saying = _speaking(corpus, now, pattern, harmless)
        if len(np.unique(corpus.people[saying])) < FEWEST_HARMED:
            tests.append((Surprise(0, 0.0, 1.0), saying, False, ""))
            continue
        counted = surprise(corpus, now, past, saying, _speaking(corpus, past, pattern, harmless))
        words = (
            f"{counted.people} people speak of {name} within {options.window_days:g} days, "
            f"where {counted.expected:.2g} were expected"
        )
        tests.append((counted, saying, True, words))
    return tests


def _speaking(
    corpus: Corpus, rows: Rows, pattern: re.Pattern[str], harmless: re.Pattern[str]
) -> Rows:
    return rows[
        [
            # What is harmless is looked for only where something was found.
            bool(pattern.search(text) and pattern.search(harmless.sub(" ", text)))
            for text in (str(text)[:READ].replace("’", "'") for text in corpus.texts[rows])
        ]
    ]


def _heated(corpus: Corpus, today: float, options: SignalOptions) -> list[Test]:
    span = corpus.between(today - options.history_days, today)
    rows = span.start + np.flatnonzero(corpus.counted[span] & (corpus.threads[span] != None))  # noqa: E711
    if not len(rows):
        return []
    names = corpus.sources[rows].astype(str) + "\0" + corpus.threads[rows].astype(str)
    _, first, thread = np.unique(names, return_index=True, return_inverse=True)
    people, displeased = _moods(corpus, rows, thread, len(first))
    posts = np.bincount(thread[np.unique(corpus.post_ids[rows].astype(str), return_index=True)[1]],
                        minlength=len(first))  # fmt: skip
    live = np.zeros(len(first), bool)
    live[thread[corpus.days[rows] >= today - options.window_days]] = True
    tested = live & (people >= options.min_people) & (posts >= FEWEST_POSTS)
    several = people >= 2
    if not tested.any():
        return []
    sources, column = np.unique(corpus.sources[rows[first]].astype(str), return_inverse=True)
    of_source = column[:, None] == np.arange(len(sources))
    p, expected = np.ones(len(first)), np.zeros(len(first))
    p[several], expected[several] = peers.upper(
        (displeased[:, None] * of_source)[several], (people[:, None] * of_source)[several]
    )
    heated = displeased >= np.maximum(HEATED * people, MORE * expected)
    return [
        (
            Surprise(int(displeased[one]), float(expected[one]), float(p[one])),
            rows[thread == one],
            bool(heated[one]),
            f"{displeased[one]:.0f} of {people[one]:.0f} people in one thread are displeased, "
            f"where other threads explain {expected[one]:.1f}",
        )
        for one in np.flatnonzero(tested)
    ]


def _moods(
    corpus: Corpus, rows: Rows, thread: Rows, threads: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count, by thread, the people and those of them who are displeased there."""
    tone = corpus.intent("praise")[rows] - corpus.intent("problem")[rows]
    pairs, who = np.unique(
        np.column_stack([thread, corpus.people[rows]]), axis=0, return_inverse=True
    )
    mean = np.bincount(who.ravel(), weights=tone) / np.bincount(who.ravel())
    people = np.bincount(pairs[:, 0], minlength=threads).astype(float)
    bad = np.bincount(pairs[:, 0], weights=mean <= DISPLEASED, minlength=threads)
    return people, bad.astype(float)


@lru_cache(maxsize=1)
def _read() -> tuple[tuple[tuple[str, re.Pattern[str]], ...], re.Pattern[str]]:
    """Return the kinds of harm with their patterns, and the pattern of what is harmless."""
    raw = tomllib.loads(files("insights.signals").joinpath("alarm.toml").read_text("utf-8"))
    alarms = tuple((alarm["name"], _words(alarm["looks_like"])) for alarm in raw["alarm"])
    return alarms, _words(raw["harmless"])


def _words(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.I)
