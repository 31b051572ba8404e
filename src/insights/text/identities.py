"""Finds numbers that a state gave to one person: identity, tax, health, passport.

Where the check digit is weak, or the form is that of any number, the words before must name it.
The rules of check digits are those that the issuing offices publish.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from insights.models import Span
from insights.text.numbers import luhn

_WORD = re.compile(
    r"(?<![\w.@#/=-])(?=[\w.+/-]{7})(?=[A-Za-z.-]{0,8}\d)[A-Za-z0-9]{1,18}(?:[.+/-][A-Za-z0-9]{1,13}){0,4}"
    r"(?:\([0-9A]\))?(?![\w@=]|[./-]\w)"
)
_GROUPS = re.compile(
    r"(?<![\w.#/=-])(?:[A-Z]{2} ?)?\d{1,4}(?:[ -][0-9AB]{2,4}){2,6}(?: ?[A-D])?(?![\w]|[.,-]\d)"
)
_CUE_REACH = 40


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdigit()]


def _weighted(weights: str, modulus: int) -> Callable[[str], bool]:
    """Make a check that the weighted sum of the digits is a multiple of `modulus`."""
    numbers = [int(w) for w in weights.split()]

    def holds(text: str) -> bool:
        return sum(w * d for w, d in zip(numbers, _digits(text), strict=True)) % modulus == 0

    return holds


def _letter(letters: str, modulus: int = 23) -> Callable[[str], bool]:
    """Make a check that the last letter follows from the number before it."""

    def holds(text: str) -> bool:
        number = text.replace("X", "0", 1).replace("Y", "1", 1).replace("Z", "2", 1)
        number = number if text[0] in "XYZ" else text
        return letters[int("".join(map(str, _digits(number[:-1])))) % modulus] == text[-1]

    return holds


def _day(text: str, order: str) -> bool:
    """Say whether six or eight digits are a date in the order given (`ymd` or `dmy`)."""
    year = text[:-4] if order == "ymd" else text[4:]
    month, day = (text[-4:-2], text[-2:]) if order == "ymd" else (text[2:4], text[:2])
    try:
        date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return False
    return True


def _nhs(text: str) -> bool:
    return _weighted("10 9 8 7 6 5 4 3 2 1", 11)(text)


def _pesel(text: str) -> bool:
    born = f"{text[:2]}{int(text[2:4]) % 20:02}{text[4:6]}"
    return _day(born, "ymd") and _weighted("1 3 7 9 1 3 7 9 1 3 1", 10)(text)


def _steuer_id(text: str) -> bool:
    product = 10
    for digit in _digits(text[:10]):
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(text[10])


def _nir(text: str) -> bool:
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def _codice_fiscale(text: str) -> bool:
    odd = dict(
        zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
            6, 8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True)
    )  # fmt: skip
    odd |= {str(at): odd["ABCDEFGHIJ"[at]] for at in range(10)}
    even = [int(c) if c.isdigit() else ord(c) - 65 for c in text[1:15:2]]
    return chr(65 + (sum(odd[c] for c in text[0:15:2]) + sum(even)) % 26) == text[15]


def _nric(text: str) -> bool:
    total = sum(w * d for w, d in zip((2, 7, 6, 5, 4, 3, 2), _digits(text), strict=True))
    letters = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RQPNMLKXWUT"}
    return text[0] in letters and letters[text[0]][total % 11] == text[-1]


def _abn(text: str) -> bool:
    digits = _digits(text)
    digits[0] -= 1
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    return sum(w * d for w, d in zip(weights, digits, strict=True)) % 89 == 0


_TURNS = ((1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2))


def _aadhaar(text: str) -> bool:
    """Check by the scheme of Verhoeff (1969), in the group of turns of a pentagon."""
    check = 0
    for at, digit in enumerate(reversed(_digits(text))):
        for _ in range(at % 8):
            digit = _TURNS[0][digit]
        check = _pentagon(check, digit)
    return check == 0


def _pentagon(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b) % 5 + 5
    return (a - b) % 5 + 5 if b < 5 else (a - b) % 5


def _cpf(text: str) -> bool:
    digits = _digits(text)
    for length in (9, 10):
        total = sum((length + 1 - at) * d for at, d in enumerate(digits[:length]))
        if total * 10 % 11 % 10 != digits[length]:
            return False
    return len(set(digits)) > 1


def _rut(text: str) -> bool:
    total = sum((2 + at % 6) * int(d) for at, d in enumerate(reversed(text[:-1])))
    return "0123456789K0"[11 - total % 11] == text[-1]


def _resident(text: str) -> bool:
    if not _day(text[6:14], "ymd"):
        return False
    total = sum(pow(2, 17 - at, 11) * int(d) for at, d in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17]


def _hkid(text: str) -> bool:
    letters = text[:-7].rjust(2)
    values = [36 if c == " " else ord(c) - 55 for c in letters] + _digits(text[-7:-1])
    last = 10 if text[-1] == "A" else int(text[-1])
    return (sum((9 - at) * v for at, v in enumerate(values)) + last) % 11 == 0


def _tckn(text: str) -> bool:
    d = _digits(text)
    tenth = (7 * sum(d[0:9:2]) - sum(d[1:8:2])) % 10
    return d[0] > 0 and tenth == d[9] and sum(d[:10]) % 10 == d[10]


def _belgian(text: str) -> bool:
    return any(97 - int(era + text[:9]) % 97 == int(text[9:]) for era in ("", "2"))


def _ahv(text: str) -> bool:
    return _weighted("1 3 1 3 1 3 1 3 1 3 1 3 1", 10)(text)


def _hetu(text: str) -> bool:
    return _day(text[:6], "dmy") and (
        "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[-4:-1]) % 31] == text[-1]
    )


def _personnummer(text: str) -> bool:
    return _day(text[-10:-4], "ymd") and luhn(text[-10:])


def _always(_text: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """A number: its form without separators, its check, the words for it, its unmistakable form.

    A number counts when form and check hold and either a word for it stands before, or it is
    written in the unmistakable form.
    """

    form: re.Pattern[str]
    check: Callable[[str], bool]
    cue: re.Pattern[str] | None = None
    plain: re.Pattern[str] | None = None


def _rule(form: str, check: Callable[[str], bool], cue: str = "", plain: str = "") -> Rule:
    return Rule(
        re.compile(form),
        check,
        re.compile(rf"(?:\b|_)(?:{cue})(?![a-z])", re.I) if cue else None,
        re.compile(plain) if plain else None,
    )


_RULES = (
    _rule(r"\d{10}", _nhs, r"nhs", r""),
    _rule(
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]",
        _always,
        r"ni(?: (?:number|no\.?))?|nino|national insurance",
        r"[A-Z]{2} \d\d \d\d \d\d [A-D]",
    ),
    _rule(r"(?:\d{8}|[XYZ]\d{7})[A-Z]", _letter("TRWAGMYFPDXBNJZSQVHLCKE"), r"nif|dni|nie"),
    _rule(r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", _codice_fiscale, "", r".*"),
    _rule(r"\d{11}", _pesel, r"pesel"),
    _rule(r"[1-9]\d{10}", _steuer_id, r"steuer-?id\w*|steuer\w*nummer|idnr|tin|tax id"),
    _rule(r"[12]\d{4}(?:\d\d|2[AB])\d{8}", _nir, r"nir|s[ée]cu\w*|insee",
          r"[12]\d\d(?:0[1-9]|1[0-2])\w{10}"
          r"|[12] \d\d (?:0[1-9]|1[0-2]) \w\w \d{3} \d{3} \d\d"),
    _rule(r"\d{9}", _weighted("9 8 7 6 5 4 3 2 -1", 11), r"bsn|burgerservice\w*|sofi\w*"),
    _rule(r"\d{11}", _belgian, r"rijksregister\w*|num[ée]ro national|registre national",
          r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    _rule(r"756\d{10}", _ahv, r"ahv\w*|avs", r"756\.\d{4}\.\d{4}\.\d\d"),
    _rule(r"(?:19|20)?\d{10}", _personnummer, r"personn\w*|personal identity"),
    _rule(r"\d{6}A?\d{3}[0-9A-Y]", _hetu, r"hetu|henkil[öo]\w*|personal identity"),
    _rule(r"\d{11}", _weighted("3 7 6 1 8 9 4 5 2 1 0", 11), r"f[øo]dsels\w*|personnummer"),
    _rule(r"[1-9]\d{8}", _weighted("9 8 7 6 5 4 3 2 1", 11), r"contribuinte|nif"),
    _rule(r"[STFG]\d{7}[A-Z]", _nric, "", r".*"),
    _rule(r"[A-Z]{1,2}\d{6}[0-9A]", _hkid, r"hkid", r"[A-Z]{1,2}\d{6}\([0-9A]\)"),
    _rule(r"\d{9}", _weighted("1 4 3 7 5 8 6 9 10", 11), r"tfn|tax file"),
    _rule(r"[1-9]\d{10}", _abn, r"abn"),
    _rule(r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]", _always, r"(?-i:PAN)"),
    _rule(r"[2-9]\d{11}", _aadhaar, r"aadhaa?r|uidai", r"\d{4} \d{4} \d{4}"),
    _rule(r"\d{9}", luhn, r"(?-i:SIN)|social insurance|teudat|israeli id"),
    _rule(r"\d{11}", _cpf, r"cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    _rule(r"\d{7,8}[0-9K]", _rut, r"rut", r"\d{1,2}\.\d{3}\.\d{3}-[0-9Kk]"),
    _rule(r"[1-9]\d{16}[0-9X]", _resident, "", r".*"),
    _rule(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", lambda t: _day(t[4:10], "ymd"), "", r".*"),
    _rule(r"\d{6}[1-4]\d{6}", lambda t: _day(t[:6], "ymd"), r"rrn|resident registration|주민\w*"),
    _rule(r"[1-9]\d{10}", _tckn, r"t\.?c\.?(?: kimlik)?(?: no)?|kimlik|tckn"),
    _rule(r"\d{13}", lambda t: _day(t[:6], "ymd") and luhn(t),
          r"sa id|identity\w*|id (?:number|no)"),
    _rule(r"\d{12}", _always, r"マイナンバー|個人番号"),
    _rule(r"9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}", _always, r"itin",
          r"\d{3}-\d\d-\d{4}"),
)  # fmt: skip

_SEPARATORS = re.compile(r"[ .+/()-]")


def find_identities(text: str) -> Iterator[Span]:
    """Find numbers of identity cards, of taxes and of insurance, of some thirty countries."""
    for pattern in (_WORD, _GROUPS):
        for found in pattern.finditer(text):
            number = _SEPARATORS.sub("", found[0]).upper()
            if 8 <= len(number) <= 18 and sum(c.isdigit() for c in number) >= 4:
                before = text[max(0, found.start() - _CUE_REACH) : found.start()]
                if any(_follows(rule, number, found[0], before) for rule in _RULES):
                    yield Span(found.start(), found.end(), "NATIONAL_ID")


def _follows(rule: Rule, number: str, written: str, before: str) -> bool:
    if not rule.form.fullmatch(number) or not number.isascii():
        return False
    named = rule.cue is not None and rule.cue.search(before) is not None
    plain = rule.plain is not None and rule.plain.fullmatch(written) is not None
    return (named or plain) and rule.check(number)


_DOCUMENT = re.compile(
    r"\b(?:passport|reisepass|passeport|pasaporte|driv(?:er'?s?|ing)[ -]licen[cs]e|licen[cs]e"
    r"|f[üu]hrerschein|permis de conduire)"
    r"(?:[ :#=]|\b(?:number|no|nr|num|is|my|id|was)\b\.?){1,6}([A-Z0-9](?:[ -]?[A-Z0-9]){5,17})\b",
    re.I,
)


def find_documents(text: str) -> Iterator[Span]:
    """Find numbers of passports and driving licences by the words before them."""
    for found in _DOCUMENT.finditer(text):
        number = re.match(r"(?:[A-Z]{0,3}[ -]?\d[\dA-Z-]{4,17})", found[1], re.I)
        if number and sum(c.isdigit() for c in number[0]) >= 5:
            yield Span(found.start(1), found.start(1) + len(number[0].rstrip("-")), "NATIONAL_ID")
