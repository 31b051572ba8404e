"""The issues of a tracker that insights are linked to, or that may report the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from insights.corpus import Corpus
from insights.digest.linked import Issues, Linked, Maybe, issues
from insights.matching import SURE, Match, match
from insights.models import Insight
from insights.pipeline.fixes import Subjects
from insights.pipeline.links import TRACKERS, as_linked, of_post
from insights.store import links, posts, sources
from insights.tracker import is_issue

MOST = 60
"""Insights of a night for which issues are looked for, the first by rank."""
NOT_ASKED = "not looked for"
SILENT = ("praise", "other")
"""Kinds of insights that no issue is opened for."""


def of(
    tx: Any, corpus: Corpus, ranked: Iterable[Insight], floor: int, as_of: datetime
) -> dict[str, Issues]:
    """Return what is to be said of each insight's issues, by the insight's id.

    `floor` is the privacy floor: below it nothing is looked for.
    """
    subjects, known = Subjects.load(tx), linked(tx)
    told: dict[str, Issues] = {}
    asked: list[Insight] = []
    others: list[Insight] = []
    for insight in ranked:
        mine = [each for each in known if subjects.same(each.subject, insight.subject)]
        if mine:
            told[insight.id] = issues(mine, None, as_of)
        elif insight.people >= floor and insight.kind not in SILENT and len(asked) < MOST:
            asked.append(insight)
        else:
            others.append(insight)
    found = search(tx, corpus, asked)
    if found is None:
        return told
    told = {insight.id: Issues(NOT_ASKED) for insight in others} | told
    held = posts.by_id(tx, [each.post_id for each in found if each])
    for insight, best in zip(asked, found, strict=True):
        maybe = None
        if best is not None and best.sure >= SURE and best.post_id in held:
            named = of_post(held[best.post_id])
            maybe = Maybe(name=named.name, url=named.url, sure=best.sure)
        told[insight.id] = issues((), maybe, as_of)
    return told


def search(tx: Any, corpus: Corpus, insights: Sequence[Insight]) -> list[Match | None] | None:
    """Return the nearest issue of each insight; None where no tracker is read."""
    names = {row["name"] for row in sources.every(tx) if row["connector"] in TRACKERS}
    trackers = np.isin(corpus.sources, sorted(names))
    if not trackers.any():
        return None
    rows = np.flatnonzero(trackers).tolist()
    opening = [row for row in rows if is_issue(str(corpus.post_ids[row]).partition(":")[2])]
    is_opening = np.zeros(len(corpus), bool)
    is_opening[opening] = True
    return match(corpus, [insight.rows for insight in insights], is_opening, trackers)


def linked(tx: Any) -> list[Linked]:
    """Return every link, as digests tell it."""
    subjects = Subjects.load(tx)
    return [as_linked(row, subjects) for row in links.every(tx)]
