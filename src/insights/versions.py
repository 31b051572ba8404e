"""Versions as people write them: which are the same, and which is older."""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

LONGEST = 60
_BEFORE = re.compile(r"^\D*?(?=v?\d)", re.I)
_BEHIND = re.compile(r"\s*[(\[].*|\s+\S.*$")


def read(written: str) -> Version | None:
    """Read a version by the rules of PEP 440, whatever stands around it; None if it is none.

    >>> read("v4.2.0") == read("release-4.2") == read("4.2.0 (build 77)")
    True
    >>> read("4.2.0-beta.3") < read("4.2.0"), read("yesterday")
    (True, None)
    """
    text = written.strip()[:LONGEST]
    for start in (0, _end(_BEFORE.match(text))):
        try:
            return Version(_BEHIND.sub("", text[start:]))
        except InvalidVersion:
            continue
    return None


def plain(written: str) -> str:
    """Return a version without what stands around it, or the text as it is if it is none.

    >>> plain("v4.2.0"), plain("app-4.2.0-beta.3"), plain("Nightly of May")
    ('4.2.0', '4.2.0-beta.3', 'Nightly of May')
    """
    text = " ".join(written.split())[:LONGEST]
    if read(text) is None:
        return text
    return _BEHIND.sub("", text[_end(_BEFORE.match(text)) :]).lstrip("vV")


def same(written: str) -> str:
    """Return what all ways to write one version share: `4.2` for `v4.2.0`.

    >>> same("v4.2.0") == same("4.2"), same("4.2.0") == same("4.2.1")
    (True, False)
    """
    version = read(written)
    if version is None:
        return plain(written).casefold()
    public = version.public
    release = ".".join(map(str, version.release))
    return public.replace(release, re.sub(r"(\.0)+$", "", release), 1)


def _end(found: re.Match[str] | None) -> int:
    return found.end() if found else 0
