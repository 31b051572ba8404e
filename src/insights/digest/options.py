"""What a digest covers and shows."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Kind = Literal[
    "emerging", "rising", "returned", "regression", "risk", "momentum", "unanswered", "falling",
    "problem", "request", "question", "praise",
]  # fmt: skip


class DigestOptions(BaseModel):
    """What a digest covers and shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    period_days: float = Field(7.0, gt=0, description="days that a digest looks back on")
    min_people: int = Field(3, ge=1, description="distinct authors below which nothing is shown")
    base_url: str | None = Field(
        None, pattern=r"^https?://[^\s?#]+$", description="where readers reach `insights serve`"
    )


class AudienceOptions(BaseModel):
    """Who gets a digest of their own, of what, when and through which channels.

    What is not limited is not left out: without areas, sources, segments and kinds it is all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[str, ...] = Field(min_length=1, description="names of publishers")
    every: Literal["day"] | Weekday | tuple[Weekday, ...] = Field(
        "day", description='"day", a weekday, or several'
    )
    areas: tuple[str, ...] = Field((), description="areas, by id or title")
    sources: tuple[str, ...] = Field((), description="names of sources")
    segments: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="values of attributes of posts, by name"
    )
    kinds: tuple[Kind, ...] = Field((), description="kinds of insights")
    min_people: int = Field(5, ge=1, description="its privacy floor")

    @model_validator(mode="after")
    def _has_days(self) -> Self:
        if not self.every:
            raise ValueError('every: name "day", a weekday, or several weekdays')
        return self

    @property
    def days(self) -> frozenset[int]:
        """The weekdays of its digests, Monday being 0."""
        if self.every == "day":
            return frozenset(range(7))
        named = (self.every,) if isinstance(self.every, str) else self.every
        return frozenset(WEEKDAYS.index(day) for day in named)

    @property
    def longest_pause(self) -> int:
        """The most days between two of its digests."""
        days = sorted(self.days)
        return max(later - day for day, later in zip(days, [*days[1:], days[0] + 7], strict=True))
