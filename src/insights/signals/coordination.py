"""Do many new accounts say nearly the same within an hour, where new accounts are not the rule?

An account is new if its first post of all is among those that are now. For each passage of a new
account, the accounts that say nearly the same within the hour that it begins are counted; copies,
which count nowhere else, count here. Two things must be surprising at once: that so many of them
are new, against the share of new accounts among the others of those days in the same source
(binomial), and that so many new ones come within an hour, against the hours of those days (a
Poisson rate under Jeffreys' prior, so negative binomial). The greater of both tails tests both at
once (Berger, Multiparameter hypothesis testing and acceptance sampling, 1982); times the number of
passages that the hour might begin with (Bonferroni) it is p. Where most accounts are new, as in
the reviews of a store, nothing is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, nbinom

from insights.corpus import Corpus, day_of
from insights.models import Signal, Topic
from insights.signals.finding import Asked, Finding
from insights.signals.options import SignalOptions
from insights.signals.rates import PRIOR, Rows

KIND = "coordinated"
HOUR = 1 / 24
ALIKE = 0.92
"""Cosine from which on two passages say nearly the same."""
FEWEST_ACCOUNTS = 8
THE_RULE = 0.5
"""Share of new accounts from which on they are the rule."""
OVERLAP = 0.2
MOSTLY = 0.5


def detect(
    corpus: Corpus, topics: Sequence[Topic], as_of: datetime, options: SignalOptions
) -> Asked:
    """Test the hours of the days before `as_of`, source by source."""
    today = day_of(as_of)
    start = today - options.window_days
    now = corpus.between(start, today)
    warm = corpus.sources[: corpus.between(-np.inf, start - options.warm_up_days).stop]
    waves: list[Finding] = []
    for source in sorted(set(corpus.sources[now])):
        if (warm == source).any():
            rows = now.start + np.flatnonzero(corpus.sources[now] == source)
            waves += _waves(corpus, rows, now.start, options)

    def tell(q: NDArray[np.float64]) -> list[Finding]:
        found: list[Finding] = []
        told = np.zeros(len(corpus), bool)
        size = np.array([wave.observed for wave in waves])
        for place in np.lexsort((-size, q)).tolist():
            wave = waves[place]
            if q[place] < options.chance and told[wave.rows].mean() <= OVERLAP:
                told[wave.rows] = True
                found.append(replace(wave, q=float(q[place])))
        return found

    return Asked(np.array([wave.p for wave in waves], np.float64), tell)


def _waves(corpus: Corpus, rows: Rows, start: int, options: SignalOptions) -> list[Finding]:
    """Return a test for each passage that a wave of enough accounts may begin with."""
    rows = rows[corpus.words[rows] >= options.min_words]
    new = ~np.isin(corpus.people[rows], corpus.people[:start])
    everyone, newcomers = set(corpus.people[rows].tolist()), set(corpus.people[rows[new]].tolist())
    waves = []
    for seed in np.flatnonzero(new).tolist():
        end = int(np.searchsorted(corpus.days[rows], corpus.days[rows[seed]] + HOUR, "right"))
        if end - seed < FEWEST_ACCOUNTS:
            continue
        alike = corpus.vectors[rows[seed:end]] @ corpus.vectors[rows[seed]] >= ALIKE
        members = rows[seed:end][alike]
        accounts = set(corpus.people[members].tolist())
        fresh = accounts & newcomers
        others = everyone - accounts
        share = (len(newcomers - accounts) + PRIOR) / (len(others) + 2 * PRIOR)
        if len(fresh) < FEWEST_ACCOUNTS or share >= THE_RULE:
            continue
        hours = 24 * options.window_days
        size = PRIOR + len(newcomers - accounts)
        p = max(
            float(binom.sf(len(fresh) - 1, len(accounts), share)),
            float(nbinom.sf(len(fresh) - 1, size, hours / (hours + 1))),
        )
        p = min(1.0, p * int(new.sum()))
        when = corpus.days[members]
        minutes = max(1, round(24 * 60 * float(when.max() - when.min())))
        waves.append(
            Finding(
                kind=KIND,
                rows=members,
                observed=float(len(fresh)),
                expected=round(share * len(accounts), 4),
                p=p,
                q=1.0,
                why=f"{len(accounts)} accounts, {len(fresh)} of them new, said nearly the same "
                f"within {minutes} minutes",
            )
        )
    return waves


def without_waves(found: Sequence[Finding]) -> list[Finding]:
    """Leave out what is told mostly by the posts of a wave."""
    waves = [finding.rows for finding in found if finding.kind == KIND]
    if not waves:
        return list(found)
    posts = np.concatenate(waves)
    return [
        finding
        for finding in found
        if finding.kind == KIND or np.isin(finding.rows, posts).mean() < MOSTLY
    ]


def discounted(corpus: Corpus, signals: Iterable[Signal]) -> Corpus:
    """Return the corpus with the posts of known waves counted no more."""
    posts = {post for signal in signals if signal.kind == KIND for post in signal.post_ids}
    if not posts:
        return corpus
    waved = np.fromiter((post in posts for post in corpus.post_ids), bool, len(corpus))
    return replace(corpus, counted=corpus.counted & ~waved)
