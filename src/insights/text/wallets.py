"""Finds addresses of crypto wallets, by their checksums where they have one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from insights.models import Span

_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9a-fA-F]{40}|[13][1-9A-HJ-NP-Za-km-z]{25,34}"
    r"|(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,71})(?![A-Za-z0-9])"
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def find_wallets(text: str) -> Iterator[Span]:
    """Find addresses of Bitcoin (base58check, BIP 173 and 350) and of Ethereum."""
    for found in _WALLET.finditer(text):
        address = found[0]
        if address[0] == "0" or (_base58 if address[0] in "13" else _bech32)(address):
            yield Span(found.start(), found.end(), "WALLET")


def _base58(address: str) -> bool:
    number = 0
    for letter in address:
        number = number * 58 + _BASE58.index(letter)
    raw = number.to_bytes(26, "big")[-25:]
    return number < 1 << 200 and sha256(sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def _bech32(address: str) -> bool:
    prefix, _, data = address.partition("1")
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    values += [_BECH32.index(c) for c in data]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> at & 1 else 0
    return check in (1, 0x2BC830A3)
