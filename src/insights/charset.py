"""Reads the bytes of mails as text, whatever they say they are written in."""

from __future__ import annotations

import codecs
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final

_MAX_HEADER = 4_000


def decoded(value: str) -> str:
    """Return a header as people read it: encoded words decoded, on one line, fit to be stored."""
    value = unescaped(value[:_MAX_HEADER])
    try:
        parts = decode_header(value) if "=?" in value else [(value, None)]
    except (HeaderParseError, ValueError):
        parts = [(value, None)]
    words = [
        part if isinstance(part, str) else in_charset(part, charset or "us-ascii")
        for part, charset in parts
    ]
    return " ".join(storable("".join(words)).split())


def in_charset(content: bytes, charset: str) -> str:
    """Decode `content` whatever it claims to be: never fails, and loses only what is not text."""
    name = _BETTER.get(charset.strip().lower(), charset.strip().lower())
    for candidate in ("utf-8", name, "cp1252") if name in _LOOSE else (name, "utf-8", "cp1252"):
        try:
            known = codecs.lookup(candidate)
            if known.name not in _NO_CHARSETS and getattr(known, "_is_text_encoding", True):
                return content.decode(candidate)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def storable(text: str) -> str:
    """Replace halves of surrogate pairs and NUL, which databases refuse."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


# Names that mails carry and Python does not know, or knows as less than what is meant.
_BETTER: Final = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "gb2312": "gb18030",
    "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932",
    "shift-jis": "cp932", "iso-8859-8-i": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
    "unicode-1-1-utf-7": "utf-7", "utf8mb4": "utf-8", "windows-874": "cp874", "x-sjis": "cp932",
}  # fmt: skip
_LOOSE: Final = {"us-ascii", "ascii", "unknown-8bit", "x-unknown", "8bit", ""}
_NO_CHARSETS: Final = {
    "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode-escape",
    "raw-unicode-escape", "mbcs", "oem",
}  # fmt: skip
"""Codecs that are no way to write a mail, some of them slow."""


def unescaped(value: str) -> str:
    """Decode bytes beyond ASCII in a header, which the parser keeps as surrogates."""
    if value.isascii():
        return value
    return in_charset(value.encode("utf-8", "surrogateescape"), "us-ascii")
