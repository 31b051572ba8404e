"""What all parts of a digest share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """What all parts of a digest share: they are frozen, and unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
