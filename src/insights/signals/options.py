"""When something stands out enough to be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class SignalOptions(BaseModel):
    """When something stands out enough to be told. Days are days, chances are 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_days: float = Field(2.0, gt=0, description="what counts as now")
    history_days: float = Field(56.0, gt=0, description="what it is compared with")
    warm_up_days: float = Field(14.0, ge=0, description="history that a source needs to be judged")
    radius: float = Field(0.5, gt=0, lt=1, description="cosine at which two passages say the same")
    min_people: int = Field(5, ge=2, description="distinct authors that an emerging issue needs")
    min_words: int = Field(4, ge=1, description="shorter texts say too little to be evidence")
    chance: float = Field(1e-4, gt=0, lt=1, description="q below which a spot is emerging")
    trend_chance: float = Field(1e-3, gt=0, lt=1, description="q below which a topic moves")
    watch_chance: float = Field(
        0.05, gt=0, lt=1, description="q below which a risk, questions left or a gain are told"
    )
    quiet_days: float = Field(14.0, gt=0, description="silence after which an episode is closed")


class IntentOptions(BaseModel):
    """What the classifier of intents learns from beside the sentences that are shipped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: Path | None = Field(None, description="a TOML file of sentences of your own")
