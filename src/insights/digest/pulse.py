"""How a community is doing, as data: figures with what to do when they move.

Where a value is None, `missing` says why: it is not known, or of fewer people than may be shown.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from insights.digest.part import Part


class Compared(Part):
    """A figure at another time, over the sources that could be read whole both then and now."""

    value: float | None
    now: float | None = Field(description="the figure now, over the same sources")
    without: tuple[str, ...] = Field((), description="sources that are left out on both sides")
    missing: str = ""


class Figure(Part):
    """One figure of a community, and what to do about it."""

    key: str
    title: str
    unit: Literal["people", "share", "days", "mood"] = Field(
        description="people; 0..1; days; mood is praise less problem, -1..1"
    )
    value: float | None
    of: int | None = Field(None, description="the people or questions that it is about")
    missing: str = ""
    few: bool = Field(False, description="known, but of fewer people than may be shown")
    before: Compared = Field(description="the period before")
    quarter: Compared = Field(description="the same period 13 weeks ago")
    past: tuple[float | None, ...] = Field((), description="the periods before, oldest first")
    usual: tuple[float, float] | None = Field(
        None, description="between which values it moves by chance; null: too little history"
    )
    moved: Literal["up", "down"] | None = Field(None, description="beyond what is usual")
    against: Literal["past", "quarter"] | None = Field(None, description="what it moved from")
    advice: str = Field(description="what to do when it moves")


class Waiting(Part):
    """People of a topic whose question nobody has answered."""

    topic_id: str | None = Field(description="null: those of all other topics, and of none")
    title: str
    people: int
    oldest_days: float


class Pulse(Part):
    """How a community is doing in the period of a digest; what moved stands first."""

    figures: tuple[Figure, ...]
    waiting: tuple[Waiting, ...] = Field((), description="unanswered questions by topic")
    left_out: tuple[str, ...] = Field((), description="what could not be counted, and why")
