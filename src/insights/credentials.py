"""Keys and tokens: where they come from, and how they stay out of every message and log line."""

from __future__ import annotations

import logging
import os
import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote, unquote

import httpx
from pydantic import SecretStr

from insights.errors import CredentialsError, SourceError

_PUBLIC_HEADERS = {"accept", "content-type", "user-agent", "x-github-api-version"}
_SHORTEST = 8  # a piece this long may be a key; "Bearer" and "token" are not
_IN_A_PATH = 16  # an address may be a key as a whole, as those of webhooks are
_revealed: set[str] = set()


def reveal(secret: SecretStr | None, option: str) -> str:
    """Return a secret option's value; `$NAME` stands for the environment variable NAME.

    So insights.toml can be shown to anyone: it names the secret and does not hold it.

    Raises:
        CredentialsError: the variable is not set, or the value cannot be a key.
    """
    value = secret.get_secret_value().strip() if secret else ""
    if value.startswith("$"):
        name = value[1:].strip("{}")
        value = os.environ.get(name, "").strip()
        if not value:
            raise CredentialsError(f"{option} names {name}, which is not set; set it and run again")
    if not (value.isascii() and value.isprintable()):
        raise CredentialsError(f"{option} holds characters that no key has; copy it again")
    if len(value) >= _SHORTEST:
        _revealed.add(value)
    if "://" in value and len(inside := value.partition("://")[2].partition("/")[2]) >= _IN_A_PATH:
        _revealed.add(inside)  # whoever writes the address may spell its beginning another way
    return value


def conceal(url: str) -> None:
    """Keep each piece of an address that is a key as a whole out of messages and logs.

    Where a host is named, its name may be told: messages of others hold it, too.
    """
    pieces = {
        spelt for piece in re.split(r"[/:@?&=,]+", url.partition("://")[2])
        for spelt in (piece, unquote(piece)) if len(spelt) >= _SHORTEST
    }  # fmt: skip
    host = re.split(r"[/?]", url.partition("://")[2])[0].rpartition("@")[2].partition(":")[0]
    named = {host} if "." in host or host == "localhost" else set()
    _revealed.update(pieces - named)


def redact(text: str, headers: Mapping[str, str], auth: tuple[str, str] | None) -> str:
    """Replace by *** whatever in `text` was sent as a header or password to prove who we are.

    So is every secret that was revealed, as some platforms want theirs in the address.
    """
    secrets = [value for name, value in headers.items() if name.lower() not in _PUBLIC_HEADERS]
    secrets += [part for value in secrets for part in value.split() if len(part) >= _SHORTEST]
    if auth:
        secrets += [auth[1], b64encode(":".join(auth).encode()).decode()]
    for secret in sorted({*filter(None, secrets), *_revealed}, key=len, reverse=True):
        if secret in text or "%" in text:
            text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
    return text


def _redact_line(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact(record.getMessage(), {}, None), ()
    return True


for _library in ("httpx", "apprise", "urllib3.connectionpool"):  # these write whom they ask
    logging.getLogger(_library).addFilter(_redact_line)


def apart(url: str) -> tuple[httpx.URL, tuple[str, str] | None]:
    """Split user and password from an address: httpx would write them into its log.

    Raises:
        SourceError: the address is none.
    """
    try:
        whole = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise SourceError("an address in the settings is malformed") from None
    auth = (whole.username, whole.password) if whole.userinfo else None
    return whole.copy_with(username=None, password=None), auth
