"""Replies in topics of a Discourse forum."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from insights.errors import BadItem, CredentialsError, PublishError, SourceError, Undecided
from insights.http import Http, reveal, shaped

REFUSED = (403, 404, 422)


class DiscourseOptions(BaseModel):
    """A forum, and who replies there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """The forum's address, with its folder if it has one."""
    api_key: SecretStr | None = None
    """A key with the scope posts:write (create), as "$NAME"; the source's own if it is not set."""
    api_username: str = "system"
    """The user who replies."""


class Taken(BaseModel):
    """A reply that was taken."""

    topic_id: int
    post_number: int


class Discourse:
    """A forum in which topics can be answered."""

    Options: ClassVar[type[BaseModel]] = DiscourseOptions

    def __init__(self, source: str, options: DiscourseOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._base = options.url.rstrip("/")

    def answers(self, thread_id: str) -> bool:
        """Every topic."""
        return thread_id.isdecimal()

    def reply(self, thread_id: str, text: str) -> str:
        """Reply in a topic."""
        key = reveal(self.options.api_key, f"trackers.{self.source}.api_key")
        if not key:
            raise CredentialsError(f"trackers.{self.source}: replies need an api_key; set one")
        reply = self._http.send(
            f"{self._base}/posts.json",
            json={"topic_id": int(thread_id), "raw": text},
            headers={"Api-Key": key, "Api-Username": self.options.api_username},
            allow=REFUSED,
        )
        if reply.status in REFUSED:
            raise PublishError(
                f"{self._base} refused with status {reply.status}{reply.said}; the topic may be "
                f"closed, or the key of {self.options.api_username} may not write posts"
            )
        try:
            taken = shaped(Taken, reply.json())
        except (BadItem, SourceError):
            raise Undecided(f"{self._base} took the reply, but did not say where it is") from None
        return f"{self._base}/t/{taken.topic_id}/{taken.post_number}"
