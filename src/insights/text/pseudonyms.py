"""Names people without naming them: a keyed hash of the account, the same on every night."""

from __future__ import annotations

import hashlib
import hmac


def pseudonym(account: str, source: str, key: bytes) -> str:
    """Return 32 hexadecimal digits for an account of a source.

    Without `key`, which lives outside the database, accounts cannot be tried one by one.
    """
    message = f"{source}\x1f{account.strip().casefold()}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
