"""Writes the example digest of the docs: the last one of the demo, as text and as mail."""

from __future__ import annotations

import sys
from pathlib import Path

from flows.demo import FOLDER

DOCS = Path(__file__).parents[1] / "docs"


def write(folder: Path, to: Path) -> list[Path]:
    """Render the latest digest of a folder with insights.toml into `to`; return the files."""
    from insights.digest.content import Digest
    from insights.digest.render import render
    from insights.errors import UsageError
    from insights.store import digests
    from insights.workspace import Workspace

    config = folder / "insights.toml"
    if not config.is_file():
        raise UsageError(f"there is no demo in {folder}; make it first: python -m flows.demo")
    with Workspace.open(str(config)).database.read() as tx:
        latest = digests.every(tx)[0]["id"]
        documents = render(Digest.model_validate(digests.get(tx, latest)))
    written = []
    for form in ("md", "html"):
        path = to / f"example-digest.{form}"
        path.write_bytes(documents[form])
        written.append(path)
    return written


if __name__ == "__main__":
    for made in write(FOLDER, DOCS):
        sys.stdout.write(f"{made}\n")
