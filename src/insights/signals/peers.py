"""Is a share of people in one group higher than the other groups explain?

The share that is expected is that of all other groups, source by source. Groups differ beyond
chance: how much is the intra-class correlation of the others, by the method of moments (Williams,
Extra-binomial variation in logistic linear models, 1982). How little the others may tell, if they
are few, widens it, as the predictive distribution of a share under Jeffreys' prior does. The count
of a group is then beta-binomial, and its upper tail is p.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

PRIOR = 0.5
FEWEST = 4
"""Other groups that must be there: of fewer nobody can tell how much groups differ."""
MOST_ALIKE = 0.99

Counts = NDArray[np.float64]


def upper(hits: Counts, asked: Counts) -> tuple[Counts, Counts]:
    """Return (p, expected hits) of each group, both of shape (groups,).

    `hits` of the `asked` people of a group, both of shape (groups, sources), do what is tested.
    """
    count, people = hits.sum(axis=1), asked.sum(axis=1)
    others = asked.sum(axis=0) - asked
    share = (hits.sum(axis=0) - hits + PRIOR) / (others + 2 * PRIOR)
    expected = (asked * share).sum(axis=1)
    there = people > 0
    p = np.ones(len(count))
    if there.sum() <= FEWEST:
        return p, expected
    mean = np.clip(expected / np.maximum(people, 1), 1e-9, 1 - 1e-9)
    off = np.where(there, (count - expected) ** 2 / np.maximum(people * mean * (1 - mean), 1e-9), 1)
    more, room = off - 1, np.maximum(people - 1, 0)
    alike = (more.sum() - more) / np.maximum(room.sum() - room, 1)
    alike = np.clip(alike, 0.0, MOST_ALIKE)
    heard = (asked * others).sum(axis=1) / np.maximum(people, 1)
    unsure = alike + (1 - alike) / (heard + 2)
    weight = 1 / unsure - 1
    p[there] = betabinom.sf(
        count[there] - 1, people[there], (mean * weight)[there], ((1 - mean) * weight)[there]
    )
    return p, expected
