"""How much a text advertises, lures or begs: a linear model over its words and its build."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from insights.errors import InsightsError

VERSION = 1
"""Raised when features change: older models then ask to be trained again."""
_READ = 4000


@dataclass(frozen=True, slots=True, eq=False)
class SpamModel:
    """A weight for each cue, word and word pair that it knows; scoring needs nothing else.

    The chance of spam is the logistic of `offset` and the weights of a text's features.
    """

    weights: Mapping[str, float]
    offset: float
    examples: int = 0

    def logit_of(self, found: Mapping[str, float]) -> float:
        """Return the logarithm of the odds of spam for `features`."""
        known = self.weights
        return self.offset + sum(known[n] * value for n, value in found.items() if n in known)

    def score(self, text: str, links: int = 0) -> float:
        """Return the chance that a text is spam, 0..1; for `links` see `features`."""
        odds = max(-30.0, min(30.0, self.logit_of(features(text, links))))
        return round(1 / (1 + math.exp(-odds)), 3)

    def why(self, text: str, links: int = 0) -> str:
        """Name what speaks most for spam, in words for people."""
        found = features(text, links)
        parts = {name: self.weights.get(name, 0.0) * value for name, value in found.items()}
        told = sorted((n for n in parts if parts[n] >= 0.2), key=lambda n: (-parts[n], n))
        cues = [name[1:] for name in told if name[0] == "="][:3]
        words = [f"“{name}”" for name in told if len(name) > 2 and name[0].isalpha()][:3]
        if words:
            cues.append(f"says {', '.join(words)}")
        return "; ".join(cues)

    def to_bytes(self) -> bytes:
        """Write the model as JSON: the same bytes for the same model."""
        weights = {name: round(weight, 4) for name, weight in sorted(self.weights.items())}
        about = {"version": VERSION, "examples": self.examples, "offset": round(self.offset, 4)}
        return json.dumps({**about, "weights": weights}, ensure_ascii=False, indent=0).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SpamModel:
        """Read what `to_bytes` wrote."""
        held = json.loads(data)
        if held["version"] != VERSION:
            raise InsightsError(
                "the spam model was trained by another version; train it again: insights train spam"
            )
        return cls(held["weights"], held["offset"], held["examples"])


@lru_cache(maxsize=1)
def shipped() -> SpamModel:
    """Load the model that comes with the package, learned from `spam_seeds.toml`."""
    return SpamModel.from_bytes(files("insights.text").joinpath("spam.json").read_bytes())


def count_links(text: str) -> int:
    """Count the links of a text, in whatever markup it is written."""
    return len(_LINK.findall(text[:_READ]))


def features(text: str, links: int = 0) -> dict[str, float]:
    """Return what of a text speaks for or against spam, each 0..1.

    Names that begin with `=` are cues; the others are words and word pairs, which together have
    length 1. `links` counts links that are not in the text any more. Of a long text only the
    beginning is read.
    """
    text = text[:_READ]
    words = _words(text)
    terms = {*words, *(f"{one} {other}" for one, other in pairwise(words))}
    share = 1 / math.sqrt(len(terms)) if terms else 0.0
    found = dict.fromkeys(terms, share)
    found.update(_cues(text, len(words), links + len(_LINK.findall(text))))
    return found


_WORD = re.compile(
    r"<[A-Z_]{2,15}>|[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,]\d+)*|[£$€₹¥%]|!{2,}|(?<=\w)!"
)


def _words(text: str) -> list[str]:
    """Cut into words, without links; of a number its length counts, or that it may be a phone."""
    return [_shape(word) for word in _WORD.findall(_LINK.sub(" ", text))]


def _shape(word: str) -> str:
    if word[0].isdigit():
        return "<PHONE>" if len(word) > 8 else "0" * len(word)
    return word if word[0] == "<" else word.lower()


def _cues(text: str, words: int, links: int) -> Iterable[tuple[str, float]]:
    for name, pattern in _PATTERNS:
        if pattern.search(text):
            yield name, 1.0
    if links:
        yield "=has a link", 1.0
        if words < 12 * links:
            yield "=is mostly links", 1.0
    letters = sum(map(str.isalpha, text))
    if letters >= 15 and sum(map(str.isupper, text)) > 0.5 * letters:
        yield "=is written in capitals", 1.0
    if sum(map(str.isdigit, text)) > 0.08 * len(text):
        yield "=is full of numbers", 1.0
    if words < 4:
        yield "=is very short", 1.0


_LINK = re.compile(
    r"(?:https?://|www\.)\S*|<URL(?:_CREDENTIALS)?>|\b[a-z0-9-]{3,40}\.(?:com|biz|example"
    r"|xyz|top|click|shop|site|online|buzz|icu|win|loan|vip)\b(?:/\S*)?",
    re.I,
)
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (f"={name}", re.compile(pattern, re.I))
    for name, pattern in (
        (
            "promises money or prizes",
            r"\b(?:you(?:'ve| have)? (?:been |just )?(?:won|selected|chosen)|winner|cash"
            r" prize|lottery|free (?:cash|money|gift|entry|iphone|robux|v-?bucks|followers)"
            r"|free gift ?cards?|gift ?card (?:codes?|giveaway|generator)|bonus(?:es)?"
            r" (?:code|offer)|earn (?:up to )?[$€£]?\d|make money|passive income"
            r"|jackpot|casino|betting)\b",
        ),
        (
            "offers goods or services",
            r"\b(?:buy now|order now|shop now|best price|cheap(?:est)? \w+ (?:online|price)"
            r"|promo(?:tion)? code|referral code|use my (?:code|link|referral)"
            r"|we (?:offer|provide|sell)|our services|for sale|wholesale|escorts?|call girls?"
            r"|viagra|cialis|essay writ\w+|seo (?:service|expert|agency)"
            r"|loan (?:offer|approval)|packers and movers)\b",
        ),
        (
            "asks to be contacted elsewhere",
            r"\b(?:whats ?app|telegram|dm|inbox|text|contact|call|e-?mail)\b.{0,60}?"
            r"(?:<(?:PHONE|EMAIL|HANDLE|URL)>|\+?\d{5,}|@\w)|\bclaim (?:your|now|code|call)\b",
        ),
        (
            "praises a helper who recovers money or casts spells",
            r"\b(?:recover(?:ed|y)? (?:my |your |of )?(?:lost |stolen )?(?:funds?|money"
            r"|crypto|bitcoin|wallet)|(?:love )?spell caster|ethical hacker|binary option"
            r"|forex|crypto (?:signals?|investment))\b",
        ),
        (
            "presses for a click",
            r"\b(?:click (?:here|the link|below)|visit (?:our|my) (?:site|website|page"
            r"|channel|shop)|check out my|subscribe to my|follow me|limited time|act now"
            r"|don'?t miss|reply (?:stop|yes)|te?xt \w{2,10} to \d{4,6})\b",
        ),
        ("names prices", r"[£$€]\s?\d|\d\s?(?:usd|eur|gbp|p/min|ppm|p per)\b|\b\d{2,3}% off\b"),
        ("shouts", r"!{3,}|\b(?:free|win|urgent|congratulations)\b.{0,40}!"),
    )
)
