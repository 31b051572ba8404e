"""Which repository to read, as whom, and what of it."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

PUBLIC_API = "https://api.github.com"


class GitHubOptions(BaseModel):
    """A repository, and what of it to read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    """As in `owner/name`."""
    token: SecretStr | None = None
    """A token that may read the repository, or better `$NAME` for the environment variable NAME
    that holds it. Without one, 60 requests an hour are granted and discussions cannot be read."""
    issues: bool = True
    """Read issues and their comments."""
    pull_requests: bool = False
    """Read pull requests and their comments too."""
    discussions: bool | None = None
    """Read discussions; by default where there are any and a token is given."""
    releases: bool = True
    """Read the dates and notes of releases; drafts are left out."""
    since: AwareDatetime | None = None
    """Leave out what did not change since then."""
    lookback: timedelta = timedelta(minutes=1)
    """How far behind its cursor a pull looks for what came to light late."""
    api_url: str = Field(PUBLIC_API, pattern=r"^https?://[^\s?#]+$")
    """Of GitHub Enterprise: `https://HOST/api/v3`."""
