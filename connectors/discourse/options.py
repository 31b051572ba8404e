"""Which forum to read, as whom, and what of it."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

A_MINUTE = {True: 60, False: 200}
"""Requests a minute that a forum grants, if nobody changed it: to a key, and to an address."""


class DiscourseOptions(BaseModel):
    """A forum, and as whom to read it. Without a key, what anyone can read is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """The forum's address, with its folder if it has one."""
    api_key: SecretStr | None = None
    """A key, or better `$NAME` for the environment variable NAME that holds it."""
    api_username: str = "system"
    """The user that the key belongs to."""
    since: AwareDatetime | None = None
    """Leave out what was posted before."""
    lookback: timedelta = timedelta(hours=1)
    """How far behind its cursor a pull looks for topics that came to light late."""
