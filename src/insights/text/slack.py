"""Takes Slack's mrkdwn off a text: mentions, labelled links, emoji names and emphasis."""

from __future__ import annotations

import re

_FENCE = re.compile(r"```(.*?)(?:```|\Z)", re.S)
_REFERENCE = re.compile(r"( ?)<([@#!]?)([^<>|\n]{0,2000})(?:\|([^<>\n]{0,500}))?>")
_EMOJI = re.compile(
    r"(?<![\w:]):(?=[a-z0-9_+'-]{0,80}[a-z+])[a-z0-9_+'-]{1,80}:(?::skin-tone-\d:)?"
)
_MARKS = tuple(
    re.compile(rf"(?<![\w{mark}]){mark}(?=\S)([^{mark}\n]{{1,1000}})(?<=\S){mark}(?![\w{mark}])")
    for mark in (r"\*", "_", "~", "`")
)
_BULLET = re.compile(r"^ {0,8}[•◦▪] +", re.M)
_QUOTED = re.compile(r"^(?:&gt;)+ ?", re.M)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_KIND = re.compile(r"[A-Z][A-Z_]{1,20}")


def from_slack(text: str) -> tuple[str, list[str]]:
    """Read mrkdwn. Code between fences is set apart; people, groups and emoji are left out."""
    code: list[str] = []

    def apart(found: re.Match[str]) -> str:
        code.append(_entities(found[1].strip("\n")))
        return "\n\n"

    text = _QUOTED.sub("> ", _FENCE.sub(apart, text))
    text = _BULLET.sub("", _REFERENCE.sub(_label, text))
    text = _EMOJI.sub("", text)
    for mark in _MARKS:
        text = mark.sub(r"\1", text)
    return _entities(text), code


def _label(found: re.Match[str]) -> str:
    """Keep what a reader sees: the label of a link, the name of a channel, the redacted kind."""
    space, sign, target, label = found.groups()
    if sign in ("@", "!"):
        return ""
    if sign == "#" or label:
        return space + (label or "")
    return found[0] if _KIND.fullmatch(target) or ":" not in target else ""


def _entities(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text
