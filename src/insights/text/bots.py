"""Says whether a program wrote a post, by its account or by its words."""

from __future__ import annotations

import re

_BOT_NAME = re.compile(
    r"(?:^|[-_. \[])(?:bot|auto ?mod(?:erator)?|system|discobot)(?:$"
    r"|[-_. \]\d])|\[bot\]$|bot$",
    re.I,
)
_NOT_BOT_NAME = re.compile(r"(?:ab|tal|rob|el)bot$|turbot$|robot$", re.I)
_BOT_TEXT = re.compile(
    r"\bi(?:'m| am) a bot\b|\bthis (?:is an automated|message (?:was|is) (?:sent )?automat)"
    r"|\b(?:this )?(?:action|comment|post) was (?:performed|posted|made|generated) automatically"
    r"|\bautomatically (?:closed|locked|marked|archived) (?:\w+ ){0,8}(?:inactiv|activity"
    r"|response|days|stale)"
    r"|\bthis (?:topic|thread|issue|pull request) (?:was|has been|will be) automatically"
    r"|\bmarked as stale\b|\bbeep boop\b",
    re.I,
)


def is_bot(account: str) -> bool:
    """Say whether an account's name tells that a program writes under it."""
    return bool(_BOT_NAME.search(account)) and not _NOT_BOT_NAME.search(account)


def by_bot(account: str, cleaned: str) -> tuple[float, str] | None:
    """Return how sure it is (0..1) that a program wrote a post, and why; None if nothing says so.

    Only the beginning of the text is read.
    """
    if account and is_bot(account):
        return 0.9, "the account's name says that it is a program"
    if _BOT_TEXT.search(cleaned[:3000]):
        return 0.8, "the text says that a program wrote it"
    return None
