"""Finds keys, tokens and passwords that somebody pasted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insights.models import Span

_MAYBE_WORDS = (
    "-----begin", "eyj", "bearer", "authorization", "passw", "pwd", "passcode", "passphrase",
    "secret", "token", "api", "key", "my pin", "our pin", "his pin", "her pin", "the pin",
    "pin code", "akia", "asia", "aiza", "ya29.", "sg.", "gocspx", "dapi", "hvs.", "atatt3", ":aa",
)  # fmt: skip
_MAYBE = (
    re.compile(r"[-_]\w{10}"),
    re.compile(r"SK[0-9a-f]{32}"),
    re.compile(r"\.[\w-]{6}\.[\w-]{20}"),
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----BEGIN|<[A-Z][A-Z_]{1,20}>)[\s\S]){0,20000}"
)
_PRIVATE_KEY_END = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_FORMATS = re.compile(
    r"""(?<![\w])(?:
      eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?              # JSON web token
    | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_\w{40,} | glpat-[\w-]{20,}
    | xox[abeoprs]-[\w-]{10,}
    | [A-Za-z]{2,12}[-_](?:live|test|prod|proj|ant|or|secret|key|pat)[-_](?=\w{0,40}\d)[\w-]{16,}
    | sk-[A-Za-z0-9]{20,} | A[KS]IA[0-9A-Z]{16} | AIza[\w-]{30,} | ya29\.[\w-]{20,}
    | npm_[A-Za-z0-9]{30,} | pypi-[\w-]{40,} | hf_[A-Za-z0-9]{30,} | SG\.[\w-]{16,}\.[\w-]{16,}
    | do[opr]_v1_[a-f0-9]{40,} | AGE-SECRET-KEY-1[0-9A-Z]{40,} | GOCSPX-[\w-]{20,}
    | dckr_pat_[\w-]{20,} | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32} | dapi[0-9a-f]{32}
    | hvs\.[\w-]{24,} | lin_api_\w{32,} | ntn_\w{40,} | figd_[\w-]{30,} | ATATT3[\w=-]{40,}
    | rubygems_[0-9a-f]{40,} | xkeysib-[0-9a-f]{40,} | SK[0-9a-f]{32} | \d{8,10}:AA[\w-]{33}
    | [MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}           # Discord
    )(?![\w])""",
    re.X,
)
_BEARER = re.compile(
    r"\b(?:bearer|authorization\s?:\s?(?:basic|token|bearer))\s+([\w.~+/=-]{12,})", re.I
)
_NAMED = re.compile(
    r"""(?:api[_ -]?key|secret|access[_ -]?key|private[_ -]?key|token|passw(?:or)?d
    |passphrase|passcode|pwd|client[_-]?secret)["']?\s{0,3}(?::=|=>|=|:)\s{0,3}["']?
    ([^\s"'`,;<>(){}\[\]]{8,})""",
    re.X | re.I,
)
_MINE = re.compile(
    r"\b(?:my|the|our|his|her)\s+(?:\w+\s+){0,2}(?:password|passcode|passphrase|pin)(?: code)?"
    r"\s?(?:is|was|:|=)\s*[\"']?([^\s\"'`,;<>()]{4,})",
    re.I,
)
_BY_WORDS = (
    (_BEARER, ("bearer", "authorization")),
    (_NAMED, ("key", "secret", "token", "passw", "passphrase", "passcode", "pwd")),
    (_MINE, ("pass", "pin")),
)


def may_hold_secrets(text: str) -> bool:
    """Look once, cheaply."""
    lower = text.lower()
    return any(word in lower for word in _MAYBE_WORDS) or any(p.search(text) for p in _MAYBE)


def find_secrets(text: str) -> Iterator[Span]:
    """Find private keys, tokens of known make, bearer tokens and values that are named secret."""
    if "-----BEGIN" in text:
        for found in _PRIVATE_KEY.finditer(text):
            end = _PRIVATE_KEY_END.search(text, found.start(), found.end())
            yield Span(found.start(), end.end() if end else found.end(), "SECRET")
    for found in _FORMATS.finditer(text):
        yield Span(found.start(), found.end(), "SECRET")
    lower = text.lower()
    for pattern, words in _BY_WORDS:
        for found in pattern.finditer(text) if any(word in lower for word in words) else ():
            value = found[1].rstrip(".!?")
            if _random_looking(value, strict=pattern is _NAMED):
                yield Span(found.start(1), found.start(1) + len(value), "SECRET")


def _random_looking(value: str, *, strict: bool) -> bool:
    """Tell a secret from a word or a setting: it holds digits, and letters where `strict`."""
    digits = any(c.isdigit() for c in value)
    letters = any(c.isalpha() for c in value)
    if "://" in value or value.count(".") > 3:
        return False
    return digits and (letters or not strict) and len(value) >= 4


_LOGIN = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://([^\s/@:<>\"']{1,100}:[^\s/@<>\"']{1,200})@", re.I)
# The path is the secret: whoever knows it can post.
_WEBHOOK = re.compile(
    r"//(?:hooks\.slack\.com/(?:services|workflows|triggers)"
    r"|(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks"
    r"|[\w-]{1,60}\.webhook\.office\.com/webhookb2|hooks\.zapier\.com/hooks/catch)"
    r"/([^\s<>\"'`|)\]]{8,300})",
    re.I,
)
_QUERY = re.compile(
    r"[?&#;](?:access_?token|auth_?token|id_?token|refresh_?token|token|api_?key|apikey|key|auth"
    r"|sig|signature|secret|client_secret|session(?:_?id)?|sid|jwt|password|passwd|pwd|code|otp"
    r"|invite|x-amz-(?:signature|credential|security-token)|x-goog-signature|email|phone)"
    r"=([^&\s#<>\"']{4,})",
    re.I,
)


def find_url_credentials(text: str) -> Iterator[Span]:
    """Find logins and tokens inside addresses; the rest of the address may stay."""
    for found in _LOGIN.finditer(text):
        yield Span(found.start(1), found.end(1), "URL_CREDENTIALS")
    for found in _WEBHOOK.finditer(text):
        value = found[1].rstrip(".,;:!?")
        yield Span(found.start(1), found.start(1) + len(value), "URL_CREDENTIALS")
    for found in _QUERY.finditer(text):
        value = found[1].rstrip(".,;:!?)")
        if len(value) >= 4 and (any(c.isdigit() for c in value) or len(value) >= 16):
            yield Span(found.start(1), found.start(1) + len(value), "URL_CREDENTIALS")
