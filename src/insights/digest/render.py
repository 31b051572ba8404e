"""Turns a digest into documents: for mail, browsers, consoles, chats, feeds and programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from insights.digest import (
    atom,
    brief,
    escape,
    figures,
    moving,
    palette,
    sections,
    slack,
    terminal,
    vital,
)
from insights.digest.content import Digest

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

LARGEST_HTML = 80_000
"""Bytes. Gmail clips a mail near 100 kB, and a publisher adds a little of its own."""
LONGEST_SUBJECT = 180

LARGEST_ISSUE = 60_000
"""Characters. GitHub refuses more than 65,536, and a publisher adds a little of its own."""

_TEMPLATES = Path(__file__).parent / "templates"
_SINKS: dict[str, Callable[[str], str]] = {
    "html": escape.html, "md": escape.markdown, "atom": escape.xml,
}  # fmt: skip


class _Detail(NamedTuple):
    """How much is shown: quotes and their length in cards, rows and last rows, and the rest."""

    card_quotes: int
    card_length: int
    row_quotes: int
    row_length: int
    last_quotes: int
    last_sparks: bool = True
    splits: bool = True
    said: bool = True  # what people ask for, what fails and when, in their words
    folded: bool = True
    words: int = 400  # the most characters of any one text
    rows: int = 10  # the most rows of any one section


_ALL = _Detail(3, 420, 3, 420, 3, folded=False)
_FEED = _Detail(1, 420, 0, 0, 0)
_FOLDS = (
    _Detail(3, 260, 3, 200, 3, folded=False),
    _Detail(3, 260, 2, 150, 1),
    _Detail(3, 240, 2, 130, 1, last_sparks=False),
    _Detail(3, 180, 1, 110, 1, last_sparks=False),
    _Detail(3, 170, 1, 90, 0, last_sparks=False),
    _Detail(3, 160, 1, 90, 0, last_sparks=False, splits=False),
    _Detail(2, 140, 1, 90, 0, last_sparks=False, splits=False, words=160),
    _Detail(1, 120, 0, 0, 0, last_sparks=False, splits=False, words=120),
    _Detail(1, 60, 0, 0, 0, last_sparks=False, splits=False, said=False, words=60, rows=5),
    _Detail(0, 0, 0, 0, 0, last_sparks=False, splits=False, said=False, words=24, rows=2),
)
"""From rich to spare: the first that fits in a mail is taken. A text is cut, never reworded."""


class Documents(Mapping[str, bytes]):
    """The documents of a digest by format, in UTF-8, each made when it is first asked for."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self._made: dict[str, bytes] = {}

    def __getitem__(self, form: str) -> bytes:
        if form not in self._made:
            self._made[form] = FORMATS[form](self.digest).encode()
        return self._made[form]

    def __iter__(self) -> Iterator[str]:
        return iter(FORMATS)

    def __len__(self) -> int:
        return len(FORMATS)


def render(digest: Digest) -> Documents:
    """Return the documents of `digest` by format.

    Equal digests give equal bytes. The HTML is at most LARGEST_HTML bytes: quotes are folded
    until it is, and the document says so.
    """
    return Documents(digest)


def digest_schema() -> dict[str, Any]:
    """Return the JSON schema of the JSON format; `docs/digest.schema.json` holds it."""
    said = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": said, **Digest.model_json_schema(mode="serialization")}


def _html(digest: Digest) -> str:
    # Line breaks here are the template's: foreign text has none any more.
    return _folded(
        lambda detail: re.sub(r"\n\s*", "\n", _template("digest.html", digest, detail)),
        lambda document: len(document.encode()) <= LARGEST_HTML,
    )


def _issue(digest: Digest) -> str:
    """The title in the first line, then the body, which GitHub renders."""
    title = escape.title(escape.clip(digest.headline, 200))
    page = escape.link(sections.page(digest))
    whole = f"\n[The whole digest](<{page}>)\n" if page else ""

    def write(detail: _Detail) -> str:
        body = _template("digest.md", digest, detail).partition("\n")[2].lstrip("\n")
        return f"{title}\n\n{body}{whole}"

    return _folded(write, lambda document: len(document) <= LARGEST_ISSUE)


def _folded(write: Callable[[_Detail], str], fits: Callable[[str], bool]) -> str:
    document = ""
    for detail in _FOLDS:
        document = write(detail)
        if fits(document):
            break
    return document


def _json(digest: Digest) -> str:
    # Through pydantic's own writer, which turns NaN into null, then with sorted keys.
    data = json.loads(digest.model_dump_json())
    return escape.json(json.dumps(data, sort_keys=True, ensure_ascii=False, indent=1)) + "\n"


def _markdown(digest: Digest) -> str:
    return _template("digest.md", digest, _ALL)


def _atom(digest: Digest) -> str:
    return _template("digest.atom", digest, _FEED)


FORMATS: dict[str, Callable[[Digest], str]] = {
    "html": _html, "md": _markdown, "json": _json, "txt": terminal.text,
    "subject": lambda digest: escape.subject(digest.headline, LONGEST_SUBJECT),
    "atom": _atom, "slack": slack.message, "issue": _issue, "brief": brief.outline,
}  # fmt: skip
"""What a digest can be rendered as: one more format is one more line."""


def _template(name: str, digest: Digest, detail: _Detail) -> str:
    template = _environment(name.rpartition(".")[2]).get_template(name)
    return template.render(digest=digest, detail=detail, anchors=sections.anchors(digest))


@lru_cache
def _environment(form: str) -> Environment:
    """Build the templates of one format: each `{{ value }}` passes its sink, unless we wrote it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
    from markupsafe import Markup

    sink = _SINKS[form]

    def write(value: object) -> Markup:
        return value if isinstance(value, Markup) else Markup(sink(str(value)))  # noqa: S704

    @pass_context
    def clip(context: Context, text: str, limit: int) -> str:
        return escape.clip(text, min(limit, context["detail"].words))

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=write,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        css={name: Markup(style) for name, style in palette.STYLES.items()},  # noqa: S704
        stylesheet=Markup(palette.stylesheet()),  # noqa: S704
        atom=atom,
        tones=palette.TONES,
        figures=figures,
        moving=moving,
        sections=sections,
        vital=vital,
    )
    environment.filters.update(
        clip=clip, link=lambda url: _ours(escape.link(url)), caption=_caption
    )
    return environment


def _ours(url: str | None) -> Any:
    from markupsafe import Markup, escape

    return Markup(escape(url)) if url else None  # noqa: S704


def _caption(word: str) -> str:
    return word[:1].upper() + word[1:].replace("_", " ")
