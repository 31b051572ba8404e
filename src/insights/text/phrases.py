"""Words, sentences and headlines of a text, in any language that spaCy knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

Analyzer = Callable[[str], list[str]]


@lru_cache(maxsize=64)
def stop_words(language: str = "en") -> frozenset[str]:
    """Words that say nothing on their own, with and without apostrophes; empty when unknown."""
    words = {word.casefold().replace("’", "'") for word in _spacy_stop_words(language)}
    for word in list(words):
        words.add(word.replace("'", ""))
        words.update(part for part in word.split("'") if part)
    return frozenset(words | _CHAT.get(language, frozenset()))


def _spacy_stop_words(language: str) -> Iterable[str]:
    """Read spaCy's list without its language: French alone takes seconds to import."""
    from importlib import util
    from pathlib import Path

    package = util.find_spec("spacy")
    if package is None or package.origin is None or not language.isidentifier():
        return ()
    path = Path(package.origin).parent / "lang" / language / "stop_words.py"
    spec = util.spec_from_file_location(f"insights_stop_words_{language}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        return ()
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    words: Iterable[str] = module.STOP_WORDS
    return words


# Fillers of short posts that no grammar lists, and the halves that are left of contractions.
_CHAT = {
    "en": frozenset(
        str.split(
            "im ive id ill youre youve thats theres its isnt arent wasnt dont doesnt"
            " didnt cant couldnt wont wouldnt shouldnt havent hasnt hadnt aint lets"
            " whats gonna wanna gotta u ur r pls plz please thanks thank hi hello hey"
            " ok okay yes yeah yep lol etc amp nbsp don doesn didn isn aren t s m d"
            " wasn couldn wouldn shouldn haven hasn won ve ll re got get getting gets"
        )
    ),
}

# Scripts that write without spaces are cut into pairs of signs, as search engines do. Marks
# belong to their letter: \w leaves the vowels of Indic scripts out.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_THAI = "\u0e00-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f"
_UNSPACED = re.compile(f"[{_CJK}{_THAI}]")
_SPACED_TOKEN = re.compile(r"[^\W_]+(?:[-+#'_.&][^\W_]+)*[+#]{0,2}")
_MARKED_TOKEN = re.compile(
    rf"[{_CJK}]+|[{_THAI}]+"
    rf"|(?:(?![{_CJK}{_THAI}])[\w\u200c\u0300-\u036f\u064b-\u0652\u0900-\u0dff])+"
)
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,20}>")
_MARKED = re.compile(rf"[\u064b-\u0652\u0900-\u0dff\u200c{_CJK}{_THAI}]")


@lru_cache(maxsize=16)
def analyzer(language: str = "en", *, words: int = 2, minimum: int = 2) -> Analyzer:
    """Make a callable for `CountVectorizer(analyzer=…)`: text to keywords and key phrases.

    Keywords are lower-case words without stop words and bare numbers, of at least `minimum`
    characters; phrases are up to `words` of them that stand side by side. Placeholders of
    redaction are never keywords.
    """
    stop = stop_words(language)

    def empty(word: str) -> bool:
        if word in stop or len(word) < minimum or word.isdigit():
            return True
        return "'" in word and word.partition("'")[0] in stop  # don't, it's, l'appli's article

    def analyze(text: str) -> list[str]:
        found = tokens(text)
        kept = ["" if empty(word) else word for word in found]
        terms = [word for word in kept if word]
        for size in range(2, words + 1):
            for at in range(len(kept) - size + 1):
                part = kept[at : at + size]
                if "" not in part and len(set(part)) == size and not _UNSPACED.match(part[0]):
                    terms.append(" ".join(part))
        return terms

    return analyze


def tokens(text: str) -> list[str]:
    """Cut a text into lower-case words; Chinese, Japanese and Thai into overlapping pairs."""
    text = text.casefold() if "<" not in text else _PLACEHOLDER.sub(" ", text).casefold()
    if text.isascii() or not _MARKED.search(text):
        text = text.replace("’", "'")
        return [word.removesuffix("'s") for word in _SPACED_TOKEN.findall(text)]
    found: list[str] = []
    for word in _MARKED_TOKEN.findall(text):
        if len(word) > 2 and _UNSPACED.match(word):
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word.strip("_"))
    return [word for word in found if word]


@lru_cache(maxsize=16)
def pipeline(language: str = "en") -> Language:
    """Make spaCy's blank pipeline of a language, with sentence ends; `xx` when it has none."""
    import spacy

    try:
        made = spacy.blank(language if language not in _NEEDS_MORE else "xx")
    except ImportError:
        made = spacy.blank("xx")
    made.add_pipe("sentencizer", config={"punct_chars": _ENDS})
    made.max_length = 10_000_000
    return made


_NEEDS_MORE = frozenset({"ja", "ko", "th", "vi", "zh"})  # their tokenizers need further packages
_ENDS = list(".!?…。！？｡؟۔।॥։။፧᠃")
# A line; a mark that needs no space after it ends a part, too, for spaCy sees one word there.
_PART = re.compile(r"[^\n。！？｡।]*[。！？｡।]+[」』”）]*|[^\n]+")


def sentences(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Give the (start, end) of each sentence. A line break ends a sentence, too."""
    found: list[tuple[int, int]] = []
    for part in _PART.finditer(text):
        if any(mark in part[0] for mark in _ENDS):
            doc = pipeline(language)(part[0])
            pieces = [(s.start_char, s.end_char) for s in doc.sents]
        else:
            pieces = [(0, len(part[0]))]
        for start, end in pieces:
            piece = part[0][start:end]
            left = len(piece) - len(piece.lstrip())
            if piece.strip():
                begin = part.start() + start + left
                found.append((begin, begin + len(piece.strip())))
    return found


_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|day|evening|afternoon)|greetings|hallo"
    r"|bonjour|hola|ciao)"
    r"(?:\s(?:all|there|everyone|everybody|guys|team|folks|again|friends|community|dev\w*"
    r"|sir|madam))*[\s,.!:;–-]+"
    r"|(?:so|well|ok(?:ay)?|um+|ah|oh)[,.!]+\s+|[\W_]+)+",
    re.I,
)
_CLAUSE = re.compile(r"(?<=[^\s\d])(?:[;:!?…。！？；，、]+|,(?=\s)|\.(?=\s)|\s[–—-]\s|\s\()")
_LOOSE = re.compile(r"[\s,;:–—(\[{\"'“‘«<&/-]+$")
_TRAILING = re.compile(
    r"(?:[\s,;:–—(\[{\"'“‘«<&/-]|\b(?:and|or|but|the|a|an|to|of|in|on|at|for|with|that"
    r"|which|because|when|if|as|by|from|so|is|my|it's)$)+$",
    re.I,
)


def headline(text: str, *, limit: int = 90) -> str:
    """Give the first sentence or clause that can stand as a title: whole words, no loose ends.

    Greetings are skipped; a very short opening ("Bug report.") gives way to the next sentence.
    The answer is empty only when the text holds no word.
    """
    head = text[:4000].strip()
    chosen = ""
    for start, end in sentences(head)[:12]:
        sentence = _GREETING.sub("", head[start:end]).strip()
        if len(_words(sentence)) > len(_words(chosen)):
            chosen = sentence
        if len(_words(chosen)) >= 3:
            break
    return _shorten(" ".join(chosen.split()), limit)


def _words(text: str) -> list[str]:
    return tokens(text[:400])


def _shorten(sentence: str, limit: int) -> str:
    cut = len(sentence) > limit
    if cut:
        window = sentence[: limit + 1]
        ends = [cut.start() for cut in _CLAUSE.finditer(window)]
        clause = next((at for at in reversed(ends) if at >= limit // 3), 0)
        if clause:
            sentence = sentence[:clause]
        elif " " in window:
            sentence = _TRAILING.sub("", window[: window.rindex(" ")]) + "…"
            if len(sentence) > limit:
                sentence = sentence[: limit - 1].rpartition(" ")[0] + "…"
        else:
            sentence = sentence[: limit - 1] + "…"
    while True:
        tidy = (_TRAILING if cut else _LOOSE).sub("", sentence).rstrip(".,;:。")
        if tidy == sentence:
            return sentence[:1].upper() + sentence[1:] if sentence[:2].islower() else sentence
        sentence = tidy
