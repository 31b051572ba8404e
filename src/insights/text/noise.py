"""Tags what says little or repeats itself. A tag is a reason with a score; nothing is dropped."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from insights.models import Post


@dataclass(frozen=True, slots=True)
class Tag:
    """What kind of noise it is, how sure (0..1), and why, in words for people."""

    name: str
    score: float
    reason: str


def noise(cleaned: str, post: Post) -> list[Tag]:
    """Tag a post by its cleaned text and its author: `empty`, `thanks`, `plus_one`, `bot`, `spam`.

    Floods and near duplicates need other posts beside this one and are found elsewhere.
    """
    plain = normal_form(cleaned)
    tags: list[Tag] = []
    if not plain:
        tags.append(Tag("empty", 1.0, "nothing is left without markup, quotes, links and code"))
    elif len(plain) <= 80:
        tags += _short(cleaned, plain)
    tags += _bot(post.author or "", cleaned)
    score, reason = spam(post.text if "://" in post.text else cleaned)
    if score >= 0.4:
        tags.append(Tag("spam", score, reason))
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


def _bot(author: str, cleaned: str) -> list[Tag]:
    if author and _BOT_NAME.search(author) and not _NOT_BOT_NAME.search(author):
        return [Tag("bot", 0.9, "the account's name says that it is a program")]
    if _BOT_TEXT.search(cleaned[:3000]):
        return [Tag("bot", 0.8, "the text says that a program wrote it")]
    return []


# Weights of a linear score; the logistic of their sum is the chance of spam. They are set by
# hand and wide apart: a single cue never makes spam, two strong ones do.
_SPAM_CUES: tuple[tuple[float, str, re.Pattern[str]], ...] = tuple(
    (weight, reason, re.compile(pattern, re.I))
    for weight, reason, pattern in (
        (
            2.2,
            "promises money or prizes",
            r"\b(?:you(?:'ve| have)? (?:been |just )?(?:won|selected|chosen)|winner|cash"
            r" prize|lottery|free (?:cash|money|gift|entry|iphone|robux|v-?bucks|followers)"
            r"|gift ?cards?|bonus(?:es)? (?:code|offer)|earn (?:up to )?[$€£]?\d|make money"
            r"|work from home|passive income|guaranteed|jackpot|casino|betting|slots?\b)",
        ),
        (
            1.8,
            "offers goods or services",
            r"\b(?:buy now|order now|shop now|best price|cheap(?:est)? \w+ (?:online|price)"
            r"|discount (?:code|coupon)|promo(?:tion)? code|referral code|use my (?:code"
            r"|link|referral)"
            r"|we offer|our services|for sale|wholesale|escorts?|call girls?|viagra|cialis"
            r"|essay writ\w+|seo (?:service|expert|agency)|loan (?:offer|approval)|packers"
            r" and movers|wholesale)\b",
        ),
        (
            1.8,
            "asks to be contacted elsewhere",
            r"\b(?:whats ?app|telegram|dm|inbox|text|contact|call|email) (?:me|us|him|her"
            r"|now|on|at|via)\b.{0,80}(?:<(?:PHONE|EMAIL|HANDLE|URL)>|\+?\d{6,}|@\w)|\bclaim"
            r" (?:your|now|code|call)\b",
        ),
        (
            1.6,
            "praises a helper who recovers money or spells",
            r"\b(?:recover(?:ed|y)? (?:my |your |of )?(?:lost |stolen )?(?:funds?|money"
            r"|crypto|bitcoin|wallet)|(?:love )?spell caster|ethical hacker|binary option"
            r"|forex|crypto (?:signals?|investment|trading))\b",
        ),
        (
            1.2,
            "presses for a click",
            r"\b(?:click (?:here|the link|below)|visit (?:our|my) (?:site|website|page"
            r"|channel)|check out my|subscribe to my|follow me|limited time|act now|hurry"
            r"|don'?t miss|reply (?:stop|yes)|txt|text \w+ to \d{4,6})\b",
        ),
        (
            1.0,
            "names prices",
            r"[£$€]\s?\d[\d,.]*|\d+\s?(?:usd|eur|gbp|p/min|ppm)\b"
            r"|\b\d{2,3}% off\b",
        ),
        (
            0.8,
            "shouts",
            r"^(?=(?:[^a-zа-я]*[A-ZА-Я]){20})[^a-zа-я]{30,}$|!{4,}|\b(?:free"
            r"|win|urgent|congratulations)\b.{0,40}!",
        ),
    )
)
_LINK = re.compile(
    r"https?://|www\.|\b[a-z0-9-]{3,}\.(?:xyz|top|click|shop|site|online"
    r"|buzz|icu|win|loan|vip)\b",
    re.I,
)
_BIAS = -2.6


def spam(text: str) -> tuple[float, str]:
    """Score 0..1 how much a text advertises, with the cues it was judged by."""
    text = text[:4000]
    total = _BIAS
    reasons = []
    for weight, reason, pattern in _SPAM_CUES:
        hits = sum(1 for _ in zip(pattern.finditer(text), range(3), strict=False))
        if hits:
            total += weight * (1 + 0.25 * (hits - 1))
            reasons.append(reason)
    links = len(_LINK.findall(text))
    words = len(text.split())
    if links and (words < 12 * links or links > 4):
        total += 1.2
        reasons.append("is mostly links")
    score = 1 / (1 + 2.718281828459045**-total)
    return round(score, 3), "; ".join(reasons)
