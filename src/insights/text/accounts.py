"""Finds e-mail addresses, handles and pages that name a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insights.models import Span

_MAYBE = re.compile(
    r"\bu/\w|[\[({ ](?:at|AT)[\])} ].{1,60}(?:dot|DOT|\.)|\b(?:ig|insta\w*|snap\w*|telegram|tiktok|"
    r"skype|discord|wechat|vx|kik|line id)\b\W",
    re.I,
)


def may_hold_accounts(text: str) -> bool:
    """Look once, cheaply, for accounts that are written without an `@`."""
    return _MAYBE.search(text) is not None


_EMAIL = re.compile(
    r"(?<![\w.+%@-])[\w.+%'-]{0,63}[\w+-]@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?![\w-])"
)
_FILES = frozenset(
    str.split("png jpg jpeg gif svg webp js ts tsx jsx css json html xml dll exe java cpp")
)
_PROVIDERS = (
    "gmail|googlemail|hotmail|outlook|yahoo|icloud|protonmail|proton|aol|gmx|live|msn|yandex|qq|163"
)
_HALF = re.compile(
    rf"(?<![\w.+%-])[\w.+%-]{{2,63}}@ ?(?:{_PROVIDERS})\b(?:[. ] ?[a-z]{{2,3}}\b)?", re.I
)
_SPELLS = re.compile(r"[\[({ ](?:at|@)[\])} ]|[\[({] (?:at|@)", re.I)
_SPELLED = re.compile(
    r"(?<![\w.+-])[\w.+-]{2,63} ?(?:[\[({] ?(?:at|@) ?[\])}]) ?[\w-]{2,63}"
    r"(?: ?(?:[\[({] ?(?:dot|\.) ?[\])}]|\.) ?[a-z]{2,24})+\b"
    r"|(?<![\w.+-])[\w.+-]{2,63} at [\w-]{2,63} dot [a-z]{2,6}\b",
    re.I,
)


def find_emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses, also spelled ones: `jo (at) example (dot) org`."""
    for found in _EMAIL.finditer(text) if "@" in text else ():
        domain = found[0].rpartition("@")[2].lower()
        remote = found[0].startswith("git@") and text[found.end() : found.end() + 1] == ":"
        if domain.rpartition(".")[2] not in _FILES and not remote:
            yield Span(found.start(), found.end(), "EMAIL")
    for pattern, needed in ((_HALF, "@" in text), (_SPELLED, _SPELLS.search(text))):
        for found in pattern.finditer(text) if needed else ():
            yield Span(found.start(), found.end(), "EMAIL")


_HANDLE = re.compile(
    r"(?<![\w@/.`\\$<{=*-])@([A-Za-z_][\w.-]{1,38})(?:@[\w.-]{3,60}"
    r"|:[\w-]{1,60}(?:\.[\w-]{1,60}){1,3})?(?!\w)"
)
_PLATFORM = re.compile(
    r"<@[!&]?[UW]?[A-Z0-9]{6,22}(?:\|[^<>\n]{0,80})?>|(?<![\w/])/?u/[\w-]{3,20}\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:ig|insta|instagram|snap|snapchat|telegram|tiktok|twitter|skype|discord|wechat"
    r"|vx|kik|line id)"
    r"(?: (?:id|name|handle|is))?\s?[:：@=]\s?@?([A-Za-z0-9_][\w.-]{2,30}(?:#\d{4})?)",
    re.I,
)
_NETWORKS = str.split("ig insta snap telegram tiktok twitter skype discord wechat vx kik line")
_NOT_PEOPLE = frozenset(
    str.split("""media import keyframes font-face supports charset namespace page layer
    container property include mixin extend use forward apply tailwind function if else for each
    while return
    param params returns throws throw see since author version deprecated override type typedef
    todo example link code inheritdoc suppress suppresswarnings nullable nonnull notnull test
    before after beforeeach aftereach autowired inject bean component service controller
    injectable input output entity column table id getter setter data value builder staticmethod
    classmethod dataclass abstractmethod property pytest here channel everyone all team online
    group home work school night noon gmail least first the this that my me you your it is a an
    end interface implementation protocol selector property synthesize objc available escaping
    published state binding environment main observable computed action watch slot click""")
)
_ANNOTATION = re.compile(r"annotat|decorat|directive|\bbeans?\b|\bclass\b|\bmethod", re.I)
_CODE_AFTER = re.compile(
    r"\(|/|\s?\{|[^\S\n]*\n[ \t]*(?:@\w|def |class |async |public |private |protected |static |fun "
    r"|func |var |val |export |interface )"
)


def find_handles(text: str) -> Iterator[Span]:
    """Find names of accounts. Decorators, rules of style sheets and package scopes are not."""
    for found in _HANDLE.finditer(text):
        name = found[1].rstrip(".-")
        end = found.start(1) + len(name) if found.end() == found.end(1) else found.end()
        end = max(end, found.start(1) + len(name)) - len(found[0]) + len(found[0].rstrip(".-:"))
        end = min(end, found.start() + len(found[0].rstrip(".-:")))
        if name[0].isupper() and _ANNOTATION.search(text[max(0, found.start() - 60) : end + 30]):
            continue
        if name.lower() in _NOT_PEOPLE or len(name) < 2 or _CODE_AFTER.match(text, found.end()):
            continue
        yield Span(found.start(), end, "HANDLE")
    for found in _PLATFORM.finditer(text):
        yield Span(found.start(), found.end(), "HANDLE")
    lower = text.lower()
    elsewhere = any(network in lower for network in _NETWORKS)
    for found in _ELSEWHERE.finditer(text) if elsewhere else ():
        if any(c.isalnum() for c in found[1]):
            yield Span(found.start(1), found.start(1) + len(found[1].rstrip(".-")), "HANDLE")


_IN_URL = r"[^\s<>\"'`|…。，、；！？）】」』]{3,}"  # an ellipsis or a mark of Chinese ends it
_URL = re.compile(rf"\b(?:https?|ftp)://{_IN_URL}|mailto:{_IN_URL}", re.I)
_URL_END = re.compile(r"(?:[^\w/#=&%+-]|_)+$")
_PROFILE = re.compile(
    r"//(?:[\w-]+\.)*(?:facebook|fb|instagram|linkedin|twitter|x|t|wa|telegram|tiktok|snapchat|vk|"
    r"mastodon|threads|about|linktr|paypal|venmo)\.(?:com|me|ee|social|net)/(?:in/|@|u/"
    r"|add/)?[\w.+-]{2,}/?(?:[?#]|$)"
    r"|//[\w.-]+/(?:users?|u|people|profiles?|members?)/[\w.@-]{2,}/?(?:[?#]|$)"
    r"|//[\w.-]+/@[\w.-]{2,}/?$",
    re.I,
)
_ROOT = re.compile(r"^https?://[\w.-]{3,253}(?::\d{2,5})?/?$", re.I)
_MINE = re.compile(
    r"\b(?:my|our|mine|personal|own|mein\w*|mon|ma|mi|posted|uploaded|shared|published"
    r"|follow|visit)\b"
    r"[^.!?\n]{0,60}$",
    re.I,
)
_PAGE = re.compile(
    r"\b(?:web ?site|site|blog|home ?page|page|portfolio|profile|channel|shop|store"
    r"|photos?|pictures?"
    r"|pics?|videos?|album|me|us|server|domain)\b[^.!?\n]{0,20}$",
    re.I,
)


def find_personal_urls(text: str) -> Iterator[Span]:
    """Find links that lead to a person: profiles, and home pages that somebody calls their own.

    Other links stay: where a problem is, is said by them.
    """
    for found in _URL.finditer(text):
        url = _URL_END.sub("", found[0])
        end = found.start() + len(url)
        if _PROFILE.search(url):
            yield Span(found.start(), end, "URL")
        elif _ROOT.match(url):
            before = text[max(0, found.start() - 100) : found.start()]
            if _MINE.search(before) and _PAGE.search(before):
                yield Span(found.start(), end, "URL")
