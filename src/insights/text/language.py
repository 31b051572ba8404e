"""Which language is a text in? No answer is better than a guess about four words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

CODES = (
    "AR BG BN CS DA DE EL EN ES FA FI FR HE HI HU ID IT JA KO NB NL PL PT RO RU SK SV TH TR UK UR"
    " VI ZH"
)
"""The languages that are told apart, by their ISO 639-1 codes."""

_READ = 600
_LETTERS = re.compile(r"[^\W\d_]+")
_NOT_WORDS = re.compile(r"https?://\S+|\S+@\S+|<[A-Z][A-Z_]{1,20}>|@\w+")
_OWN_SCRIPT = re.compile(
    r"[\u0370-\u03ff\u0590-\u05ff\u0900-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)


def language(text: str) -> str | None:
    """Name the language by its ISO 639-1 code, or None when the text does not tell.

    Texts of fewer than 20 letters are undetermined, unless their script belongs to few
    languages; so are texts whose two likeliest languages are close to each other.
    """
    words = _LETTERS.findall(_NOT_WORDS.sub(" ", text[:_READ]))
    letters = sum(map(len, words))
    if letters < (4 if _OWN_SCRIPT.search(text[:_READ]) else 20):
        return None
    found = _detector().detect_language_of(" ".join(words))
    return str(found.iso_code_639_1.name).lower() if found is not None else None


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code) for code in CODES.split()]
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
    return builder.with_low_accuracy_mode().with_minimum_relative_distance(0.1).build()
