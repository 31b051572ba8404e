"""How well does a classifier do on posts that it has not seen?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from insights.errors import UsageError

Scores = Mapping[str, float]
Label = str | frozenset[str]

FOLDS = 5
_SEED = 20


@dataclass(frozen=True, slots=True)
class Figure:
    """Precision, recall and F1 of a label, each 0..1, and how many posts have it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Report:
    """Figures by label, and how often posts of one label were given which one.

    `confusion` counts (label, given); it is empty where a post may have several labels.
    """

    figures: Mapping[str, Figure]
    confusion: Mapping[tuple[str, str], int]

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the labels, 0..1."""
        return sum(figure.f1 for figure in self.figures.values()) / max(1, len(self.figures))


def held_out(
    labels: Sequence[Label], score: Callable[[list[int], list[int]], Sequence[Scores]]
) -> list[Scores]:
    """Score each post by a model that did not see it: five parts, each left out once.

    `score` learns from the posts of the first list of rows and scores those of the second.
    """
    part = _parts(labels)
    said: list[Scores] = [{}] * len(labels)
    for fold in sorted(set(part)):
        learn = [row for row, at in enumerate(part) if at != fold]
        ask = [row for row, at in enumerate(part) if at == fold]
        for row, scores in zip(ask, score(learn, ask), strict=True):
            said[row] = scores
    return said


def report(labels: Sequence[Label], said: Sequence[Scores], names: Sequence[str]) -> Report:
    """Compare what posts are with what was said; a name is said from 0.5, or if likeliest."""
    one = all(isinstance(label, str) for label in labels)
    given = [_likeliest(scores) if one else _likely(scores) for scores in said]
    truth = [_set(label) for label in labels]
    figures = {name: _figure(name, truth, [_set(label) for label in given]) for name in names}
    pairs = zip(labels, given, strict=True) if one else ()
    return Report(figures, Counter((str(label), str(name)) for label, name in pairs))


def _figure(name: str, truth: Sequence[frozenset[str]], given: Sequence[frozenset[str]]) -> Figure:
    hits = sum(name in a and name in b for a, b in zip(truth, given, strict=True))
    support, said = sum(name in a for a in truth), sum(name in b for b in given)
    f1 = 2 * hits / (support + said) if support + said else 0.0
    return Figure(hits / said if said else 0.0, hits / support if support else 0.0, f1, support)


def _likeliest(scores: Scores) -> str:
    return max(scores, key=lambda name: scores[name])


def _likely(scores: Scores) -> frozenset[str]:
    return frozenset(name for name, score in scores.items() if score >= 0.5)


def _set(label: Label) -> frozenset[str]:
    return frozenset({label}) if isinstance(label, str) else label


def _parts(labels: Sequence[Label]) -> list[int]:
    """Deal the posts of each label out evenly."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        groups["+".join(sorted(_set(label)))].append(row)
    counts = Counter(name for label in labels for name in _set(label))
    if sum(count > 1 for count in counts.values()) < 2:
        raise UsageError("two labels with two posts each are the least to learn from")
    dice = np.random.default_rng(_SEED)
    part = [0] * len(labels)
    dealt = 0
    for name in sorted(groups):
        for row in dice.permutation(groups[name]).tolist():
            part[row] = dealt % FOLDS
            dealt += 1
    return part
