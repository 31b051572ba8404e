"""The frozen values that the steps hand to each other: posts, passages, topics, signals, insights.

Times are aware and UTC. Post ids are `source:native-id`. Scores state their scale where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Markup = Literal["auto", "plain", "markdown", "html", "bbcode", "slack"]
JSON = dict[str, Any]

INTENTS = ("problem", "request", "question", "praise", "other")
OF_A_TOPIC = ("rising", "falling", "returned", "momentum")
"""Signals about all that a topic's people say; others are about their own posts."""
WAITING = ("unanswered",)
"""Signals whose posts are of the period however old they are: they still wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What one author wrote once.

    A connector fills in what its platform knows. `author` is the account as the platform names
    it; ingest replaces it by a keyed hash before anything is stored. `markup` says how `text` is
    written, `auto` meaning that the platform does not tell.
    """

    source: str
    native_id: str
    text: str
    created_at: datetime
    title: str = ""
    markup: Markup = "auto"
    author: str | None = None
    url: str | None = None
    space: str | None = None
    thread_id: str | None = None
    parent_id: str | None = None
    updated_at: datetime | None = None
    rating: float | None = None
    reactions: int = 0
    tags: tuple[str, ...] = ()
    language: str | None = None
    version: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id that people and exports see."""
        return f"{self.source}:{self.native_id}"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A post that its platform deleted, hid or emptied: its words must go here too."""

    native_id: str
    reason: str = "deleted at the source"


@dataclass(frozen=True, slots=True)
class Skipped:
    """One item that could not be read: `where` names it (a line, a URL), `reason` says why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version of the product, and when it came out.

    `source` names where it was read: a configured source, or the name that an import was given.
    `version` is written as there (`v4.2.0`); within a source it names the release.
    """

    source: str
    version: str
    released_at: datetime
    url: str | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a connector read between two cursors. The cursor is saved in the batch's transaction.

    `cursor` is what `pull` needs to go on after this batch: plain JSON, no secrets.
    """

    cursor: JSON
    posts: tuple[Post, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    releases: tuple[Release, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What a source would read: `reads` in words, `items` in number, as far as it tells.

    `seconds` is how long the platform's limits make the first pull take, None where they do not.
    """

    reads: str
    items: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a platform asks of whoever keeps its posts; a connector declares it as `terms`.

    Posts older than `retention_days` are purged, unless the source's settings say otherwise. Each
    post is asked for again within `recheck_days`, whatever the budget of the night. What the
    platform has not confirmed for `refresh_days` is purged. `attribution` is said where its posts
    are quoted, such as "CC BY-SA 4.0".
    """

    retention_days: int | None = None
    recheck_days: int | None = None
    refresh_days: int | None = None
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """An issue that was opened: its id among the posts of the source, and its address."""

    native_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Looked:
    """An issue as its tracker shows it now: where, and attributes as its post would have."""

    url: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `text[start:end]` and what it is."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of a post that says one thing, as it is understood: without markup, quotes and code.

    `start` and `end` bound the verbatim words in the post's text. `normal_hash` names the text up
    to case, punctuation and spacing. `noise` names what speaks against counting it, each 0..1;
    `reasons` says in words why, under the same names. `language` is an ISO 639-1 code, or None
    where it cannot be told.
    """

    post_id: str
    index: int
    text: str
    start: int
    end: int
    normal_hash: str = ""
    noise: Mapping[str, float] = field(default_factory=dict)
    language: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A lasting group of passages. Its number, and so its id, never means another group.

    `size` is the number of passages that shaped it when topics were last made anew. A merged
    topic lives on in `merged_into`; a dismissed one keeps its posts and is told to nobody.
    """

    number: int
    title: str
    keywords: tuple[str, ...]
    status: Literal["active", "merged", "retired", "dismissed"]
    born_at: datetime
    run_id: str
    size: int
    parent_id: str | None = None
    merged_into: str | None = None

    @property
    def id(self) -> str:
        """The id that people and exports see."""
        return f"T{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An entry of the ledger: what happened to a topic, to which others, and with what share.

    `share` is the part of the topic's members that the event moved or kept, 0..1.
    """

    event: Literal["born", "continued", "grew", "split", "merged", "retired", "returned"]
    topic_id: str
    others: tuple[str, ...] = ()
    share: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """What the people of a signal share more often than the other people of the same days.

    `people` of the signal's `of` people have it, `times` as often as the others do; `q` is the
    chance of that being noise. Of kind `release`, they spoke in the days since `name`.
    """

    kind: Literal["release", "version", "platform", "device", "source"]
    name: str
    people: int
    of: int
    times: float
    q: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that stands out: one issue is one signal, from its first night to its last.

    `observed`, `expected`, `p`, `q` and `why`, which says it in a sentence, are what was true on
    the night it was raised, or last returned; `people` and `post_ids` grow while it lasts.
    `latest` is what was observed on the last night that found it, `peak` the most of any night.
    `traits` tell by what its people stood out on that last night, the surest first.
    """

    number: int
    kind: str
    title: str
    status: Literal["raised", "growing", "peaked", "cooling", "closed", "returned"]
    raised_at: datetime
    last_at: datetime
    run_id: str
    observed: float
    expected: float
    p: float
    q: float
    people: int
    why: str
    post_ids: tuple[str, ...]
    latest: float
    peak: float
    peak_at: datetime
    topic_id: str | None = None
    traits: tuple[Trait, ...] = ()

    @property
    def id(self) -> str:
        """The id that people and exports see."""
        return f"S{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """A ranked statement about a topic or a signal in one period.

    `rows` are its passages of the period in the corpus, `before` those of the period before,
    `all_rows` everything that belongs to it; noise and duplicates are left out of all three.
    `score` is 0..100, `parts` are 0..1.
    """

    id: str
    kind: str
    subject: str
    title: str
    born_at: datetime
    rows: NDArray[np.int64]
    before: NDArray[np.int64]
    all_rows: NDArray[np.int64]
    people: int
    people_before: int
    score: float
    parts: Mapping[str, float]
    signal: Signal | None = None
    topic: Topic | None = None
