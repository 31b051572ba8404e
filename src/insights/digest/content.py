"""A digest as data: the one snapshot from which every format is rendered.

Its JSON schema is the published schema of the JSON format. Times are UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from insights.digest.part import Part
from insights.digest.pulse import Pulse

SCHEMA_VERSION = 1


def name(as_of: datetime, audience: str = "") -> str:
    """Return the id of the digest of a night; without an audience it is the whole one."""
    return "-".join(filter(None, (as_of.strftime("D-%Y%m%d-%H%M%S"), audience)))


class Period(Part):
    """A stretch of time: `start` included, `end` not."""

    start: datetime
    end: datetime


class SourceHealth(Part):
    """How one source is doing: `failed` and `silent` sources are unavailable, never zero."""

    name: str
    state: Literal["ok", "failed", "silent", "waiting"]
    posts: int = Field(description="posts of the period")
    posts_before: int = Field(description="posts of the compared period")
    newest_at: datetime | None = None
    note: str = ""
    last_success_at: datetime | None = Field(None, description="when it was last read to its end")
    resume_at: datetime | None = Field(None, description="when it may be asked again")
    pulls: int = Field(0, description="nights of the period on which it was pulled")
    failed: int = Field(0, description="those on which it could not be read to its end")
    new: int = Field(0, description="posts that this period's pulls brought")
    changed: int = Field(0, description="posts that they found edited")
    deleted: int = Field(0, description="posts that were deleted, hidden or kept no longer")
    skipped: int = Field(0, description="items that this period's pulls could not read")
    requests: int = Field(0, description="requests of this period's pulls")
    waited_s: float = Field(0.0, description="seconds spent waiting for its limits")
    unchecked: str = Field("", description="why stored posts could not be asked for again")


class Quote(Part):
    """A verbatim span of a post that still exists."""

    role: Literal["typical", "newest", "dissenting"]
    text: str
    post_id: str
    source: str
    at: datetime
    url: str | None = None


class Link(Part):
    """A page elsewhere: what it is called and where it is."""

    text: str
    url: str


class Share(Part):
    """One value of a split (a source, a version, a segment) and the people behind it."""

    name: str
    people: int


class Where(Part):
    """By what the people of an item stand out: `people` of `of` have it."""

    kind: str = Field(description="release, version, platform, device, source")
    name: str
    people: int
    of: int
    times: float = Field(description="how many times the share that other people have")


class AreaCount(Part):
    """How much was said in one area, a group of topics. Counts of the compared period are null
    where they are below the privacy floor, or could be told by subtraction."""

    id: str
    title: str
    topics: int = Field(description="topics with posts in the period")
    people: int = Field(description="distinct authors in the period")
    people_before: int | None
    posts: int
    posts_before: int | None


class Cause(Part):
    """Why there are more people behind an item than in the last digest, or fewer."""

    kind: Literal[
        "new posts", "late data", "re-assignment", "correction", "source gap", "time", "deletion"
    ]
    people: int = Field(description="how many more, negative: fewer")


class Move(Part):
    """How an item stands against the last digest. The causes add up to the change in people."""

    since: str = Field(description="the digest that it is held against")
    section_before: str = Field(description="where it stood there")
    place: int = Field(description="its place in its section, 1 the first")
    place_before: int
    people_before: int = Field(description="its people in that digest")
    score_before: float
    causes: tuple[Cause, ...] = ()
    parts: dict[str, float] = Field(
        default_factory=dict, description="points of score that each part gave or took"
    )


class Item(Part):
    """One insight: a statement about a topic or a signal, with what stands behind it."""

    id: str
    kind: str = Field(
        description="emerging, rising, returned, risk, momentum, unanswered, falling, problem, "
        "request, praise, question"
    )
    title: str = Field(description="a sentence or noun phrase that people wrote")
    status: str = Field(description="new, growing, steady, cooling, quiet, returned")
    born_at: datetime
    age_days: int
    people: int = Field(description="distinct authors in the period, linked accounts as one")
    people_before: int = Field(description="distinct authors in the compared period")
    accounts: int | None = Field(None, description="the most people it can be, if that is more")
    posts: int = Field(description="posts in the period")
    observed: float | None = None
    expected: float | None = None
    q: float | None = Field(None, description="chance that this is noise, over all that was tested")
    why: str = Field("", description="the statistics in one sentence")
    where: tuple[Where, ...] = Field((), description="by what its people stand out, surest first")
    weeks: tuple[int, ...] = Field((), description="people a week, oldest first, eight weeks")
    by_source: tuple[Share, ...] = ()
    by_version: tuple[Share, ...] = ()
    by_segment: tuple[Share, ...] = ()
    asks_for: tuple[Share, ...] = Field((), description="what people ask for, in their words")
    fails: tuple[Share, ...] = Field((), description="what people say that fails")
    conditions: tuple[Share, ...] = Field((), description="since when, where and when it fails")
    score: float = Field(description="0..100, the weighted sum of the parts")
    parts: dict[str, float] = Field(description="reach, momentum, severity, …, each 0..1")
    moved: Move | None = Field(None, description="against the last digest, if it stood there")
    quotes: tuple[Quote, ...] = ()
    taken_out: tuple[datetime, ...] = Field(
        (), description="when quotes were taken out whose posts were erased, deleted or edited"
    )
    keywords: tuple[str, ...] = ()
    linked: str = Field("none found", description="linked tracker issues, or why there are none")
    links: tuple[Link, ...] = Field((), description="the linked tracker issues that have a page")
    next_step: str = ""
    topic_id: str | None = None
    url: str | None = Field(None, description="the page of this item, where there is one")


class Change(Part):
    """Something that is different from the last digest."""

    kind: Literal["entered", "left", "split", "merged", "returned", "resolved", "corrected"]
    subject: str
    text: str


class Judged(Part):
    """What people said of the items of one kind that somebody judged: each issue counts once."""

    kind: str
    judged: int
    useful: int
    not_useful: int
    wrong: int
    useful_between: tuple[float, float] = Field(description="95 % interval of its share, Wilson")
    wrong_between: tuple[float, float]


class Digest(Part):
    """The insights of one period, and what changed since the last digest."""

    schema_version: int = SCHEMA_VERSION
    id: str
    run_id: str
    community: str
    audience: str = Field("", description="whose digest it is; empty: the whole one")
    pages: str | None = Field(None, description="where `insights serve` shows the pages of items")
    as_of: datetime
    period: Period
    compared_with: Period
    headline: str = Field(description="the finding in one line; the subject of a mail")
    posts: int
    posts_before: int
    people: int
    people_before: int
    accounts: int | None = Field(None, description="the most people it can be, if that is more")
    sources: tuple[SourceHealth, ...]
    coverage: float = Field(description="share of the period's passages that belong to a topic")
    versions: dict[str, str] = Field(description="what made this digest, by name")
    sentences: tuple[str, ...] = Field(description="three facts")
    decisions: tuple[Item, ...] = Field((), description="needs a decision: at most five")
    changes: tuple[Change, ...] = ()
    problems: tuple[Item, ...] = ()
    requests: tuple[Item, ...] = ()
    slow_burners: tuple[Item, ...] = ()
    praise: tuple[Item, ...] = ()
    questions: tuple[Item, ...] = ()
    areas: tuple[AreaCount, ...] = Field((), description="people and posts by area")
    pulse: Pulse | None = Field(None, description="how the community is doing")
    watched: int = Field(0, description="topics and signals below the privacy floor")
    watched_people: int = Field(0, description="people in them")
    min_people: int = Field(description="the privacy floor: below it nothing is shown or quoted")
    warming: tuple[str, ...] = Field(
        (), description="what cannot be told yet for lack of history, and what is missing for it"
    )
    gaps: tuple[str, ...] = Field((), description="days of the past on which posts are missing")
    not_seen: tuple[str, ...] = Field((), description="what could not be seen, and why")
    method: tuple[str, ...] = ()
    judged: tuple[Judged, ...] = Field((), description="what people said of items so far, by kind")

    def without_quotes(self) -> Digest:
        """Return the digest without people's posts word for word, for places that keep copies."""
        sections = ("decisions", "problems", "requests", "slow_burners", "praise", "questions")
        return self.model_copy(
            update={
                name: tuple(item.model_copy(update={"quotes": ()}) for item in getattr(self, name))
                for name in sections
            }
        )
