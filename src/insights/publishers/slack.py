"""Posts a digest to Slack, as an app with a token or through an incoming webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from insights.errors import CredentialsError, PublishError, SourceError, Undecided
from insights.http import Http, Reply, reveal

POST = "https://slack.com/api/chat.postMessage"
WEBHOOK = "webhook"
"""The address that stands for the webhook's channel, which only Slack knows."""

_MAY_HAVE_POSTED = {"fatal_error", "internal_error"}  # "some aspect of it may have succeeded"
_LIMITED = {"ratelimited", "rate_limited"}
_HINTS = {
    "not_in_channel": "invite the app there with /invite",
    "channel_not_found": "is the channel right, and is the app in it if it is private?",
    "is_archived": "name another channel",
    "missing_scope": "give the app the scope chat:write and install it again",
    "invalid_auth": "copy the token again",
    "not_authed": "set a token",
    "token_revoked": "install the app again and copy its new token",
    "token_expired": "install the app again and copy its new token",
    "account_inactive": "install the app again and copy its new token",
}


class SlackOptions(BaseModel):
    """Channels by an app's token, or one channel by its webhook."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr | None = Field(None, description="of an app with chat:write, as `$NAME`")
    channels: tuple[str, ...] = Field((), description="names with # or ids, for the token")
    webhook: SecretStr | None = Field(None, description="an incoming webhook, as `$NAME`")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.token) != bool(self.channels):
            raise ValueError("token and channels belong together: set both")
        if not (self.token or self.webhook):
            raise ValueError("set token and channels, or webhook")
        return self


class Slack:
    """Posts the `slack` document, once to each channel."""

    Options: ClassVar[type[BaseModel]] = SlackOptions
    replaces: ClassVar[bool] = False

    def __init__(self, name: str, options: SlackOptions, *, http: Http | None = None) -> None:
        self.name = name
        self.options = options
        self._http = http or Http(allow_private=False)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The channels, and the one of the webhook."""
        return self.options.channels + ((WEBHOOK,) if self.options.webhook else ())

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return the message as it is posted: it names the channel and holds no secret."""
        message = json.loads(documents["slack"])
        told = message if to == WEBHOOK else {"channel": to, **message}
        return json.dumps(told, ensure_ascii=False).encode()

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Post the message; Slack knows no key, so what is left open stays open."""
        try:
            token = reveal(self.options.token, f"publishers.{self.name}.token")
            webhook = reveal(self.options.webhook, f"publishers.{self.name}.webhook")
        except CredentialsError as error:
            raise PublishError(str(error)) from None
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if to == WEBHOOK:
            self._http.send(webhook, content=letter, headers=headers)
            return "the webhook's channel in Slack"
        headers["Authorization"] = f"Bearer {token}"
        reply = self._http.send(POST, content=letter, headers=headers, limited=_is_limit)
        return f"{to} in Slack, message {self._posted(reply, to)}"

    def _posted(self, reply: Reply, channel: str) -> str:
        """Return the id of the message: an answer of status 200 may say that there is none."""
        said = _said(reply)
        if said.get("ok") is True:
            return str(said.get("ts", "without an id"))[:40]
        error = said.get("error")
        if not isinstance(error, str) or error in _MAY_HAVE_POSTED:
            raise Undecided(
                f"slack.com answered {_short(error)}, so whether {channel} got it cannot be known"
            )
        hint = _HINTS.get(error, "see the errors of chat.postMessage in Slack's documentation")
        raise PublishError(f"Slack did not post to {channel}: {_short(error)}; {hint}")


def _is_limit(reply: Reply) -> bool:
    return _said(reply).get("error") in _LIMITED


def _said(reply: Reply) -> Mapping[str, Any]:
    try:
        said = reply.json()
    except SourceError:
        return {}
    return said if isinstance(said, dict) else {}


def _short(error: object) -> str:
    word = str(error)[:60]
    return word if word.replace("_", "").isalnum() else "something that is no answer"
