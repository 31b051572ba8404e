"""Says which permission or scope a token lacks, as GitHub's headers name them."""

from __future__ import annotations

import re

from insights.errors import CredentialsError, SourceError
from insights.http import Reply

_NAMED = re.compile(r"[\w=:;, -]{1,200}")


def refusal(reply: Reply, what: str, needed: str) -> CredentialsError | SourceError:
    """Return the error for a reply with status 403 or 404; `needed` stands in where it is silent.

    GitHub answers 404 where a token may not even know of a private repository: a classic token
    without the scope `repo` shows itself by the scopes that it names.
    """
    accepted = _header(reply, "x-accepted-github-permissions")
    granted = _header(reply, "x-oauth-scopes")
    if granted is not None and "repo" not in re.split(r"[, ]+", granted):
        return CredentialsError(
            f"GitHub shows this token nothing of {what}: if it is private, the token needs the "
            f"scope 'repo'; it has {granted or 'none'}"
        )
    if reply.status == 403:
        return CredentialsError(
            f"GitHub refused the token for {what}: it lacks the permission {accepted or needed}"
        )
    return SourceError(f"there is no {what} that this token may read")


def _header(reply: Reply, name: str) -> str | None:
    value = reply.headers.get(name)
    return value if value is not None and (not value or _NAMED.fullmatch(value)) else None
