"""Finds telephone numbers, and leaves dates, versions, amounts, codes and order numbers alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insights.models import Span

_CANDIDATE = re.compile(
    r"(?<![\w./=$€£#%<-])(?<!\d[ ,:])(?<!\d  )"
    r"(?:\(?\+ ?\d|\(\d|\d)(?:[ \t().–‑/-]{0,3}\d){4,17}"
    r"(?:[ ,]{0,2}(?:x|ext\.?|extension) ?\d{1,6})?(?![\w%$€£]|[.,:]\d)",
    re.I,
)
_CUE = re.compile(
    r"""(?:\b(?:call(?:ing|ed)?|phone|telephone|tel|fon|telefon|téléphone|tél|tel[eé]fono|handy|mobile
    |m[oó]vil|celular|cell(?:phone)?|fax|whats ?app|viber|signal|sms|text\ me|dial|ring|contact
    |reach|answering|hotline|helpline|landline|phone\ number|my\ number|number\ is|numéro|numero
    |nummer|telefone|тел|телефон)\b|电话|手机|電話|携帯|微信|تماس|هاتف|رقم|شماره|전화)
    (?:[^\w\n]|\b(?:me|us|him|her|them|at|on|is|are|my|our|the|number|nr|no|number|you|can|by|via
    |please|to|under|unter|au|al|office|home|work|or)\b|\+){0,8}$""",
    re.X | re.I,
)
_CUE_AFTER = re.compile(
    r"\s{0,2}[-(,]?\s?(?:office|fax|mobile|cell|home|work|landline|handy)\b", re.I
)
_NOT_CUE = re.compile(
    r"""\b(?:orders?|tickets?|cases?|invoices?|ref(?:erence)?|errors?|codes?|version|build|serial|sn
    |imei|isbn|id|ids|model|sku|part|patent|issue|pr|bug|commit|port|page|build|tracking|account
    |uid|isbn|issn|doi|bestellung|commande|pedido|steps?|score|points?)
    (?:\s(?:number|no|nr|is|was|code))*[\s:.#№-]{0,4}$""",
    re.X | re.I,
)
_DATE = re.compile(
    r"(?:19|20)\d\d([-/. ])\d{1,2}\1\d{1,2}(?!\d)|(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d$"
    r"|(?:19|20)\d{6}(?:[ -]?\d{4,6})?$"
)
_DAY = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(?:19|20)?\d\d(?!\d)")
_DATE_INSIDE = re.compile(r"(?<!\d)(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)")
_PAIRS = re.compile(r"0\d(?:([. -])\d\d)(?:\1\d\d){3}$")
_AMERICAN = re.compile(
    r"(?:(?:\+ ?|00)?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d([-. ]))[2-9]?\d\d[-. ]\d{4}(?!\d)", re.I
)
_LONG_AMERICAN = re.compile(
    r"(?:\+ ?|00)?1?[-. ]?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?= ?,? ?(?:x|ext)|$)", re.I
)
_DECIMALS = re.compile(r"\d+(?:\.\d+){1,5}$")
_REGIONS = ("GB", "DE", "FR", "ES", "IT", "NL", "IR", "AU", "IN", "ID", "NG")


def find_phones(text: str) -> Iterator[Span]:
    """Find numbers that are written as telephone numbers, or that the words before call one."""
    for found in _CANDIDATE.finditer(text):
        start, end = found.span()
        number = found[0]
        if number.count("(") > number.count(")"):  # a bracket that opens and never closes
            opened = number.rindex("(")
            number = number[1:] if opened == 0 else number[:opened].rstrip(" \t.–‑/-")
            start += opened == 0
            end = start + len(number)
        before = text[max(0, start - 60) : start]
        cued = bool(_CUE.search(before) or _CUE_AFTER.match(text, end))
        if _is_phone(number, cued=cued, before=before, text=text):
            yield Span(start, end, "PHONE")


def _is_phone(number: str, *, cued: bool, before: str, text: str) -> bool:
    digits = re.sub(r"\D", "", re.split(r"[xe]", number, flags=re.I)[0])
    if len(set(digits)) < 2 or not 6 <= len(digits) <= 20 or _is_date(number):
        return False
    if _PAIRS.match(number):
        return True
    if _DECIMALS.match(number) and not _AMERICAN.match(number):
        return False
    if cued:
        return True
    if _NOT_CUE.search(before):
        return False
    if number.lstrip("(").startswith("+"):
        return _valid("+" + digits, None)
    if _AMERICAN.match(number) or _LONG_AMERICAN.match(number):
        return True
    if not 8 <= len(digits) <= 14:
        return False
    if digits.startswith("00"):
        return _valid("+" + digits[2:], None)
    if digits.startswith("0"):
        return any(_valid(digits, region) for region in _REGIONS)
    if re.fullmatch(r"1[3-9]\d{9}", number):  # a Chinese mobile number, among Chinese words
        return re.search(r"[\u4e00-\u9fff]", text) is not None
    return False


def _is_date(number: str) -> bool:
    day = _DAY.fullmatch(number)
    if day and min(int(day[1]), int(day[3])) <= 12 and max(int(day[1]), int(day[3])) <= 31:
        return True
    return bool(_DATE.match(number) or _DATE_INSIDE.search(number))


def _valid(number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(parsed))
