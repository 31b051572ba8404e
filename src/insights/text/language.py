"""Names the language of a text, offline; None when it is too short to tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

READ = 300
"""Characters that are looked at: enough to tell, and a bound on the time it takes."""
SURE = 0.7
"""Least probability of an answer, from 0 to 1."""
HINTED = 0.99
"""What overrules the language that the platform names: many name that of the account."""
WORDS = 4
"""Words that such a ruling needs at least."""

# The more languages compete, the more often a short text is taken for a rare one. These are the
# large ones of the web, and those that nothing else shares a script with.
LANGUAGES = str.split(
    "am ar bg bn ca cs da de el en es et fa fi fr gu he hi hr hu hy id it ja ka km kn ko lo lt lv"
    " ml nb nl or pa pl pt ro ru si sk sl sv ta te th tr uk vi zh"
)

_LETTERS = re.compile(r"[^\W\d_]")
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,20}>")
_SPACES = re.compile(r"\s+")
_SAME = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "fil": "tl"}


def detect(text: str, hint: str | None = None) -> str | None:
    """Return the ISO 639-1 code of the language, or None where it cannot be told.

    `hint` is the language that the platform names, in any spelling ("pt_BR"). It holds unless
    the words clearly say otherwise. By py3langid, a naive Bayes model over byte sequences (Lui
    and Baldwin 2012).
    """
    told = code(hint)
    seen = _SPACES.sub(" ", _PLACEHOLDER.sub(" ", text[:READ])).strip()
    if not _LETTERS.search(seen):
        return told
    found, probability = _model().classify(seen)
    found = _SAME.get(found, found)
    if told is None:
        return found if probability >= SURE else None
    clear = probability >= HINTED and len(seen.split()) >= WORDS
    return found if clear and told in LANGUAGES else told


def code(name: str | None) -> str | None:
    """Bring the name of a language or locale to two or three letters; None for anything else.

    >>> code("pt_BR"), code("EN-us"), code("NO"), code("klingon")
    ('pt', 'en', 'nb', None)
    """
    main = re.split(r"[-_]", (name or "").strip().lower(), maxsplit=1)[0]
    if not re.fullmatch(r"[a-z]{2,3}", main) or main == "und":
        return None
    return _SAME.get(main, main)


@lru_cache(maxsize=1)
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([{"nb": "no"}.get(name, name) for name in LANGUAGES])
    return model
