"""How topics are made."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TopicOptions(BaseModel):
    """How topics are made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clusterer: Literal["neighbours", "umap-hdbscan"] = Field(
        "neighbours", description="what groups passages; umap-hdbscan: as BERTopic does by itself"
    )
    resolution: float | None = Field(
        None, gt=0, description="higher: more and smaller topics; from the data if not set"
    )
    neighbours: int = Field(15, ge=2, description="of each passage")
    min_size: int = Field(3, ge=2, description="passages that a topic needs")
    min_people: int = Field(3, ge=1, description="distinct authors that a new topic needs")
    growth: float = Field(
        0.2, gt=0, description="growth of the archive at which topics are made anew, 0.2: a fifth"
    )
