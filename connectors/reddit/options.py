"""Which subreddits to read, and as whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr


class RedditOptions(BaseModel):
    """Subreddits, and the application that reads them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subreddits: tuple[Annotated[str, Field(pattern=r"^\w{2,21}$")], ...] = Field(min_length=1)
    """Their names, without `r/`."""
    client_id: str = Field(pattern=r"^[\w-]+$")
    """The id of the application, as Reddit shows it under its name."""
    client_secret: SecretStr
    """Its secret, or better `$NAME` for the environment variable NAME that holds it."""
    refresh_token: SecretStr | None = None
    """A lasting token of an account that lent its eyes to the application, for private
    subreddits. Without one, what anyone can read is read."""
    username: str = Field(pattern=r"^[\w-]{3,20}$")
    """The account that answers for the application; Reddit wants it in every request."""
    since: AwareDatetime | None = None
    """Leave out what was posted before."""
