"""Leaves out the headings of a Markdown text that nothing stands under."""

from __future__ import annotations

import re

HEADING = re.compile(r"^ {0,3}#{1,6}(?: |$)")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
NO_RESPONSE = "_No response_"
"""What GitHub puts under a question of an issue form that was left open."""
WORDS = 8
"""Words of a heading; a longer one may be somebody's sentence."""


def without_empty_sections(text: str) -> str:
    """Leave out short headings with nothing below, where a text is made of several sections."""
    if text.count("#") < 2:
        return text
    lines = text.split("\n")
    levels = _levels(lines)
    empty: list[int] = []
    waiting: list[tuple[int, int]] = []  # (level, line) of headings that wait for a word
    for at, line in enumerate(lines):
        if levels[at]:
            while waiting and waiting[-1][0] >= levels[at]:
                empty.append(waiting.pop()[1])
            waiting.append((levels[at], at))
        elif line.strip() == NO_RESPONSE:
            empty.append(at)
        elif line.strip():
            waiting.clear()
    left_out = set(empty).union(at for _, at in waiting)
    said = any(line.strip() for at, line in enumerate(lines) if at not in left_out)
    if sum(map(bool, levels)) < 2 or not said:
        return text
    return "\n".join("" if at in left_out else line for at, line in enumerate(lines))


def _levels(lines: list[str]) -> list[int]:
    """Return the level of each line that is a short heading, 0 for any other line."""
    levels = []
    fence = ""
    for line in lines:
        mark = FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        bare = line.strip()
        short = not fence and HEADING.match(line) and len(bare.split()) <= WORDS + 1
        levels.append(len(bare) - len(bare.lstrip("#")) if short else 0)
    return levels
