"""Which Mastodon server to read, as whom, and whose words."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, model_validator


class MastodonOptions(BaseModel):
    """A server, and the hashtags and accounts on it to read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """The server's address, as in `https://mastodon.example`."""
    tags: tuple[str, ...] = ()
    """Hashtags, without the `#`."""
    accounts: tuple[str, ...] = ()
    """Accounts as the server names them: `name`, or `name@elsewhere.example`."""
    token: SecretStr | None = None
    """A token with the scopes `read:statuses` and `read:accounts`, or better `$NAME` for the
    environment variable NAME that holds it. Many servers show both to anyone."""
    since: AwareDatetime | None = None
    """Leave out what was posted before."""
    lookback: timedelta = timedelta(hours=1)
    """How far behind its cursor a pull looks for statuses that arrived late, and for edits."""

    @model_validator(mode="after")
    def _name_something(self) -> MastodonOptions:
        if not (self.tags or self.accounts):
            raise ValueError("name at least one of `tags` and `accounts`")
        for tag in self.tags:
            if not re.fullmatch(r"\w+", tag):
                raise ValueError(f"`{tag[:40]}` is no hashtag; write it without `#`")
        for account in self.accounts:
            if not re.fullmatch(r"[\w.-]+(@[\w.-]+)?", account):
                raise ValueError(f"`{account[:60]}` is no account; write `name` or `name@host`")
        return self
