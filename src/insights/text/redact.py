"""Takes personal data out of a text before anything else sees it.

What a pattern can know is found: addresses, numbers, keys, handles; and names of people where the
caller knows them (`insights.text.names`). A placeholder says what was there: `<EMAIL>`, `<PHONE>`,
`<CARD>`, `<IBAN>`, `<IP>`, `<MAC>`, `<SSN>`, `<NATIONAL_ID>`, `<WALLET>`, `<SECRET>`, `<URL>`,
`<URL_CREDENTIALS>`, `<COORDINATES>`, `<HANDLE>`, `<NAME>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from insights.models import Span
from insights.text import accounts, identities, numbers, phones, secrets, wallets

Finder = Callable[[str], Iterator[Span]]

# What may be there at all, seen in one cheap look, and who then looks closely. The order is the
# order of trust: where two finds overlap, the earlier finder is right.
_FINDERS: tuple[tuple[str, Finder], ...] = (
    ("://", secrets.find_url_credentials),
    ("word", secrets.find_secrets),
    ("@", accounts.find_emails),
    ("://", accounts.find_personal_urls),
    ("digits", numbers.find_ibans),
    ("digits", numbers.find_cards),
    ("digits", numbers.find_ssns),
    ("digits", identities.find_identities),
    ("digits", identities.find_documents),
    ("digits", wallets.find_wallets),
    ("digits", numbers.find_coordinates),
    ("hex", numbers.find_macs),
    ("digits", numbers.find_ips),
    (":", numbers.find_ip6s),
    ("digits", phones.find_phones),
    ("@", accounts.find_handles),
)
_DIGITS = re.compile(r"\d(?:\D{0,2}\d){3}")
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,20}>")
_PASSES = 20


def redact(text: str, *names: Finder) -> str:
    """Put a placeholder for each of `spans(text, *names)`. What is redacted stays as it is.

    >>> redact("Mail me: jo.doe@example.org")
    'Mail me: <EMAIL>'
    """
    return _replace(text, spans(text, *names))


def spans(text: str, *names: Finder) -> list[Span]:
    """Find what `redact` removes: sorted, apart from each other, offsets into `text`.

    `names` find people (see `insights.text.names`), once; a pattern that finds the same is right.
    Taking one thing out can lay another bare, so the search for patterns is repeated on what is
    left until nothing is found.
    """
    found: list[Span] = []
    left = text
    for _ in range(_PASSES):
        more = _search(left, names)
        if not more:
            break
        names = ()
        found = _merge(found, more)
        left = _replace(text, found)
    return found


def _search(text: str, names: Sequence[Finder]) -> list[Span]:
    present = {
        "names": bool(names),
        "word": secrets.may_hold_secrets(text),
        "://": "://" in text,
        "@": "@" in text or accounts.may_hold_accounts(text),
        "digits": _DIGITS.search(text) is not None,
        "hex": text.count(":") + text.count("-") + text.count(".") >= 2,
        ":": text.count(":") + text.count("-") >= 2,
    }
    if not any(present.values()):
        return []
    found: list[Span] = []
    taken: bytearray | None = None
    for needed, finder in (*_FINDERS, *(("names", finder) for finder in names)):
        if not present[needed]:
            continue
        for span in finder(text):
            if taken is None:
                taken = bytearray(len(text))
                for old in _PLACEHOLDER.finditer(text):
                    taken[old.start() : old.end()] = b"\1" * (old.end() - old.start())
            if not any(taken[span.start : span.end]):
                taken[span.start : span.end] = b"\1" * (span.end - span.start)
                found.append(span)
    return sorted(found, key=lambda span: span.start)


def _merge(found: list[Span], more: list[Span]) -> list[Span]:
    """Bring `more`, found after `found` was replaced, back to offsets into the first text."""
    merged: list[Span] = []
    shift = 0
    old = iter([*found, None])
    next_old = next(old)
    for span in more:
        while next_old is not None and next_old.start + shift <= span.start:
            merged.append(next_old)
            shift += len(next_old.kind) + 2 - (next_old.end - next_old.start)
            next_old = next(old)
        merged.append(Span(span.start - shift, span.end - shift, span.kind))
    while next_old is not None:
        merged.append(next_old)
        next_old = next(old)
    return merged


def _replace(text: str, found: list[Span]) -> str:
    parts: list[str] = []
    at = 0
    for span in found:
        parts += [text[at : span.start], f"<{span.kind}>"]
        at = span.end
    return "".join([*parts, text[at:]])
