"""Finds numbers that belong to one person or machine: cards, accounts, addresses, places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address

from insights.models import Span

_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-])")
_CARD_CUE = re.compile(
    r"\b(?:cards?|credit|debit|cc|visa|master ?card|amex|karte|carte|tarjeta|carta|cart[aã]o)\b",
    re.I,
)
_CARD_RANGES = re.compile(
    r"(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|62\d{14,17})$"
)


def luhn(digits: str) -> bool:
    """Check the last digit as ISO/IEC 7812 says."""
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def find_cards(text: str) -> Iterator[Span]:
    """Find payment cards: a true check digit, and a known range or the word card nearby."""
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if len(set(digits)) < 2 or not luhn(digits):
            continue
        near = text[max(0, found.start() - 60) : found.end() + 20]
        if _CARD_RANGES.match(digits) or _CARD_CUE.search(near):
            yield Span(found.start(), found.end(), "CARD")


_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,32}")
_IBAN_COUNTRIES = (
    "15:NO 16:BE 18:DK,FI,FO,GL,NL,SD 19:MK,SI 20:AT,BA,EE,KZ,LT,LU,XK,MN"
    " 21:CH,HR,LI,LV 22:BG,BH,CR,DE,GB,GE,IE,ME,RS,VA 23:AE,GI,IL,IQ,OM,SO,TL"
    " 24:AD,CZ,ES,MD,PK,RO,SA,SE,SK,TN,VG 25:LY,PT,ST 26:IS,TR"
    " 27:BI,DJ,FR,GR,IT,MC,MR,SM 28:AL,AZ,BY,CY,DO,GT,HU,LB,NI,PL,SV 29:BR,EG,PS,QA,UA"
    " 30:JO,KW,MU,YE 31:MT,SC 32:LC 33:RU"
)
_IBAN_LENGTHS = {
    name: int(length)
    for length, names in (part.split(":") for part in _IBAN_COUNTRIES.split())
    for name in names.split(",")
}


def find_ibans(text: str) -> Iterator[Span]:
    """Find international bank accounts by length of the country and the check of ISO 13616."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[0][:2].upper(), 0)
        places = [at for at, c in enumerate(found[0]) if c.isalnum()]
        if not 0 < length <= len(places):
            continue
        end = found.start() + places[length - 1] + 1
        if text[end : end + 1].isalnum():
            continue
        plain = "".join(found[0][at] for at in places[:length]).upper()
        number = "".join(str(int(c, 36)) for c in plain[4:] + plain[:4])
        if int(number) % 97 == 1:
            yield Span(found.start(), end, "IBAN")


_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([- ]?)(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SSN_CUE = re.compile(r"\b(?:ssn|social security|soc sec)\b", re.I)


def find_ssns(text: str) -> Iterator[Span]:
    """Find US social security numbers: with dashes, or any writing after the words for it."""
    for found in _SSN.finditer(text):
        before = text[max(0, found.start() - 40) : found.start()]
        if found[1] == "-" or _SSN_CUE.search(before):
            yield Span(found.start(), found.end(), "SSN")


_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d|-\w)")
_VERSION_CUE = re.compile(
    r"(?:\bv|\bver|version|release|build|firmware|update|upgrade|\bfw|software|driver|sdk|patch"
    r"|module|section|chapter)\W{0,3}(?:\w+\W{1,3}){0,2}$",
    re.I,
)
_IP_CUE = re.compile(
    r"\b(?:ip|ips|ipv4|address|addr|host|server|ping|port|dns|gateway|router|subnet|proxy|inet"
    r"|listen|connect\w*|localhost|lan|ssh)\b|://$",
    re.I,
)


def find_ips(text: str) -> Iterator[Span]:
    """Find IPv4 addresses. Four small numbers are a version unless the words speak of a network."""
    for found in _IP4.finditer(text):
        if any(len(part) > 1 and part[0] == "0" for part in found[0].split(".")):
            continue
        try:
            address = IPv4Address(found[0])
        except ValueError:
            continue
        if (
            address.packed[0] == 0
            or address.is_loopback
            or address.is_unspecified
            or found[0].startswith("255.")
        ):
            continue
        before = text[max(0, found.start() - 40) : found.start()]
        after = text[found.end() : found.end() + 4]
        cue = _IP_CUE.search(before) or re.match(r":\d{2,5}|/\d\d", after)
        if not cue and (_VERSION_CUE.search(before) or not _looks_like_address(address)):
            continue
        yield Span(found.start(), found.end(), "IP")


def _looks_like_address(address: IPv4Address) -> bool:
    if address.is_private:
        return address.packed[0] != 10 or max(address.packed[1:]) >= 30
    return sum(part >= 64 for part in address.packed) >= 2 and address.packed[0] != 0


_IP6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")

_IP6_PREFIX = re.compile(r"(?:fe80|f[cd][0-9a-f]{2}|2[0-9a-f]{3})::[0-9a-f]", re.I)


def find_ip6s(text: str) -> Iterator[Span]:
    """Find IPv6 addresses with a digit and three groups, or two after a prefix in use."""
    for found in _IP6.finditer(text):
        groups = [group for group in found[0].split(":") if group]
        if len(groups) < 3 and not _IP6_PREFIX.match(found[0]):
            continue
        if not any(c.isdigit() for c in found[0]):
            continue
        try:
            ip_address(found[0])
        except ValueError:
            continue
        yield Span(found.start(), found.end(), "IP")


_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])")


_MAC_DOTS = re.compile(r"(?<![\w.-])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w-]|\.\w)")


def find_macs(text: str) -> Iterator[Span]:
    """Find hardware addresses of six bytes, in colons, dashes or dots."""
    for found in _MAC_DOTS.finditer(text):
        if any(c.isalpha() for c in found[0]) and any(c.isdigit() for c in found[0]):
            yield Span(found.start(), found.end(), "MAC")
    for found in _MAC.finditer(text):
        if found[1] == ":" or any(c.isalpha() for c in found[0]):
            yield Span(found.start(), found.end(), "MAC")


_COORDINATES = re.compile(
    r"(?<![\w.,-])(?<!\d, )([-+]?\d{1,3}\.\d{4,15})°? ?[NS]?(?:, ?|; ?| )([-+]?\d{1,3}\.\d{4,15})"
    r"(?:° ?[EW])?(?![\w.]|,? ?-?\d)"
)
_DEGREES = re.compile(
    r"\b\d{1,3} ?° ?\d{1,2} ?['′’] ?(?:\d{1,2}(?:\.\d+)? ?(?:\"|″|”|'') ?)?[NSEW]"
    r"(?:,? \d{1,3} ?° ?\d{1,2} ?['′’] ?(?:\d{1,2}(?:\.\d+)? ?(?:\"|″|”|'') ?)?[NSEW])?"
)


def find_coordinates(text: str) -> Iterator[Span]:
    """Find places on the map that are exact to about ten metres; longer lists are measurements."""
    for found in _COORDINATES.finditer(text):
        latitude, longitude = float(found[1]), float(found[2])
        if 1 < abs(latitude) <= 90 and 1 < abs(longitude) <= 180:
            yield Span(found.start(), found.end(), "COORDINATES")
    if "°" in text:
        for found in _DEGREES.finditer(text):
            yield Span(found.start(), found.end(), "COORDINATES")
