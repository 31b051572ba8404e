"""Lives through several nights of the sample community, and says what was planted and found."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = Path("insights-demo")
NIGHTS = ("2026-04-15", "2026-04-17", "2026-04-28", "2026-04-29", "2026-04-30")
WANTED = {"emerging": "emerging", "falling": "falling"}
UNWANTED = ("flood", "spam")
SETTINGS = """\
# The settings of the demo. Every option: insights.example.toml
database_url = "sqlite:///insights.db"
community = "Quillmoor (a simulated community)"

{sources}
[publishers.files]
publisher = "file"
folder = "digests"
"""
SOURCE = """\
[sources.{name}]
connector = "file"
path = "posts/{name}.jsonl"

"""


def prepare(folder: Path) -> Path:
    """Start an empty demo folder with settings; return the path of its insights.toml."""
    from insights.sample import SOURCES

    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    sources = "".join(SOURCE.format(name=name) for name in SOURCES)
    config = folder / "insights.toml"
    config.write_text(SETTINGS.format(sources=sources), encoding="utf-8")
    return config.resolve()


def live_through(config: Path, nights: Sequence[str]) -> list[str]:
    """Run the nightly flow for each night on what had been written by then; return digest ids."""
    from flows.nightly import nightly
    from insights import sample

    digests = []
    for night in nights:
        as_of = datetime.fromisoformat(night).replace(hour=2, tzinfo=UTC)
        sample.write(config.parent / "posts", until=as_of)
        result = nightly(as_of=as_of, config=str(config))
        digests.append(str(result["digest_id"]))
    return digests


def found(config: Path) -> list[str]:
    """Say of what was planted whether it was raised, and of what must stay quiet that it did."""
    from insights.sample import planted
    from insights.store import signals
    from insights.workspace import Workspace

    with Workspace.open(str(config)).database.read() as tx:
        raised = signals.every(tx)
    lines = []
    for plant in planted():
        if plant.kind not in WANTED and plant.kind not in UNWANTED:
            continue
        mine = set(plant.post_ids)
        kind = WANTED.get(plant.kind, "emerging")
        hits = [
            signal
            for signal in raised
            if signal["kind"] == kind
            and 2 * len(mine.intersection(signal["post_ids"])) >= len(signal["post_ids"])
        ]
        told = (
            f"{kind} as {hits[0]['id']} on {hits[0]['raised_at']:%d %b}" if hits else "not raised"
        )
        good = bool(hits) == (plant.kind in WANTED)
        sign = "found" if good and hits else "quiet" if good else "MISSED" if not hits else "FALSE"
        lines.append(f"{sign:>6}  {plant.title} (from {plant.onset:%d %b}): {told}")
    return lines


def main() -> None:
    """Run the demo and end with the path of the digest and a short digest."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    began = datetime.now(UTC)
    config = prepare(FOLDER)
    sys.stderr.write(f"five nights of a simulated community, in {FOLDER}/ …\n")
    last = live_through(config, NIGHTS)[-1]
    folder = config.parent / "digests"
    sys.stdout.write((folder / f"{last}.txt").read_text(encoding="utf-8"))
    sys.stdout.write("\nWhat was planted, and what was found:\n")
    sys.stdout.writelines(f"  {line}\n" for line in found(config))
    paths = ", ".join(str(FOLDER / "digests" / f"{last}.{form}") for form in ("html", "md", "json"))
    took = (datetime.now(UTC) - began) / timedelta(seconds=1)
    sys.stdout.write(f"\n{len(NIGHTS)} nights in {took:.0f} s. The digest: {paths}\n")
    sys.stdout.write(f"Ask further: .venv/bin/insights --config {FOLDER}/insights.toml --help\n")


if __name__ == "__main__":
    main()
