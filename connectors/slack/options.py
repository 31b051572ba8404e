"""Which channels of a Slack workspace are read, and as whom."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr


class SlackOptions(BaseModel):
    """A workspace, which its token names, and which of its channels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr
    """The app's token, or better `$NAME` for the environment variable NAME that holds it."""
    channels: tuple[str, ...] = ()
    """Names or ids; if there are none, every channel that the app is in."""
    private: bool = False
    """Read private channels too."""
    since: AwareDatetime | None = None
    """Leave out what was posted before."""
    lookback: timedelta = timedelta(days=14)
    """How old the first message of a thread may be for new replies and edits to be seen."""
