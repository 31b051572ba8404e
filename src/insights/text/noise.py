"""Tags what says little or repeats itself. A tag is a reason with a score; nothing is dropped."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from insights.models import Post
from insights.text.bots import by_bot
from insights.text.spam import SpamModel, count_links, shipped

SPAM_SHOWN = 0.4
"""Chance of spam from which the tag is kept; what is below 0.5 is shown and still counted."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What kind of noise it is, how sure (0..1), and why, in words for people."""

    name: str
    score: float
    reason: str


def noise(cleaned: str, post: Post, judge: SpamModel | None = None) -> list[Tag]:
    """Tag a post by its cleaned text and its author: `empty`, `thanks`, `plus_one`, `bot`, `spam`.

    `judge` tells spam; it is the shipped model if none is given. Copies need other posts beside
    this one: see `insights.text.near`.
    """
    plain = normal_form(cleaned)
    tags: list[Tag] = []
    if not plain:
        tags.append(Tag("empty", 1.0, "nothing is left without markup, quotes, links and code"))
    elif len(plain) <= 80:
        tags += _short(cleaned, plain)
    bot = by_bot(post.author or "", cleaned)
    if bot:
        tags.append(Tag("bot", *bot))
    judge = judge or shipped()
    links = count_links(post.text)
    score = judge.score(cleaned, links)
    if score >= SPAM_SHOWN:
        tags.append(Tag("spam", score, judge.why(cleaned, links)))
    return tags


def normal_form(text: str) -> str:
    """Bring texts that differ only in case, width, punctuation and spaces to one form.

    Emoji and other symbols count as punctuation, unless there is nothing else.

    >>> normal_form("  It CRASHES!!!\\n again…")
    'it crashes again'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = " ".join(_WORDS.findall(folded))
    return words or "".join(folded.split())


def fingerprint(text: str) -> str:
    """Hash the normal form (BLAKE2b, 16 bytes, hexadecimal): equal for exact duplicates."""
    form = normal_form(text).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(form, digest_size=16).hexdigest()


_WORDS = re.compile(r"[\w\u200c\u200d]+(?:[\u0300-\u036f\u0900-\u0dff]+[\w\u200c\u200d]*)*")

_THANKS = re.compile(
    r"(?:(?:ok(?:ay)?|great|perfect|awesome|cool|got it|yes|works|that works|it works|it worked"
    r"|that worked|solved|fixed|nice|excellent|wonderful|amazing|super|brilliant|oh|ah"
    r"|wow|hi|hello|all|again)\s)*"
    r"(?:(?:many |big |huge |much |no )?(?:thanks?|thank ?(?:yo)?u|thx|thnx|ty|tysm|tnx"
    r"|cheers|merci|gracias"
    r"|danke|grazie|obrigad[oa]|spasibo|спасибо|谢谢|感谢|ありがとう\w*|شكرا|धन्यवाद|teşekkürler|dank)"
    r"(?:\s(?:very|so|you|a|lot|ton|bunch|million|much|again|all|everyone|guys|team|mate"
    r"|sir|man|for"
    r"|your|the|this|that|it|help|helping|reply|quick|fast|info|information|sharing|answer|support"
    r"|clarification|update|fix|in|advance|beaucoup|bien|muchas|mil|schön|vielen|works?"
    r"|worked|now|great"
    r"|perfect(?:ly)?|solved|fixed|appreciated|and|will|try|check|out|is|to|i|ll|quickly))*\s?)+"
)
_PLUS_ONE = re.compile(
    r"(?:\+? ?1+|1|plus (?:1|one)|same(?: (?:here|issue|problem|thing|for me|to me|boat"
    r"|question|with me))*"
    r"|me (?:too|2|also|neither)|(?:any )?(?:update|news|progress|eta)s?(?: on this| here"
    r"| please)*|bump(?:ing)?(?: this)?"
    r"|following|subscribed?|subscribing|this|i agree|agreed?|seconded|second this"
    r"|upvoted?|likewise|ditto"
    r"|i (?:also )?have (?:the|this) same (?:issue|problem|question)|having (?:the )?same"
    r" (?:issue|problem)"
    r"|same (?:issue|problem)? ?(?:here|with|on) \w+(?: \w+)?|moi aussi|ich auch|yo"
    r" también|anch io|eu também"
    r"|i need this(?: too| as well)?|we need this(?: too| as well)?|up|still (?:an issue"
    r"|a problem|relevant)"
    r"|any (?:solution|fix|workaround)s?(?: yet| for this| to this)*)(?:\s(?:too|also|as"
    r" well|please|guys|for this|here))*"
)
_PLUS_SIGNS = re.compile(r"^\W*(?:\+\s?1\d{0,3}|👍|☝️?|⬆️?|🙋\S?)[\s👍!.+1]*$")


def _short(cleaned: str, plain: str) -> list[Tag]:
    tags = []
    if _THANKS.fullmatch(plain):
        tags.append(Tag("thanks", 0.95, "says thanks and nothing else"))
    if _PLUS_SIGNS.match(cleaned) or _PLUS_ONE.fullmatch(plain):
        tags.append(Tag("plus_one", 0.9, "agrees or asks for news and adds nothing"))
    return tags
