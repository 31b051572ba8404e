"""Which feeds to read, and as whom."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Address = Annotated[str, Field(pattern=r"^https?://[^\s#@]+$")]


class RssOptions(BaseModel):
    """Feeds of any dialect: RSS, Atom, JSON Feed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[Address, ...] = Field(min_length=1)
    """The addresses of the feeds, not of the pages that they belong to."""
    user: str = ""
    """Who may read them, if they ask for a name and a password (HTTP Basic)."""
    password: SecretStr | None = None
    """The password, or better `$NAME` for the environment variable NAME that holds it."""

    @model_validator(mode="after")
    def _keeps_the_password_at_home(self) -> RssOptions:
        hosts = {urlsplit(url).netloc.lower() for url in self.urls}
        if self.password and len(hosts) > 1:
            raise ValueError("a password is for one host; make a source for each host")
        if self.password and not self.user:
            raise ValueError("a password needs a user")
        return self
