"""How topics are made."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TopicOptions(BaseModel):
    """How topics are made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resolution: float = Field(2.0, gt=0, description="higher: more and smaller topics")
    neighbours: int | None = Field(
        None, ge=2, description="of each passage; from the size if not set"
    )
    min_size: int = Field(3, ge=2, description="passages that a topic needs")
    min_people: int = Field(3, ge=1, description="distinct authors that a new topic needs")
    growth: float = Field(
        0.2, gt=0, description="growth of the archive at which topics are made anew, 0.2: a fifth"
    )
