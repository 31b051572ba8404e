"""Golden documents of a digest: `python -m tests.digest.golden` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from insights.digest.render import render
from insights.web.digests import shown
from tests.digest import example

FOLDER = Path(__file__).parent / "golden"


def documents() -> Iterator[tuple[Path, bytes]]:
    """Yield where each document stands and what it is now: mail, page, Markdown and text."""
    small = example.small()
    made = render(small)
    yield FOLDER / "mail.html", made["html"]
    yield FOLDER / "page.html", shown(small, frozenset({"T1"})).encode()
    yield FOLDER / "digest.md", made["md"]
    yield FOLDER / "digest.txt", made["txt"]


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for path, document in documents():
        path.write_bytes(document)


if __name__ == "__main__":
    main()
