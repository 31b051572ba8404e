"""Posts the JSON of a digest to an address of your choice, signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from insights import signing
from insights.credentials import apart, reveal
from insights.errors import CredentialsError, PublishError
from insights.http import Http


class WebhookOptions(BaseModel):
    """Where it is sent, and the secret that sender and receiver share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = Field(description="its address, or `$NAME` where that is a secret itself")
    secret: SecretStr = Field(description="at least 16 characters, better `$NAME`")
    allow_private: bool = Field(
        False, description="whether the address may be of this machine or of an inner network"
    )


class Webhook:
    """Posts the `json` document, with a signature and a key that names the delivery for ever."""

    Options: ClassVar[type[BaseModel]] = WebhookOptions
    replaces: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        options: WebhookOptions,
        *,
        http: Http | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.options = options
        self._http = http or Http(allow_private=options.allow_private)
        self._now = now

    @property
    def addresses(self) -> tuple[str]:
        """One address."""
        return ("",)

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return the JSON of the digest."""
        return documents["json"]

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Post the letter; its signature is of the time of sending, its key always the same."""
        try:
            url = reveal(self.options.url, f"publishers.{self.name}.url")
            secret = signing.shared_secret(self.options.secret, f"publishers.{self.name}.secret")
        except CredentialsError as error:
            raise PublishError(str(error)) from None
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            **signing.signed(secret, letter, self._now()),
        }
        reply = self._http.send(url, content=letter, headers=headers)
        return f"{apart(url)[0].host} answered {reply.status}"
