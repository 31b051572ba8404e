"""What a digest covers and shows."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DigestOptions(BaseModel):
    """What a digest covers and shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    period_days: float = Field(7.0, gt=0, description="days that a digest looks back on")
    min_people: int = Field(3, ge=1, description="distinct authors below which nothing is shown")
    base_url: str | None = Field(
        None, pattern=r"^https?://[^\s?#]+$", description="where readers reach `insights serve`"
    )
