"""Calls Slack's methods, whose refusals and limits come with status 200."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from connectors.slack.shapes import Answer
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, Payload, Reply, once, shaped

M = TypeVar("M", bound=BaseModel)

API = "https://slack.com/api"
REFUSED = {
    "account_inactive": "the token's account or workspace is gone",
    "invalid_auth": "the token is not valid here",
    "no_permission": "the workspace does not permit it to the token",
    "not_allowed_token_type": "this is the wrong kind of token",
    "not_authed": "no token arrived",
    "token_expired": "the token has expired",
    "token_revoked": "the token was revoked",
}
_LIMITED = re.compile(rb'"error"\s*:\s*"rate_?limited"')
_SCOPES = re.compile(r"[a-z][a-z:._,]{1,100}")


@dataclass(frozen=True)
class Api:
    """The methods that the token of `source` may call."""

    source: str
    http: Http
    headers: Mapping[str, str]

    def pages(
        self, method: str, *params: tuple[str, str | int], allow: Sequence[str] = ()
    ) -> Iterator[Payload]:
        """Follow cursors to the end; one that comes twice is an error."""
        seen: set[str] = set()
        cursor = ""
        while True:
            more = [("cursor", cursor)] if cursor else []
            page = self.called(method, *params, *more, allow=allow)
            yield page
            following = self.whole(Answer, page).response_metadata
            cursor = following.next_cursor if following else ""
            if not cursor:
                return
            once(seen, cursor, "page")

    def asked(self, model: type[M], method: str, *params: tuple[str, str | int]) -> M:
        """Call a method and read its answer as `model`."""
        return self.whole(model, self.called(method, *params))

    def called(
        self, method: str, *params: tuple[str, str | int], allow: Sequence[str] = ()
    ) -> Payload:
        """Call a method; its refusals come with status 200. One in `allow` is an answer."""
        reply = self.http.get(
            f"{API}/{method}", params=params, headers=self.headers, limited=_is_limited
        )
        payload = reply.json()
        answer = self.whole(Answer, payload)
        if answer.ok or answer.error in allow:
            return payload
        raise self._refused(method, answer)

    def _refused(self, method: str, answer: Answer) -> SourceError | CredentialsError:
        if answer.error == "missing_scope":
            scope = answer.needed if _SCOPES.fullmatch(answer.needed) else "that it needs"
            return CredentialsError(
                f"{self.source}: the token lacks the scope {scope} for {method}; add it under "
                "OAuth & Permissions and install the app again"
            )
        if answer.error in REFUSED:
            why = f"{REFUSED[answer.error]} ({answer.error})"
            return CredentialsError(f"{self.source}: {why}; check the token in the settings")
        error = answer.error if _SCOPES.fullmatch(answer.error) else "an unknown error"
        return SourceError(f"{self.source}: Slack answered {method} with {error}")

    def whole(self, model: type[M], payload: Payload) -> M:
        """Read an answer, or a part of one; SourceError if it is not as Slack's are."""
        try:
            return shaped(model, payload)
        except BadItem as bad:
            raise SourceError(f"{self.source}: this is no answer of Slack ({bad})") from None


def _is_limited(reply: Reply) -> bool:
    return bool(_LIMITED.search(reply.content[:500]))
