"""Which reader a file needs, by the ending of its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from connectors.file.formats import Reader, csv_rows, jsonl, parquet
from connectors.file.mailbox import mbox
from insights.errors import SourceError

READERS: Final[Mapping[str, Reader]] = {
    "jsonl": jsonl, "csv": csv_rows, "parquet": parquet, "mbox": mbox,
}  # fmt: skip
SUFFIXES: Final = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv",
    ".parquet": "parquet", ".pq": "parquet", ".mbox": "mbox",
}  # fmt: skip
PACKED: Final = {
    ".gz": {"jsonl", "csv", "mbox"}, ".bz2": {"mbox"}, ".xz": {"mbox"}, ".zip": {"mbox"},
}  # fmt: skip
"""Which formats are read packed, by the ending that says how."""


def format_of(path: Path) -> str:
    """Guess the format from the suffix; SourceError names the suffixes there are."""
    packing = path.suffix.lower()
    name = path.name.lower().removesuffix(packing) if packing in PACKED else path.name.lower()
    found = SUFFIXES.get(Path(name).suffix)
    if found is None and packing == ".zip":
        return "mbox"  # as mailing list services export them
    if found is None or (packing in PACKED and found not in PACKED[packing]):
        raise SourceError(
            f"{path} has none of the endings {', '.join(SUFFIXES)}; name its format in the settings"
        )
    return found
