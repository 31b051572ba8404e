"""Hostile strings: the shared set where it is present, else a dozen of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from insights.digest.content import Digest

SHARED = Path(__file__).parents[2].parent / "shared" / "hostile" / "payloads.jsonl"

OWN = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</td></tr></table><h1>mine</h1>",
    "{{ 7 * 7 }}{% raw %}&lt;b&gt;",
    "@someone Fixes #12, GH-34, org/app#5 and 0123abc4567",
    "# heading\n- item\n\n1. one\n> quote\n| a | b |\n---",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example>",
    "**bold** `code` ~~gone~~ $x^2$ :tada: [^1] www.evil.example",
    "\x1b[31mred\x1b[0m\x07 \x1b]8;;https://evil.example\x07here\x1b]8;;\x07",
    "\u202egnp.exe\u202c \u2066isolate\u2069 tail\u200b\ufeff",
    "javascript:alert(document.domain)",
    "Z" + "\u0335\u0321" * 60 + " " + "word" * 400,
    "=1+1\tnext\r\nBcc: someone@evil.example\x00\x85\u2028",
    "\u200b\u2060\ufeff",
    "&#x3c;svg/onload=alert(1)&#x3e; &NoBreak; \\",
)

_ANYWHERE = r"(?<!\w)@\w|#\d|\bGH-\d|\bwww\.|(?:https?|ftp)://|mailto:\S|(?<![\d:]):[\w+-]+:"
IN_CHATS = re.compile(_ANYWHERE, re.IGNORECASE)
"""What acts in finished text without any mark: people, issues, addresses, emoji names."""
ACTS = re.compile(_ANYWHERE + r"|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""On GitHub, so do commits."""

_OURS = {"role", "state", "start", "end", "at", "as_of", "born_at", "newest_at"}
PLAIN = "words"


def strings() -> tuple[str, ...]:
    """Return every hostile string there is; `OWN` alone when the shared set is absent."""
    if not SHARED.exists():
        return OWN
    lines = SHARED.read_text(encoding="utf-8").split("\n")
    return (*OWN, *(json.loads(line)["text"] for line in lines if line))


def told(digest: Digest, say: Callable[[], str]) -> Digest:
    """Return `digest` with what `say` returns in every text field, links included."""
    return Digest.model_validate(_told(digest.model_dump(mode="json"), say))


def _told(value: object, say: Callable[[], str], key: str = "") -> object:
    if isinstance(value, dict):
        if key in ("parts", "versions"):  # their names are texts too
            return {f"{place} {say()}": _told(v, say) for place, v in enumerate(value.values())}
        told = "subject" in value or value.keys() == {"kind", "people"}  # one of a few words
        kept = value.get("kind") if told else None
        changed = {name: _told(inner, say, name) for name, inner in value.items()}
        return changed | {"kind": kept} if kept else changed
    if isinstance(value, list):
        return [_told(inner, say, key) for inner in value]
    return say() if isinstance(value, str) and key not in _OURS else value


def batches(size: int = 110) -> Iterator[Callable[[], str]]:
    """Yield sayers that go through all strings together, `size` of them each."""
    everything = strings()
    for start in range(0, len(everything), size):
        chosen = everything[start : start + size]
        yield _sayer(chosen)


def _sayer(chosen: tuple[str, ...]) -> Callable[[], str]:
    place = -1

    def say() -> str:
        nonlocal place
        place += 1
        return chosen[place % len(chosen)]

    return say
