"""Signs what is sent and checks what comes: one scheme for both, with a secret that is shared.

`X-Insights-Timestamp` is in whole seconds since 1970; `X-Insights-Signature` is `sha256=` and the
HMAC-SHA256 of `timestamp.body` in hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from insights.credentials import reveal
from insights.errors import CredentialsError

TIMESTAMP, SIGNATURE = "X-Insights-Timestamp", "X-Insights-Signature"

FRESH = timedelta(minutes=5)
"""How far a delivery's time may be from ours; beyond it, it may be somebody else's copy."""

SHORTEST = 16


def shared_secret(option: SecretStr, name: str) -> bytes:
    """Return the secret of a setting; CredentialsError where it is too short to be one."""
    secret = reveal(option, name)
    if len(secret) < SHORTEST:
        raise CredentialsError(
            f"{name} is too short to keep anyone out; make one with: openssl rand -hex 32"
        )
    return secret.encode()


def signed(secret: bytes, body: bytes, now: datetime) -> Mapping[str, str]:
    """Return the headers under which `body` is sent."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: f"sha256={_digits(secret, timestamp, body)}"}


def verify(secret: bytes, body: bytes, timestamp: str, signature: str, now: datetime) -> None:
    """Let pass what was signed with the secret, not long ago.

    Raises:
        CredentialsError: it is not signed so, or was signed too long ago or ahead.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise CredentialsError("the timestamp is not in whole seconds since 1970")
    given = signature.removeprefix("sha256=").strip().lower()
    expected = _digits(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise CredentialsError(
            "the signature does not fit; sign `timestamp.body`, byte for byte as it is sent, "
            "with the secret of this source"
        )
    off = datetime.fromtimestamp(int(timestamp), UTC) - now
    if abs(off) > FRESH:
        raise CredentialsError(
            f"the timestamp is {off.total_seconds():+.0f} s off our clock; more than "
            f"{FRESH.total_seconds():.0f} s are refused, so sign anew and set the clock"
        )


def _digits(secret: bytes, timestamp: str, body: bytes) -> str:
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
