"""A simulated community of an invented product, with a list of what was planted in it.

Quillmoor is an app for notes, sketches and shared notebooks that does not exist. Ten weeks of its
forum, issue tracker, store reviews and chat are made here by chance that always falls the same
way, so that a demo, a test or an evaluation knows what there is to be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from insights.sample.canaries import Canary
from insights.sample.days import FIRST_DAY, LAST_DAY, RELEASES, Release
from insights.sample.plants import Planted
from insights.sample.records import SOURCES, write_files
from insights.sample.world import world

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "SOURCES",
    "Canary",
    "Planted",
    "Release",
    "canaries",
    "planted",
    "releases",
    "themes",
    "write",
]


def write(folder: Path | str, *, until: datetime | None = None) -> list[Path]:
    """Write one JSONL file a source into `folder`, holding what had happened by `until` (aware).

    A line is a change: a post as it was first written, the same post after an edit
    (`updated_at`), or its end (`"deleted": true`). The files of an earlier `until` are therefore
    the beginnings of the files of a later one.
    """
    return write_files(Path(folder), world().drafts, until)


def planted() -> tuple[Planted, ...]:
    """Return what is hidden in the archive."""
    return world().planted


def canaries() -> tuple[Canary, ...]:
    """Return the personal data that must never come out of the product."""
    return world().canaries


def releases() -> tuple[Release, ...]:
    """Return the versions of the product, oldest first."""
    return RELEASES


def themes() -> Mapping[str, str]:
    """Return what each post is about, by `source:native-id`, to judge groupings with.

    `noise`, `spam`, `flood` and `bot` mark posts that are about nothing.
    """
    return {draft.key: draft.theme for draft in world().drafts}
