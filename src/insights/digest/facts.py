"""Everything a digest is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.corpus import Corpus
from insights.digest import moves
from insights.digest.content import Digest, Judged
from insights.digest.linked import Issues, Linked
from insights.digest.options import DigestOptions
from insights.digest.pulse import Pulse
from insights.models import Insight, Post, Signal


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything a digest is made from.

    `corpus` ends at `as_of`; `pulls` are those of the period. `posts` returns those of the given
    posts that still exist; `quote` returns the verbatim stretch of a post's text that a passage
    was made of, or None; `said` returns the facts of passages by id.
    """

    community: str
    run_id: str
    as_of: datetime
    corpus: Corpus
    insights: Sequence[Insight]
    events: Sequence[Mapping[str, Any]]
    sources: Sequence[Mapping[str, Any]]
    pulls: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    before: Digest | None
    then: moves.Then | None
    options: DigestOptions
    posts: Callable[[Iterable[str]], Mapping[str, Post]]
    quote: Callable[[str, str], tuple[int, int] | None]
    said: Callable[[Iterable[int]], Mapping[int, Mapping[str, Any]]]
    stop_words: Callable[[], frozenset[str]] = frozenset
    last_success: Mapping[str, datetime] = field(default_factory=dict)
    """When each source was last read to its end."""
    attributions: Mapping[str, str] = field(default_factory=dict)
    """What is to be said of sources that are quoted, by name."""
    worded: Mapping[str, str] = field(default_factory=dict)
    """Titles that a language model worded, with its name."""
    areas: Mapping[str, str] = field(default_factory=dict)
    """Titles of areas by id."""
    area_of: Mapping[int, str] = field(default_factory=dict)
    """The area of a topic number; dismissed topics have none."""
    warming: Sequence[str] = ()
    """What cannot be told yet for lack of history."""
    gaps: Sequence[str] = ()
    """Days of the past on which posts are missing, or to which posts came late."""
    pulse: Callable[[int], Pulse] | None = None
    """How the community is doing, under a privacy floor."""
    judged: Sequence[Judged] = ()
    """What people said of the items of digests so far."""
    issues: Mapping[str, Issues] = field(default_factory=dict)
    """What the tracker says, by insight."""
    linked: Sequence[Linked] = ()
    """Every issue that somebody linked to a finding."""
    waves: Sequence[Signal] = ()
    """Coordinated waves, of which only that they were is told."""
    closed: Sequence[Signal] = ()
    """Signals that are over."""
    notes: Sequence[str] = ()
    """What else could not be seen."""
    audience: str = ""
    """Whose digest it is; empty: the whole one."""
    voices: NDArray[np.bool_] | None = None
    """The passages that may be quoted; None: all."""
